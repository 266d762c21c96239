"""Uncovered intervals say who could have worked and what keeps them from it."""

from __future__ import annotations

import pandas as pd

from omnistaff.schedule import explain_gaps
from omnistaff.tables import Coverage, People, check
from tests.unit.schedule.small import small_absences, small_agents, small_plan, small_wishes
from tests.unit.schedule.test_check import _work_on

NOON = pd.Timestamp("2026-05-05 12:00", tz="Europe/Madrid").tz_convert("UTC")


def _message(
    roster: pd.DataFrame,
    agents: int = 1,
    absences: pd.DataFrame | None = None,
    settings: dict[str, object] | None = None,
    **contract: object,
) -> str:
    at = pd.Series([NOON]).astype("datetime64[us, UTC]")
    short = pd.DataFrame({"queue": "calls", "interval_start": at, "required": 2.0, "scheduled": 1.0, "net": -1.0})
    usual = {"hours_per_week": 8, "tolerance_hours": 8, "weekends_off": 0, "patterns": ["day"]}
    plan = small_plan(1, contracts={"full": usual | contract}, **settings or {})
    people = People(small_agents(agents, "full"), small_absences() if absences is None else absences, small_wishes())
    gaps = explain_gaps(roster, check(Coverage, short.astype({"queue": "str"})), people, plan)
    assert gaps["missing"].tolist() == [1.0]
    return str(gaps["message"].iloc[0])


def test_who_is_at_work_is_said() -> None:
    assert _message(_work_on(["2026-05-05"])) == "1.0 missing, 1 can serve calls: 1 at work"


def test_who_is_away_is_said() -> None:
    away = small_absences(("a0", "2026-05-05", "2026-05-06", "leave"))
    assert "1 away (leave)" in _message(_work_on(["2026-05-07"]), absences=away)


def test_the_rule_that_forbids_one_more_shift_is_named() -> None:
    busy = _work_on(["2026-05-06", "2026-05-07"])
    assert "1 would break hours per week" in _message(busy)
    assert "1 could work" in _message(_work_on(["2026-05-07"]))
    assert "would break rest" in _message(_work_on(["2026-05-04"], hour=20))


def test_only_who_can_serve_the_queue_counts() -> None:
    assert "2 can serve calls" in _message(_work_on(["2026-05-07"]), agents=3)


def test_a_site_without_a_free_seat_is_named_where_seats_are_hard() -> None:
    at_work = _work_on(["2026-05-05"])
    full = {"seats": {"one": 1}}
    assert "1 at work; 1 have no seat" in _message(at_work, agents=3, settings=full)
    for settings in ({"seats": {"one": 2}}, full | {"seat_cost": 1.0}):
        assert "no seat" not in _message(at_work, agents=3, settings=settings)


def test_who_is_in_the_gap_of_a_split_shift_has_a_seat() -> None:
    morning = _work_on(["2026-05-05"])
    split = pd.concat(
        [
            morning.assign(end_at=NOON.as_unit("us")),
            morning.assign(start_at=(NOON + pd.Timedelta(hours=2)).as_unit("us")),
        ]
    )
    assert "1 have no seat" in _message(split, agents=3, settings={"seats": {"one": 1}})
    assert "no seat" not in _message(split, settings={"seats": {"one": 1}})
