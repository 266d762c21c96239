"""Formulas of waiting, on numbers and arrays: no tables, no plan, no rounding.

Seconds and erlangs; every argument may be a number or an array, and shapes broadcast. Compiled with numba where
it is installed; the NumPy path gives the same answers.
"""

from omnistaff.queueing.abandonment import erlang_a
from omnistaff.queueing.blending import Blend, blend
from omnistaff.queueing.concurrency import concurrent_measures, fewest_concurrent
from omnistaff.queueing.erlang import erlang_b, erlang_c, log_erlang_b, log_erlang_c
from omnistaff.queueing.general_patience import patience_measures, quantile_survival
from omnistaff.queueing.inverse import (
    fewest_servers_b,
    fewest_servers_c,
    largest_load_b,
    largest_load_c,
    most_arrivals,
)
from omnistaff.queueing.load import carried_load, lagged_load, modified_offered_load
from omnistaff.queueing.measures import QueueMeasures, queue_measures
from omnistaff.queueing.redials import arrivals_with_redials
from omnistaff.queueing.search import fewest_agents
from omnistaff.queueing.speeds import measured_speeds, time_at_levels
from omnistaff.queueing.square_root import erlang_c_bounds, square_root_agents
from omnistaff.queueing.transient import Transient, transient_measures
from omnistaff.queueing.trunks import TrunkMeasures, fewest_trunks, trunk_measures
from omnistaff.queueing.uncertain import (
    chance_to_keep,
    expected_service,
    fewest_agents_uncertain,
    rate_quantile,
)

__all__ = [
    "Blend",
    "QueueMeasures",
    "Transient",
    "TrunkMeasures",
    "arrivals_with_redials",
    "blend",
    "carried_load",
    "chance_to_keep",
    "concurrent_measures",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "erlang_c_bounds",
    "expected_service",
    "fewest_agents",
    "fewest_agents_uncertain",
    "fewest_concurrent",
    "fewest_servers_b",
    "fewest_servers_c",
    "fewest_trunks",
    "lagged_load",
    "largest_load_b",
    "largest_load_c",
    "log_erlang_b",
    "log_erlang_c",
    "measured_speeds",
    "modified_offered_load",
    "most_arrivals",
    "patience_measures",
    "quantile_survival",
    "queue_measures",
    "rate_quantile",
    "square_root_agents",
    "time_at_levels",
    "transient_measures",
    "trunk_measures",
]
