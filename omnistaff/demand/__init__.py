"""From contacts to demand: how much work arrived for each planned queue, interval by interval."""

from omnistaff.demand.counts import count_demand
from omnistaff.demand.figures import describe
from omnistaff.demand.histories import add_histories

__all__ = ["add_histories", "count_demand", "describe"]
