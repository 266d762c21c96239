"""From contacts to demand: how much work arrived for each planned queue, interval by interval."""

from omnistaff.demand.counts import count_demand
from omnistaff.demand.figures import describe

__all__ = ["count_demand", "describe"]
