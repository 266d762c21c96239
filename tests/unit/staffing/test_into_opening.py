"""Deferred work that comes while the queue is closed waits for the next opening."""

import pandas as pd
import pytest

from omnistaff.plan import make_plan
from omnistaff.staffing.loads import into_opening, queue_loads

PLAN = make_plan(
    {
        "name": "mail",
        "time_zone": "UTC",
        "interval_minutes": 60,
        "queues": [
            {
                "name": "mail",
                "mode": "deferred",
                "hours": {"mon-fri": "08:00-10:00"},
                "target": {"on_time_share": 0.9, "due_hours": 2},
            }
        ],
    }
)


def forecast() -> pd.DataFrame:
    starts = pd.date_range("2026-03-13 06:00", "2026-03-16 09:00", freq="h", tz="UTC").as_unit(
        "us"
    )  # Friday to Monday
    frame = pd.DataFrame({"queue": "mail", "interval_start": starts, "model": "m", "mean": 1.0, "variance": 2.0})
    frame["handle_s"] = [300.0 if start.day == 13 else 600.0 for start in starts]
    return frame.assign(handle_sd_s=1.0)


def test_contacts_of_closed_hours_are_added_to_the_next_open_one():
    rows = into_opening(forecast(), PLAN.queues[0], PLAN)
    assert rows["interval_start"].dt.strftime("%a %H").tolist() == ["Fri 08", "Fri 09", "Mon 08", "Mon 09"]
    # Friday 6, 7 and 8; 9; then 14 hours of Friday, 48 of the weekend and 9 of Monday; 9
    assert rows["mean"].tolist() == [3.0, 1.0, 71.0, 1.0]
    assert rows["variance"].tolist() == [6.0, 2.0, 142.0, 2.0]
    assert rows["handle_s"].iloc[2] == (14 * 300 + 57 * 600) / 71


def test_deferred_load_lies_in_opening_hours_only():
    (load,) = queue_loads(forecast(), PLAN)
    assert PLAN.hours_of(PLAN.queues[0], range(2026, 2027)).is_open(load.starts).all()
    everything = pytest.approx(len(forecast()))  # nothing is lost when the horizon ends in an open hour
    assert load.rate.sum() * 3600 == everything
