"""The roster as bars: turns on call beside shifts."""

from __future__ import annotations

import pandas as pd

from omnistaff.report.gantt import Bar, by_day, hours_in_words

DAY = pd.Timestamp("2026-05-04")


def _bar(activity: str, first: int, last: int, date: pd.Timestamp = DAY) -> Bar:
    return Bar(date, "Ada", "a1", "", "", activity, activity == "work", (last - first) / 60, first, last)


def test_hours_of_a_day_are_those_of_the_shift_and_of_a_turn_only_without_one() -> None:
    turn, last_night, work = _bar("on_call", 1260, 1440), _bar("on_call", 0, 420), _bar("work", 480, 960)
    assert hours_in_words([last_night, work, turn]) == "08:00–16:00"
    assert hours_in_words([turn]) == "on call 21:00–00:00"
    assert hours_in_words([_bar("leave", 0, 1440)]) == "leave"


def test_a_turn_after_the_last_shift_is_shown() -> None:
    weekend = DAY + pd.Timedelta(days=5)
    bars = pd.DataFrame([_bar("work", 480, 960), _bar("on_call", 600, 900, weekend)]).assign(shift_id=["x", "y"])
    assert by_day(bars)["schedule_date"].tolist() == [DAY, weekend]
