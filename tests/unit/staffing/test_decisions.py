from itertools import pairwise

import pytest

from omnistaff.staffing import certainty_curve


def test_certainty_costs_more_the_more_of_it_and_nothing_where_the_rate_is_known(build_plan, build_forecast):
    plan = build_plan("voice", changes={"voice": {"max_occupancy_share": 1.0}})
    curve = certainty_curve(build_forecast({"voice": [60.0, 200.0]}, cv=0.1), plan)
    assert all(more.agent_hours > less.agent_hours for less, more in pairwise(curve))
    assert curve[-1].extra_share > 0.1
    known = certainty_curve(build_forecast({"voice": [60.0, 200.0]}), plan)
    assert max(point.extra_share for point in known) == pytest.approx(0, abs=1e-12)
