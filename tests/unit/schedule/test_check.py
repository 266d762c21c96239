"""The checker against rosters broken on purpose: each break is found, and named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import omnistaff
from tests.unit.schedule.small import small_absences, small_agents, small_plan, small_pool

HOUR = pd.Timedelta(hours=1)
DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def legal() -> pd.DataFrame:
    return omnistaff.build_roster(small_pool(4), small_agents(), small_plan(4)).table


def _rules(roster: pd.DataFrame, **tables: pd.DataFrame) -> set[str]:
    broken = omnistaff.check_roster(roster, small_agents(), small_plan(4), **tables)
    assert broken["is_hard"].all()
    return set(broken["rule"])


def _shift(roster: pd.DataFrame, rng: np.random.Generator, contract: int | None = None) -> str:
    ids = roster["shift_id"].unique()
    if contract is not None:
        ids = [shift for shift in ids if int(shift[1]) % 2 == contract]
    return str(rng.choice(ids))


def _move(roster: pd.DataFrame, shift: str, by: pd.Timedelta) -> pd.DataFrame:
    mine = roster["shift_id"] == shift
    return roster.assign(
        start_at=roster["start_at"].where(~mine, roster["start_at"] + by),
        end_at=roster["end_at"].where(~mine, roster["end_at"] + by),
    )


def _later(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return _move(roster, _shift(roster, rng), 10 * HOUR)


def _off_grid(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return _move(roster, _shift(roster, rng), pd.Timedelta(minutes=10))


def _without_a_shift(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return roster[roster["shift_id"] != _shift(roster, rng)]


def _one_more_shift(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    shift = _shift(roster, rng, contract=0)
    mine = roster[roster["shift_id"] == shift]
    busy = set(roster.loc[roster["agent_id"] == mine["agent_id"].iloc[0], "schedule_date"])
    week = mine["schedule_date"].iloc[0] - DAY * mine["schedule_date"].iloc[0].day_of_week
    free = [week + k * DAY for k in range(7) if week + k * DAY not in busy]
    by = rng.choice(np.array(free, dtype="datetime64[us]")) - mine["schedule_date"].iloc[0]
    extra = mine.assign(shift_id=shift + "-more", schedule_date=mine["schedule_date"] + by)
    extra = extra.assign(start_at=extra["start_at"] + by, end_at=extra["end_at"] + by)
    return pd.concat([roster, extra], ignore_index=True)


def _hole(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    mine = roster.index[roster["shift_id"] == _shift(roster, rng)]
    return roster.drop(index=mine[1])


def _overlap(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    mine = roster.index[roster["shift_id"] == _shift(roster, rng)]
    ends = roster["end_at"].copy()
    ends[mine[0]] += pd.Timedelta(minutes=15)
    return roster.assign(end_at=ends)


def _no_break(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    shift = _shift(roster, rng)
    return roster.assign(activity=roster["activity"].where(roster["shift_id"] != shift, "work"))


def _unpaid_work(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    shift = _shift(roster, rng)
    return roster.assign(is_paid=roster["is_paid"] & (roster["shift_id"] != shift))


def _wrong_day(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    mine = roster["shift_id"] == _shift(roster, rng)
    return roster.assign(schedule_date=roster["schedule_date"].where(~mine, roster["schedule_date"] + DAY))


def _stranger(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    mine = roster["shift_id"] == _shift(roster, rng)
    return roster.assign(agent_id=roster["agent_id"].where(~mine, "nobody"))


BREAKS: list[tuple[Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame], set[str]]] = [
    (_later, {"pattern"}), (_off_grid, {"pattern"}), (_without_a_shift, {"hours_per_week"}),
    (_one_more_shift, {"hours_per_week", "days_per_week"}), (_hole, {"one_activity", "pattern"}),
    (_overlap, {"one_activity"}), (_no_break, {"pattern"}), (_unpaid_work, {"pattern", "hours_per_week"}),
    (_wrong_day, {"schedule_date"}), (_stranger, {"known_agent", "hours_per_week"}),
]  # fmt: skip


def test_a_legal_roster_has_no_violations(legal: pd.DataFrame) -> None:
    assert _rules(legal) == set()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("spoil", "rules"), BREAKS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_roster_is_found_out(
    legal: pd.DataFrame,
    spoil: Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame],
    rules: set[str],
    seed: int,
) -> None:
    assert rules & _rules(spoil(legal, np.random.default_rng(seed)))


def test_work_during_leave_is_found(legal: pd.DataFrame) -> None:
    day = legal["schedule_date"].iloc[0].date().isoformat()
    away = small_absences((str(legal["agent_id"].iloc[0]), f"{day} 00:00", f"{day} 23:59", "leave"))
    assert "absence" in _rules(legal, absences=away)


def test_work_after_the_end_of_employment_is_found(legal: pd.DataFrame) -> None:
    gone = pd.Timestamp("2026-05-12", tz="UTC").as_unit("us")
    agents = small_agents()
    agents = agents.assign(valid_to=agents["valid_to"].where(agents["agent_id"] != "a1", gone))
    broken = omnistaff.check_roster(legal, agents, small_plan(4))
    assert "employment" in set(broken.loc[broken["agent_id"] == "a1", "rule"])
    assert set(broken["agent_id"]) == {"a1"}


def _work_on(dates: list[str], agent: str = "a0", hour: int = 8) -> pd.DataFrame:
    """Return shifts of nine to five without breaks on *dates*; only rules over days are looked at."""
    starts = pd.to_datetime(dates).tz_localize("Europe/Madrid") + hour * HOUR
    return pd.DataFrame(
        {
            "agent_id": agent, "start_at": starts.tz_convert("UTC").as_unit("us"),
            "schedule_date": pd.to_datetime(dates).as_unit("us"),
            "end_at": (starts + 8 * HOUR).tz_convert("UTC").as_unit("us"), "activity": "work",
            "shift_id": [f"{agent}-{date}" for date in dates], "is_paid": True,
        }
    )  # fmt: skip


def test_too_many_days_in_a_row_are_counted_across_the_weeks() -> None:
    six = _work_on([f"2026-05-{day:02d}" for day in (6, 7, 8, 9, 10, 11)])
    assert "consecutive_days" in _rules(six)
    assert "consecutive_days" not in _rules(six[six["schedule_date"] != "2026-05-09"])


def test_days_in_a_row_look_back_into_the_previous_roster() -> None:
    now = _work_on(["2026-05-04", "2026-05-05"])
    before = _work_on(["2026-04-27", "2026-04-28", "2026-05-01", "2026-05-02", "2026-05-03"])
    assert "consecutive_days" not in _rules(now, previous=before)
    six = pd.concat([before, _work_on(["2026-04-30"])], ignore_index=True)
    assert "consecutive_days" in _rules(now, previous=six)


def test_single_days_off_are_found_where_two_are_due() -> None:
    single = _work_on(["2026-05-04", "2026-05-06", "2026-05-07"], agent="a1")
    assert "days_off_together" in _rules(single)
    assert "days_off_together" not in _rules(_work_on(["2026-05-04", "2026-05-07"], agent="a1"))


def test_weekends_are_counted_over_any_four() -> None:
    three = ["2026-05-09", "2026-05-17", "2026-05-23"]
    assert "weekends_off" in _rules(_work_on(three))
    assert "weekends_off" not in _rules(_work_on(three[:2]))
    assert "weekends_off" in _rules(_work_on(three[:2]), previous=_work_on(["2026-05-02"]))
    assert "weekends_off" not in _rules(_work_on(three[1:]), previous=_work_on(["2026-04-25"]))


def test_short_rest_is_found() -> None:
    late = pd.concat([_work_on(["2026-05-04"], hour=15), _work_on(["2026-05-05"], hour=8)], ignore_index=True)
    assert "rest" in _rules(late)
    early = pd.concat([_work_on(["2026-05-04"], hour=12), _work_on(["2026-05-05"], hour=8)], ignore_index=True)
    assert "rest" not in _rules(early)


def _rules_of(contract: dict[str, object], roster: pd.DataFrame, **more: pd.DataFrame) -> pd.DataFrame:
    """Return what a roster of a0 breaks under a contract that else allows all."""
    usual = {"hours_per_week": 40, "tolerance_hours": 40, "max_days_per_week": 7, "max_consecutive_days": 14}
    plan = small_plan(4, contracts={"full": usual | {"weekends_off": 0} | contract})
    return omnistaff.check_roster(roster, small_agents(1, "full"), plan, **more)


def test_nights_in_a_row_and_in_four_weeks_are_counted() -> None:
    nights = _work_on(["2026-05-05", "2026-05-06", "2026-05-07"], hour=22)
    assert "nights_in_a_row" in set(_rules_of({"max_nights_in_a_row": 2}, nights)["rule"])
    assert "nights_in_a_row" not in set(_rules_of({"max_nights_in_a_row": 3}, nights)["rule"])
    assert "nights_in_four_weeks" in set(_rules_of({"max_nights_in_four_weeks": 2}, nights)["rule"])
    limits: dict[str, object] = {"max_nights_in_a_row": 0, "max_nights_in_four_weeks": 0}
    days = _rules_of(limits, _work_on(["2026-05-05", "2026-05-06"], hour=12))
    assert not {"nights_in_a_row", "nights_in_four_weeks"} & set(days["rule"])


def test_nights_in_a_row_look_back_into_the_previous_roster() -> None:
    now, before = _work_on(["2026-05-04"], hour=22), _work_on(["2026-05-02", "2026-05-03"], hour=22)
    assert "nights_in_a_row" in set(_rules_of({"max_nights_in_a_row": 2}, now, previous=before)["rule"])
    assert "nights_in_a_row" not in set(_rules_of({"max_nights_in_a_row": 2}, now)["rule"])


def test_rest_after_nights_is_longer_than_other_rest() -> None:
    night = _work_on(["2026-05-05"], hour=22)
    for day, is_broken in (("2026-05-07", True), ("2026-05-08", False)):
        roster = pd.concat([night, _work_on([day], hour=9)], ignore_index=True)
        assert ("rest" in set(_rules_of({"rest_after_nights_hours": 46}, roster)["rule"])) is is_broken
    again = pd.concat([night, _work_on(["2026-05-06"], hour=22)], ignore_index=True)
    assert "rest" not in set(_rules_of({"rest_after_nights_hours": 46}, again)["rule"])


def test_one_start_a_week_is_checked_week_by_week() -> None:
    mixed = pd.concat([_work_on(["2026-05-05"], hour=8), _work_on(["2026-05-07"], hour=9)], ignore_index=True)
    assert "same_start" in set(_rules_of({"same_start_in_week": True}, mixed)["rule"])
    apart = pd.concat([_work_on(["2026-05-05"], hour=8), _work_on(["2026-05-12"], hour=9)], ignore_index=True)
    assert "same_start" not in set(_rules_of({"same_start_in_week": True}, apart)["rule"])


def test_a_month_s_hours_count_those_of_the_previous_roster() -> None:
    month: dict[str, object] = {"hours_per_month": 16, "month_tolerance_hours": 0}
    roster, before = _work_on(["2026-05-04", "2026-05-05"]), _work_on(["2026-05-02"])
    assert "hours_per_month" not in set(_rules_of(month, roster)["rule"])
    assert "hours_per_month" in set(_rules_of(month, roster, previous=before)["rule"])


def test_too_few_hours_in_a_month_are_found_where_it_is_known_whole() -> None:
    roster, before = _work_on(["2026-05-04"]), _work_on(["2026-04-30"])
    contract = {"hours_per_week": 8, "tolerance_hours": 8, "weekends_off": 0, "hours_per_month": 16}
    plan, agents = small_plan(5, contracts={"full": contract}), small_agents(1, "full")
    assert "hours_per_month" in set(omnistaff.check_roster(roster, agents, plan, previous=before)["rule"])
    assert "hours_per_month" not in set(omnistaff.check_roster(roster, agents, plan)["rule"])


@pytest.mark.parametrize(("overtime", "is_broken"), [(7, True), (8, False)])
def test_overtime_is_allowed_as_far_as_the_contract_says(overtime: int, is_broken: bool) -> None:
    five = _work_on([f"2026-05-{day:02d}" for day in (4, 5, 6, 7, 8)])
    found = _rules_of({"hours_per_week": 32, "tolerance_hours": 0, "max_overtime_hours": overtime}, five)
    week = pd.Timestamp("2026-05-04", tz="Europe/Madrid")
    assert (week in set(found.loc[found["rule"] == "hours_per_week", "start_at"])) is is_broken


def test_a_rule_that_may_be_broken_is_not_a_hard_one() -> None:
    mixed = pd.concat([_work_on(["2026-05-05"], hour=8), _work_on(["2026-05-07"], hour=9)], ignore_index=True)
    found = _rules_of({"same_start_in_week": True, "tolerance_hours": 0, "soft": {"same_start": 5.0}}, mixed)
    assert not found.loc[found["rule"] == "same_start", "is_hard"].any()
    assert found.loc[found["rule"] == "hours_per_week", "is_hard"].all()


@pytest.mark.parametrize(("after", "is_broken"), [(180, True), (240, False), (270, True)])
def test_a_stretch_without_a_break_may_be_too_long(after: int, is_broken: bool) -> None:
    pause = {"minutes": 30, "is_paid": False, "earliest_after_minutes": 60, "latest_after_minutes": 400}
    pattern = {"name": "p", "start_from": "08:00", "start_to": "08:00", "hours": [8], "breaks": [pause]}
    contract = {"hours_per_week": 7.5, "weekends_off": 0}
    plan = small_plan(1, patterns=[pattern | {"max_stretch_minutes": 240}], contracts={"full": contract})
    roster = _work_on(["2026-05-05"])
    at = roster["start_at"] + pd.Timedelta(minutes=after)
    parts = [
        roster.assign(end_at=at), roster.assign(start_at=at + HOUR / 2),
        roster.assign(start_at=at, end_at=at + HOUR / 2, activity="break", is_paid=False),
    ]  # fmt: skip
    found = omnistaff.check_roster(pd.concat(parts, ignore_index=True), small_agents(1, "full"), plan)
    assert ("pattern" in set(found["rule"])) is is_broken, found["message"].tolist()


def test_illness_takes_the_night_before_off_the_week_only_if_it_was_not_worked() -> None:
    ill = small_absences(("a0", "2026-05-05", "2026-05-06", "sick"))
    contract: dict[str, object] = {"hours_per_week": 40, "tolerance_hours": 0, "patterns": ["night"]}
    week = ["2026-05-04", "2026-05-06", "2026-05-07"]
    rest = [f"2026-05-{d:02d}" for d in (11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 25, 26, 27, 28, 29)]
    worked = _rules_of(contract, _work_on([*week, *rest], hour=22), absences=ill)
    assert "hours_per_week" in set(worked["rule"])  # 24 h, and one day of illness leaves 32, less than a shift less
    lost = _rules_of(contract, _work_on([*week[1:], "2026-05-08", *rest], hour=22), absences=ill)
    assert "hours_per_week" not in set(lost["rule"])
