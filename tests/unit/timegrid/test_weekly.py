"""Numbers that follow the hours of the week: later keys outrank earlier ones, clocks are local."""

import numpy as np
import pandas as pd
import pytest

from omnistaff.errors import ConfigError
from omnistaff.timegrid import WeekProfile, mean_over

ZONE = "Europe/Madrid"


def stamps(*texts):
    return pd.Series([pd.Timestamp(text, tz=ZONE).tz_convert("UTC").as_unit("us") for text in texts])


def test_a_number_holds_all_week():
    assert set(WeekProfile(0.1).at(stamps("2026-03-02 00:00", "2026-03-08 23:59"), ZONE)) == {0.1}


def test_later_keys_outrank_earlier_ones_and_the_default_fills_the_rest():
    profile = WeekProfile({"mon-fri": 0.2, "default": 0.05, "wed,fri 09:00-11:00, 14:00-15:00": 0.5})
    at = stamps("2026-03-02 10:00", "2026-03-04 10:59", "2026-03-04 11:00", "2026-03-06 14:30", "2026-03-07 10:00")
    assert profile.at(at, ZONE).tolist() == [0.2, 0.5, 0.2, 0.5, 0.05]


def test_stretches_past_midnight_run_into_the_next_day_and_into_the_next_week():
    profile = WeekProfile({"sun 23:00-01:00": 1.0})
    at = stamps("2026-03-08 22:59", "2026-03-08 23:00", "2026-03-09 00:59", "2026-03-09 01:00")
    assert profile.at(at, ZONE).tolist() == [0.0, 1.0, 1.0, 0.0]


def test_the_clock_is_the_local_one_on_both_sides_of_a_change():
    profile = WeekProfile({"daily 09:00-10:00": 1.0})
    assert profile.at(stamps("2026-03-27 09:30", "2026-03-30 09:30"), ZONE).tolist() == [1.0, 1.0]
    assert profile.at(stamps("2026-03-27 08:30", "2026-03-30 10:30"), ZONE).tolist() == [0.0, 0.0]


def test_an_interval_has_the_mean_of_its_minutes_past_the_end_of_the_week_too():
    values = WeekProfile({"sun 23:45-24:00": 0.6, "mon 00:00-00:10": 0.3}).values
    found = mean_over(values, stamps("2026-03-08 23:30", "2026-03-08 23:45"), [30, 60], ZONE)
    np.testing.assert_allclose(found, [0.3, (15 * 0.6 + 10 * 0.3) / 60])


@pytest.mark.parametrize(
    "key", ["xyz", "mon 9-11", "", "09:00-11:00", "holidays", "mon-fri morning", "months", "mon closed"]
)
def test_keys_that_are_no_weekdays_are_refused(key):
    with pytest.raises(ConfigError, match="is not understood, expected default"):
        WeekProfile({key: 1.0})
