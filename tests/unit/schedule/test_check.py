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
