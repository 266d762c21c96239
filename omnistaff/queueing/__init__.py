"""Formulas of waiting, on numbers and arrays: no tables, no plan, no rounding.

Seconds and erlangs; every argument may be a number or an array, and shapes broadcast. Compiled with numba where
it is installed; the NumPy path gives the same answers.
"""

from omnistaff.queueing.abandonment import erlang_a
from omnistaff.queueing.concurrency import concurrent_measures, fewest_concurrent
from omnistaff.queueing.erlang import erlang_b, erlang_c, log_erlang_b, log_erlang_c
from omnistaff.queueing.inverse import (
    fewest_servers_b,
    fewest_servers_c,
    largest_load_b,
    largest_load_c,
    most_arrivals,
)
from omnistaff.queueing.measures import QueueMeasures, queue_measures
from omnistaff.queueing.search import fewest_agents

__all__ = [
    "QueueMeasures",
    "concurrent_measures",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "fewest_agents",
    "fewest_concurrent",
    "fewest_servers_b",
    "fewest_servers_c",
    "largest_load_b",
    "largest_load_c",
    "log_erlang_b",
    "log_erlang_c",
    "most_arrivals",
    "queue_measures",
]
