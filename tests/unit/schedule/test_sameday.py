"""The running day: what is proposed helps, keeps the windows, and touches nothing that is over."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from omnistaff.plan import Plan
from omnistaff.plan.load import make_plan
from omnistaff.schedule import same_day_moves
from omnistaff.tables import Allocation, People, Pool, PooledStaff, Roster, StaffingCurve, check, empty
from tests.unit.schedule.small import CONTRACTS, DAY, START, ZONE, as_text, small_absences, small_agents, small_wishes

NOON = pd.Timestamp("2026-05-05 10:00", tz=ZONE)


def _plan(**rules: Any) -> Plan:
    mail = {"name": "mail", "mode": "deferred", "target": {"on_time_share": 0.9, "due_hours": 4}}
    return make_plan(
        {
            "name": "day", "time_zone": ZONE, "interval_minutes": 30, "threads": 1,
            "queues": [{"name": "calls", "target": {"answered_share": 0.8}}, mail],
            "staffing": {"shrinkage_share": {}},
            "schedule": {
                "start": START, "weeks": 1, "patterns": [DAY], "contracts": {"full": CONTRACTS["full"]},
                "rules": {"spare_share": 0.0, **rules},
            },
        }
    )  # fmt: skip


def _roster(agents: list[str]) -> pd.DataFrame:
    """Return day shifts from eight to half past four, a break at half past ten, a meal at half past twelve."""
    pieces = [("08:00", "10:30", "work"), ("10:30", "10:45", "break"), ("10:45", "12:30", "work"),
              ("12:30", "13:00", "meal"), ("13:00", "16:30", "work")]  # fmt: skip
    rows = [
        {"agent_id": a, "start_at": f"2026-05-05 {x}", "end_at": f"2026-05-05 {y}", "activity": activity,
         "shift_id": f"{a}-1", "is_paid": activity != "meal"}
        for a in agents
        for x, y, activity in pieces
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    for name in ("start_at", "end_at"):
        frame[name] = pd.to_datetime(frame[name]).dt.tz_localize(ZONE).dt.tz_convert("UTC").dt.as_unit("us")
    dates = pd.Series(pd.Timestamp("2026-05-05"), index=frame.index, dtype="datetime64[us]")
    return check(Roster, as_text(frame.assign(schedule_date=dates)))


def _need(queue: str, **hours: float) -> pd.DataFrame:
    """Return a need by half hour from clock times such as h10_30=2."""
    rows = []
    for clock, agents in hours.items():
        hour, _, minute = clock[1:].partition("_")
        at = pd.Timestamp(f"2026-05-05 {hour}:{minute or '00'}", tz=ZONE).tz_convert("UTC").as_unit("us")
        rows.append({"interval_start": at, "skills": queue, "queue": queue, "agents": agents})
    return as_text(pd.DataFrame(rows)).astype({"interval_start": "datetime64[us, UTC]"})


def _pool(need: pd.DataFrame, curve: pd.DataFrame | None = None) -> PooledStaff:
    return PooledStaff(check(Pool, empty(Pool)), check(Allocation, need), curve=curve)


def _moves(need: pd.DataFrame, agents: int = 1, absences: pd.DataFrame | None = None, **rules: Any) -> pd.DataFrame:
    staff = small_agents(agents, "full").assign(skills="calls|mail")
    people = People(staff, small_absences() if absences is None else absences, small_wishes())
    return same_day_moves(_roster(list(staff["agent_id"])), _pool(need), people, _plan(**rules), now=NOON)


def test_a_break_moves_out_of_the_rush_within_its_window() -> None:
    breaks = _moves(_need("calls", h10_30=1.0, h12_30=1.0))
    breaks = breaks[breaks["kind"] == "breaks"]
    assert breaks["before"].tolist() == ["10:30, 12:30"]
    first, meal = breaks["after"].iloc[0].split(", ")
    assert first in {"10:00", "10:15", "11:00"}  # at most three hours after the start
    assert "11:00" <= meal <= "12:00" or meal >= "13:00"  # outside both rushes
    assert breaks["saves"].iloc[0] == pytest.approx(60 * 0.75)


def test_who_is_in_a_meeting_is_not_on_the_line_and_has_no_break_then() -> None:
    roster = _roster(["a0"])
    late = roster[roster["start_at"] == roster["start_at"].max()]
    talk = late.assign(end_at=late["start_at"] + pd.Timedelta(hours=1), activity="meeting")
    rest = late.assign(start_at=talk["end_at"])
    roster = check(Roster, pd.concat([roster.drop(late.index), talk, rest], ignore_index=True))
    people = People(small_agents(1, "full").assign(skills="calls|mail"), small_absences(), small_wishes())

    def moves(**need: float) -> pd.DataFrame:
        return same_day_moves(roster, _pool(_need("calls", **need)), people, _plan(), now=NOON)

    breaks = moves(h11=1.0, h11_30=1.0, h12=1.0, h12_30=1.0)
    assert (
        breaks.loc[breaks["kind"] == "breaks", "after"].iloc[0].endswith(", 14:00")
    )  # 13:00 to 14:00 is the meeting
    assert moves(h13=1.0, h13_30=1.0).query("kind == 'breaks'").empty


def test_overtime_is_offered_when_it_pays_and_no_longer() -> None:
    rush = _need("calls", h16_30=1.0, h17=1.0)
    offers = _moves(rush)
    stay = offers[offers["kind"] == "overtime"]
    assert stay[["before", "after", "hours"]].to_numpy().tolist() == [["16:30", "17:30", 1.0]]
    assert stay["saves"].iloc[0] == pytest.approx(60 - 20 * 1.5)
    assert _moves(rush, same_day_overtime_hours=0.5).query("kind == 'overtime'")["after"].tolist() == ["17:00"]
    assert _moves(rush, overtime_cost_share=3.1).query("kind == 'overtime'").empty


def test_time_off_is_offered_where_nobody_is_needed() -> None:
    offers = _moves(_need("calls", **{f"h{hour}": 1.0 for hour in range(8, 15)}), agents=1)
    off = offers[offers["kind"] == "time_off"]
    assert off["after"].tolist() == ["14:30"]
    assert off["saves"].iloc[0] == pytest.approx(20 * 2)


def test_deferred_work_waits_within_its_due_time() -> None:
    need = pd.concat([_need("calls", h11=1.0), _need("mail", h11=0.5)], ignore_index=True)
    moved = _moves(need).query("kind == 'deferred_work'")
    assert moved["who"].unique().tolist() == ["mail"]
    assert moved["hours"].sum() == pytest.approx(0.25)
    assert (moved["after"] > "11:00").all()
    assert (moved["after"] <= "15:30").all()


def test_who_is_away_is_asked_nothing() -> None:
    gone = small_absences(("a0", "2026-05-05", "2026-05-06", "sick"))
    assert _moves(_need("calls", h16_30=1.0, h17=1.0), absences=gone).empty


def _stays(roster: pd.DataFrame, need: pd.DataFrame, seats: dict[str, Any] | None = None, **rules: Any) -> list[str]:
    staff = small_agents(2, "full").assign(skills="calls|mail")
    people = People(staff, small_absences(), small_wishes())
    plan = _plan(**rules)
    plan = plan.replace(schedule=plan.schedule.model_copy(update=seats or {}))
    moves = same_day_moves(check(Roster, roster), _pool(need), people, plan, now=NOON)
    return moves.loc[moves["kind"] == "overtime", "after"].tolist()


def test_people_whose_shift_belongs_to_another_day_count_where_they_work() -> None:
    rush = _need("calls", h16_30=1.0, h17=1.0)
    assert _stays(_roster(["a0"]), rush) == ["17:30"]
    other = _roster(["a1"]).query("activity == 'work'").tail(1)
    start = pd.Timestamp("2026-05-05 16:30", tz=ZONE).tz_convert("UTC").as_unit("us")
    other = other.assign(
        start_at=start,
        end_at=start + pd.Timedelta(hours=2),
        schedule_date=other["schedule_date"] - pd.Timedelta(days=1),
    )
    assert _stays(pd.concat([_roster(["a0"]), other], ignore_index=True), rush) == []


def test_who_works_a_shift_of_no_pattern_is_asked_to_stay_once() -> None:
    odd = _roster(["a0"]).query("activity == 'work'")
    assert _stays(odd, _need("calls", h16_30=1.0, h17=1.0), same_day_overtime_hours=0.5) == ["17:00"]


def test_hours_are_worth_what_service_the_staffing_curve_says_they_save() -> None:
    rush = _need("calls", h16_30=1.0, h17=1.0)
    early = rush["interval_start"].min()
    rows = [
        {"queue": "calls", "interval_start": at, "share": share, "agents": share, "late": 0.0,
         "abandoned": 10.0 * (1 - share) if at == early else 0.0}
        for at in rush["interval_start"]
        for share in (0.0, 1.0)
    ]  # fmt: skip
    curve = check(StaffingCurve, as_text(pd.DataFrame(rows)).astype({"interval_start": "datetime64[us, UTC]"}))
    people = People(small_agents(1, "full").assign(skills="calls|mail"), small_absences(), small_wishes())
    flat, by_service = (
        same_day_moves(_roster(["a0"]), _pool(rush, known), people, _plan(), now=NOON).query("kind == 'overtime'")
        for known in (None, curve)
    )
    assert flat["after"].tolist() == ["17:30"]
    assert by_service["after"].tolist() == ["17:00"]  # nobody is lost after it
    assert by_service["saves"].iloc[0] == pytest.approx(
        120 / 2 - 20 * 1.5 / 2
    )  # all of the loss is in this half hour


def _later(start: str, end: str, agent: str = "a1", date: str = "2026-05-05") -> pd.DataFrame:
    """Return one more shift, all work, of the day *date* in the roster."""
    row = _roster([agent]).query("activity == 'work'").tail(1)
    ends = [pd.Timestamp(text, tz=ZONE).tz_convert("UTC").as_unit("us") for text in (start, end)]
    dates = pd.Series(pd.Timestamp(date), index=row.index, dtype="datetime64[us]")
    return row.assign(start_at=ends[0], end_at=ends[1], schedule_date=dates, shift_id=f"{agent}-2")


def test_nobody_is_asked_to_stay_without_a_seat() -> None:
    rush = _need("calls", h16_30=2.0, h17=2.0)
    both = pd.concat([_roster(["a0"]), _later("2026-05-05 16:45", "2026-05-05 18:45")], ignore_index=True)
    assert _stays(both, rush, {"seats": {"one": 2}}) == ["17:30"]
    assert _stays(both, rush, {"seats": {"one": 1}}) == ["16:45"]  # until the other one comes
    assert _stays(both, rush, {"seats": {"one": 1}, "seat_cost": 1.0}) == ["17:30"]
    assert _stays(both, rush, {"seats": {"one": 1}, "seat_cost": 1000.0}) == ["16:45"]
    assert _stays(_roster(["a0", "a1"]), rush, {"seats": {"one": 1}}) == ["17:30"]  # one of the two


def test_overtime_leaves_the_rest_before_the_next_shift() -> None:
    rush = _need("calls", h16_30=1.0, h17=1.0)
    early = _later("2026-05-06 04:00", "2026-05-06 12:00", "a0", "2026-05-06")
    assert _stays(pd.concat([_roster(["a0"]), early], ignore_index=True), rush) == ["17:00"]  # eleven hours before
    on_call = _later("2026-05-05 17:15", "2026-05-05 23:00", "a0").assign(activity="on_call")
    assert _stays(pd.concat([_roster(["a0"]), on_call], ignore_index=True), rush) == ["17:15"]
