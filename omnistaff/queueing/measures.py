"""All measures of one queue at once: service level, speed of answer, abandonment, occupancy, queue length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnistaff.queueing import engine
from omnistaff.queueing.domain import Floats, Numbers, broadcast, require, shaped
from omnistaff.queueing.erlang import delay_share

_FIELDS = 10


@dataclass(frozen=True)
class QueueMeasures:
    """The steady state of one queue; numbers, or arrays of one shape."""

    service_level: Floats  # answered within the time / offered: the strictest variant
    service_level_ignoring: Floats  # answered within the time / (offered - left within the time)
    service_level_answered: Floats  # answered within the time / answered
    asa_s: Floats  # mean wait of the answered
    wait_s: Floats  # mean wait of all, those who left included
    abandon_share: Floats
    occupancy_share: Floats
    wait_share: Floats  # share that does not find a free agent
    late_share: Floats  # share still waiting after the time
    queue_length: Floats  # mean number waiting


def queue_measures(
    *,
    arrivals_per_s: Numbers,
    handle_s: Numbers,
    servers: Numbers,
    within_s: Numbers = 0.0,
    patience_s: Numbers | None = None,
) -> QueueMeasures:
    """Return the steady-state measures of a queue served in order of arrival, at equal agents.

    Exponential handle times and, with *patience_s* (the mean), exponential patience: Erlang A; None or infinite
    is Erlang C. Servers may be fractional. Without abandonment, servers at or below the load never keep up: service
    level 0, infinite waits. Load 0 is served at once. DomainError for negative arguments, handle time or patience 0.

    >>> m = queue_measures(arrivals_per_s=100 / 180, handle_s=180, servers=100, within_s=20, patience_s=300)
    >>> round(float(m.service_level), 6)
    0.758848
    """
    patience = np.inf if patience_s is None else patience_s
    shape, (rate, handle, counts, within, mean_patience) = broadcast(
        arrivals_per_s=arrivals_per_s, handle_s=handle_s, servers=servers, within_s=within_s, patience_s=patience
    )
    require(handle > 0, "handle_s has a value of 0, expected seconds above 0")
    require(mean_patience > 0, "patience_s has a value of 0, expected seconds above 0")
    require(np.isfinite(rate) & np.isfinite(handle) & np.isfinite(counts), "an argument is infinite")
    loads = rate * handle
    rows = np.empty((_FIELDS, loads.size))
    idle, none = loads == 0, (loads > 0) & (counts == 0)
    leave = (loads > 0) & (counts > 0) & np.isfinite(mean_patience)
    stay = (loads > 0) & (counts > 0) & ~leave
    rows[:, idle] = everybody_served(int(idle.sum()))
    rows[:, none] = nobody_answers(rate[none], within[none], mean_patience[none])
    busy = Busy(loads, counts, engine.inverse_b(loads, counts))
    rows[:, stay] = everybody_waits(busy.only(stay), handle[stay], within[stay])
    rows[:, leave] = some_leave(busy.only(leave), handle[leave], within[leave], mean_patience[leave])
    return QueueMeasures(*(shaped(row, shape) for row in rows))


def everybody_served(count: int) -> Floats:
    """Return rows of the measures of *count* queues to which nobody comes."""
    return np.repeat(np.array([[1.0], [1.0], [1.0], [0], [0], [0], [0], [0], [0], [0]]), count, axis=1)


def nobody_answers(rate: Floats, within: Floats, patience: Floats) -> Floats:
    """Return rows of the measures of queues without agents: everybody leaves, if anybody does."""
    zero, one, never = np.zeros_like(rate), np.ones_like(rate), np.full_like(rate, np.inf)
    leave = np.where(np.isfinite(patience), 1.0, 0.0)
    late = np.exp(-within / patience)
    return np.stack([zero, zero, zero, never, patience, leave, one, one, late, rate * patience])


@dataclass(frozen=True)
class Busy:
    """A queue as seen while all are busy: load, busy servers, and 1 / B."""

    loads: Floats
    servers: Floats
    inverse: Floats

    def only(self, rows: npt.NDArray[np.bool_]) -> Busy:
        """Return the queues where *rows* is true."""
        return Busy(self.loads[rows], self.servers[rows], self.inverse[rows])


def everybody_waits(busy: Busy, handle: Floats, within: Floats) -> Floats:
    """Return rows of Erlang C's measures: C exp(-(n - a) T), C / (n - a), C a / (n - a)."""
    loads, servers = busy.loads, busy.servers
    wait = delay_share(loads, servers, busy.inverse)
    keeps_up = servers > loads
    spare = np.where(keeps_up, servers - loads, 1.0)
    late = np.where(keeps_up, wait * np.exp(-spare * within / handle), 1.0)
    asa = np.where(keeps_up, wait / spare * handle, np.inf)
    queue = np.where(keeps_up, wait * loads / spare, np.inf)
    level = 1 - late
    occupancy = np.minimum(1.0, loads / servers)
    return np.stack([level, level, level, asa, asa, np.zeros_like(loads), occupancy, wait, late, queue])


def some_leave(busy: Busy, handle: Floats, within: Floats, patience: Floats) -> Floats:
    """Return rows of Erlang A's measures."""
    loads, servers = busy.loads, busy.servers
    wait, leave, mean, served_wait, late, late_served = engine.waiting_a(
        loads, servers, handle / patience, within / handle, busy.inverse
    )
    tiny = np.finfo(float).tiny
    answered = np.maximum(1 - leave, tiny)
    level = np.clip(1 - leave - late_served, 0.0, 1.0)
    left_within = np.clip(1 - late - level, 0.0, 1.0)
    ignoring = np.clip(level / np.maximum(1 - left_within, tiny), 0.0, 1.0)
    occupancy = np.minimum(1.0, loads * (1 - leave) / servers)
    asa = served_wait / answered * handle
    share = np.clip(level / answered, 0.0, 1.0)
    late = np.minimum(late, wait)
    return np.stack([level, ignoring, share, asa, mean * handle, leave, occupancy, wait, late, mean * loads])
