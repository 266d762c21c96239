"""Local days have 92, 96 or 100 quarter hours, and every instant lies in exactly one interval."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnistaff import timegrid
from omnistaff.errors import ConfigError

ZONES = ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "UTC"]


@pytest.mark.parametrize(
    ("zone", "date", "quarters"),
    [
        ("Europe/Madrid", dt.date(2026, 3, 29), 92),
        ("Europe/Madrid", dt.date(2026, 10, 25), 100),
        ("Europe/Madrid", dt.date(2026, 6, 1), 96),
        ("Australia/Lord_Howe", dt.date(2026, 4, 5), 98),
        ("Africa/Cairo", dt.date(2026, 4, 24), 92),  # midnight does not exist
    ],
)
def test_a_day_has_as_many_quarters_as_its_clock_says(zone: str, date: dt.date, quarters: int) -> None:
    assert len(timegrid.day_intervals(date, zone, 15)) == quarters


@given(zone=st.sampled_from(ZONES), first=st.dates(dt.date(2000, 1, 1), dt.date(2030, 1, 1)), days=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_the_grid_of_days_is_the_days_one_after_another(zone: str, first: dt.date, days: int) -> None:
    grid = timegrid.interval_grid(first, days, zone, 30)
    pieces = [timegrid.day_intervals(first + dt.timedelta(days=k), zone, 30) for k in range(days)]
    assert grid.equals(pieces[0].append(pieces[1:]))
    assert grid.is_monotonic_increasing
    assert timegrid.next_local_midnight(grid[-1], zone) == timegrid.day_start(first + dt.timedelta(days=days), zone)


@given(
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(dt.datetime(2015, 1, 1), dt.datetime(2030, 1, 1)),
    minutes=st.sampled_from([5, 15, 30, 60]),
)
@settings(max_examples=200, deadline=None)
def test_an_instant_lies_in_the_interval_it_is_floored_to(zone: str, moment: dt.datetime, minutes: int) -> None:
    times = pd.Series([moment]).dt.tz_localize("UTC").dt.as_unit("us")
    start = timegrid.floor_to_interval(times, zone, minutes)
    assert (start <= times).all()
    assert (times < start + pd.Timedelta(minutes=minutes)).all()
    day = timegrid.local_dates(times, zone)[0].date()
    assert start[0] in timegrid.day_intervals(day, zone, minutes)


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(ConfigError, match="'Europe/Madrit' is unknown"):
        timegrid.zone("Europe/Madrit")


# -- stamps without zone ---------------------------------------------------------------------------------


def stamps(*texts: str) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)))


def test_the_repeated_hour_is_told_apart_by_the_order_of_rows() -> None:
    local = stamps("2026-10-25 01:50", "2026-10-25 02:30", "2026-10-25 02:10", "2026-10-25 03:10")
    instants, reasons = timegrid.localize(local, "Europe/Madrid")
    assert list(instants.dt.strftime("%H:%M")) == ["23:50", "00:30", "01:10", "02:10"]
    assert list(reasons) == ["", "", "", ""]


def test_a_lone_stamp_in_the_repeated_hour_is_never_guessed() -> None:
    instants, reasons = timegrid.localize(stamps("2026-10-25 02:30"), "Europe/Madrid")
    assert instants.isna().all()
    assert "ambiguous" in reasons[0]
    first, _ = timegrid.localize(stamps("2026-10-25 02:30"), "Europe/Madrid", ambiguous="first")
    second, _ = timegrid.localize(stamps("2026-10-25 02:30"), "Europe/Madrid", ambiguous="second")
    assert second[0] - first[0] == pd.Timedelta(hours=1)


def test_a_stamp_in_the_spring_gap_has_no_instant() -> None:
    instants, reasons = timegrid.localize(stamps("2026-03-29 02:30", "2026-03-29 03:30"), "Europe/Madrid")
    assert list(instants.isna()) == [True, False]
    assert "does not exist" in reasons[0]


# -- opening hours ---------------------------------------------------------------------------------------


def test_hours_past_midnight_stay_open_into_the_next_day() -> None:
    hours = timegrid.OpeningHours({"sat": "22:00-02:00"}, "Europe/Madrid")
    grid = timegrid.interval_grid(dt.date(2026, 6, 6), 2, "Europe/Madrid", 60)
    assert hours.is_open(grid).sum() == 4


def test_the_night_that_clocks_go_forward_is_an_hour_shorter() -> None:
    hours = timegrid.OpeningHours({"sat": "22:00-06:00"}, "Europe/Madrid")
    grid = timegrid.interval_grid(dt.date(2026, 3, 28), 2, "Europe/Madrid", 60)
    assert hours.is_open(grid).sum() == 7


def test_a_date_outranks_a_holiday_which_outranks_the_weekday() -> None:
    spec = {"daily": "08:00-20:00", "holidays": "closed", "2026-12-25": "10:00-12:00"}
    hours = timegrid.OpeningHours(spec, "Europe/Madrid", holidays=[dt.date(2026, 12, 25), dt.date(2026, 12, 8)])
    assert hours.stretches(dt.date(2026, 12, 25)) == [(600, 720)]
    assert hours.stretches(dt.date(2026, 12, 8)) == []
    assert hours.stretches(dt.date(2026, 12, 9)) == [(480, 1200)]


def test_an_interval_that_is_open_in_part_is_open() -> None:
    grid = timegrid.interval_grid(dt.date(2026, 6, 6), 2, "Europe/Madrid", 60)
    for text, first, count in (("08:30-20:10", 8, 13), ("22:15-01:45", 22, 4), ("08:00-20:00", 8, 12)):
        opened = timegrid.OpeningHours({"sat": text}, "Europe/Madrid", interval_minutes=60).is_open(grid)
        assert list(opened.nonzero()[0]) == list(range(first, first + count))


@pytest.mark.parametrize("text", ["25:00-26:00", "08:00", "8-22", "08:60-09:00"])
def test_hours_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="understood"):
        timegrid.OpeningHours({"mon": text}, "UTC")


def test_weekday_ranges_may_run_over_the_week_end() -> None:
    assert timegrid.parse_weekdays("fri-mon") == [4, 5, 6, 0]
    assert timegrid.parse_weekdays("sat,sun") == [5, 6]


def test_holidays_follow_country_region_and_the_planners_own() -> None:
    own = {dt.date(2026, 9, 15): "office party"}
    madrid = timegrid.public_holidays("ES", "MD", [2026], own)
    assert dt.date(2026, 5, 2) in madrid  # day of the Community of Madrid
    assert dt.date(2026, 5, 2) not in timegrid.public_holidays("ES", "CT", [2026])
    assert madrid[dt.date(2026, 9, 15)] == "office party"
    with pytest.raises(ConfigError, match="no holidays are known for XX"):
        timegrid.public_holidays("XX", None, [2026])


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01", "2026-02-28 23:00"),
        ("2026-03-01 UTC", "2026-03-01 00:00"),
        ("2026-03-01 12:00 UTC", "2026-03-01 12:00"),
        ("2026-03-01T12:00Z", "2026-03-01 12:00"),
        ("2026-03-01 12:00-05:00", "2026-03-01 17:00"),
        ("2026-03-01 9:00", "2026-03-01 08:00"),
    ],
)
def test_a_time_is_local_unless_it_says_otherwise(text: str, instant: str) -> None:
    assert timegrid.parse_instant(text, "Europe/Madrid") == pd.Timestamp(instant, tz="UTC")


@pytest.mark.parametrize(
    "text", ["", "UTC", "yesterday", "12:00", "03/04/2026", "2026-03-29 02:30", "2026-10-25 02:30"]
)
def test_what_is_no_time_or_not_one_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is not understood in Europe/Madrid"):
        timegrid.parse_instant(text, "Europe/Madrid")
