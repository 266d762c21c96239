from itertools import pairwise

import numpy as np
import pytest

from omnistaff.staffing import certainty_curve, required_staff, worth_of_hours


def test_certainty_costs_more_the_more_of_it_and_nothing_where_the_rate_is_known(build_plan, build_forecast):
    plan = build_plan("voice", changes={"voice": {"max_occupancy_share": 1.0}})
    curve = certainty_curve(build_forecast({"voice": [60.0, 200.0]}, cv=0.1), plan)
    assert curve[0].probability is None
    assert curve[0].extra_share == 0
    assert all(more.agent_hours > less.agent_hours for less, more in pairwise(curve[1:]))
    assert curve[-1].extra_share > 0.1
    known = certainty_curve(build_forecast({"voice": [60.0, 200.0]}), plan)
    assert max(point.extra_share for point in known) == pytest.approx(0, abs=1e-12)


def test_an_hour_pays_when_its_contacts_cover_its_people(build_plan, build_forecast):
    plan = build_plan("voice")
    arrivals = np.full(24, 100.0)
    arrivals[-2:] = 1.0  # the last hour has two contacts
    forecast = build_forecast({"voice": arrivals}, days=2)
    hours = worth_of_hours(forecast, plan, worth_of_contact=4.0, hourly_cost=20.0)
    assert len(hours) == 2 * 12
    assert [(h.weekday, h.hour) for h in hours if not h.pays] == [(0, 19), (1, 19)]
    last = next(h for h in hours if (h.weekday, h.hour) == (0, 19))
    agents = required_staff(forecast, plan)["agents"].to_numpy()[22:24].mean()
    assert last.contacts == pytest.approx(2.0)
    assert last.agents == pytest.approx(agents)
    assert last.agent_hours_per_contact == pytest.approx(agents / plan.staffing.available_share / 2)
