"""Chat and messaging: an agent works several conversations at once, each of them slower.

With k conversations each runs at speed v_k (v_1 = 1), so N agents with x conversations spread evenly finish
N f(x / N) of them in one handle time, f the straight-line interpolation of k v_k: a birth-death chain. Above N M
conversations (M slots) new customers wait as in Erlang A with N M v_M servers. "Concurrency times agents" at the
handle time of a single conversation is wrong by far (service level .997 where .73 is true).
Source: Luo & Zhang 2013; Cui & Tezcan 2016, for the level-dependent rates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from omnistaff.errors import DomainError
from omnistaff.queueing.domain import Floats, Numbers, broadcast, require, shaped
from omnistaff.queueing.measures import Busy, QueueMeasures, everybody_waits, some_leave


def concurrent_measures(
    *,
    arrivals_per_s: Numbers,
    handle_s: Numbers,
    agents: Numbers,
    speeds: Sequence[float],
    within_s: Numbers = 0.0,
    patience_s: Numbers | None = None,
) -> QueueMeasures:
    """Return the measures of *agents* who each work up to ``len(speeds)`` conversations at once.

    *handle_s* is the effort of a conversation alone; *speeds* are 1, v_2, ... v_M. Occupancy is the used share of the
    most the agents can do. Fractional agents are interpolated. DomainError outside the domain.

    >>> m = concurrent_measures(arrivals_per_s=60 / 3600, handle_s=600, agents=6, speeds=[1, 0.85, 0.72],
    ...                         within_s=60, patience_s=400)
    >>> round(float(m.service_level), 4)
    0.9424
    """
    shape, (rate, handle, count, within, patience) = broadcast(
        arrivals_per_s=arrivals_per_s,
        handle_s=handle_s,
        agents=agents,
        within_s=within_s,
        patience_s=np.inf if patience_s is None else patience_s,
    )
    require((handle > 0) & (patience > 0), "handle_s or patience_s has a value of 0, expected seconds above 0")
    curve = capacity_curve(speeds)
    low = np.floor(count)
    rows = _whole(rate * handle, low, handle, within, patience, curve)
    part = count - low
    some = part > 0
    if some.any():
        more = _whole((rate * handle)[some], low[some] + 1, handle[some], within[some], patience[some], curve)
        with np.errstate(invalid="ignore"):
            rows[:, some] = (1 - part[some]) * rows[:, some] + part[some] * more
    return QueueMeasures(*(shaped(row, shape) for row in rows))


def capacity_curve(speeds: Sequence[float]) -> Floats:
    """Return k v_k for k = 0 ... M; DomainError unless each conversation more adds to what an agent gets done."""
    values = np.asarray(speeds, dtype=float)
    curve = np.concatenate([[0.0], np.arange(1, len(values) + 1) * values])
    if not len(values) or np.any(np.diff(curve) < 0) or np.any(values <= 0):
        raise DomainError(
            f"concurrency speeds {list(map(float, values))} make an agent slower with a conversation more, "
            "expected k x speed to grow: allow fewer conversations at once"
        )
    return curve


def inverse_chain(loads: Floats, agents: Floats, curve: Floats) -> Floats:
    """Return P(at most N M conversations) / P(exactly N M) without waiting: 1 / B of the chain.

    I(x) = 1 + c(x) / a I(x - 1), c the conversations finished in one handle time.
    """
    slots = len(curve) - 1
    full = agents * slots
    result = np.ones_like(loads)
    live = np.flatnonzero((full > 0) & (loads > 0))
    x = 1.0
    with np.errstate(over="ignore"):
        while live.size:
            count = agents[live]
            done = count * np.interp(x / count, np.arange(slots + 1), curve)
            result[live] = 1 + done / loads[live] * result[live]
            x += 1
            live = live[full[live] >= x]
    return result


def _whole(loads: Floats, agents: Floats, handle: Floats, within: Floats, patience: Floats, curve: Floats) -> Floats:
    rows = np.zeros((10, loads.size))
    rows[:3] = 1.0
    none = (loads > 0) & (agents == 0)
    rows[:3, none] = 0.0
    rows[3, none], rows[4, none] = np.inf, patience[none]
    rows[5:9, none], rows[9, none] = 1.0, np.inf
    busy = Busy(loads, agents * curve[-1], inverse_chain(loads, agents, curve))
    leave = (loads > 0) & (agents > 0) & np.isfinite(patience)
    stay = (loads > 0) & (agents > 0) & ~np.isfinite(patience)
    rows[:, leave] = some_leave(busy.only(leave), handle[leave], within[leave], patience[leave])
    rows[:, stay] = everybody_waits(busy.only(stay), handle[stay], within[stay])
    return rows


def fewest_concurrent(  # noqa: PLR0913 - the public signature: every promise by its name
    *,
    arrivals_per_s: Numbers,
    handle_s: Numbers,
    speeds: Sequence[float],
    within_s: Numbers = 0.0,
    answered_share: Numbers = 0.0,
    patience_s: Numbers | None = None,
    asa_s: Numbers = np.inf,
    abandon_share: Numbers = 1.0,
    max_occupancy_share: Numbers = 1.0,
    max_agents: float = 1e5,
    fractional: bool = False,
) -> Floats:
    """Return the fewest agents working several conversations at once who keep all promises; see `fewest_agents`.

    *fractional* answers on the straight line between whole agents, to 1e-9.
    """
    shape, columns = broadcast(
        arrivals_per_s=arrivals_per_s,
        handle_s=handle_s,
        within_s=within_s,
        patience_s=np.inf if patience_s is None else patience_s,
        share=answered_share,
        asa=asa_s,
        leave=abandon_share,
        cap=max_occupancy_share,
    )
    rate, handle = columns[:2]
    capacity_per_agent = capacity_curve(speeds)[-1]
    search = _Search(np.stack(columns), speeds)
    low = np.full(rate.size, -1.0)
    high = np.floor(rate * handle * np.minimum(1.0, columns[4]) / capacity_per_agent)
    step = np.maximum(1.0, np.floor(np.sqrt(high)))
    live = np.arange(rate.size)
    while live.size:
        live = live[~search.enough(live, high[live])]
        if np.any(high[live] >= max_agents):
            raise DomainError(f"more than max_agents = {max_agents:g} agents are needed, ask for less or allow more")
        low[live] = high[live]
        high[live] += step[live]
        step[live] *= 2
    high = search.halve(low, high, width=1.0)
    if fractional:
        high = search.halve(np.maximum(0.0, high - 1), high, width=1e-9)
    return shaped(high, shape)


class _Search:
    """The promises of many queues, asked for some agents of some of them."""

    def __init__(self, columns: Floats, speeds: Sequence[float]) -> None:
        self.columns = columns
        self.speeds = speeds

    def enough(self, rows: npt.NDArray[np.int64], agents: Floats) -> npt.NDArray[np.bool_]:
        """Return whether *agents* keep every promise of the queues *rows*."""
        rate, handle, within, patience, share, asa, leave, cap = self.columns[:, rows]
        m = concurrent_measures(
            arrivals_per_s=rate,
            handle_s=handle,
            agents=agents,
            speeds=self.speeds,
            within_s=within,
            patience_s=patience,
        )
        answered = (agents > 0) | (rate == 0) | ((share <= 0) & (cap >= 1))
        in_time = (m.service_level >= share) & (m.asa_s <= asa)
        kept: npt.NDArray[np.bool_] = in_time & (m.abandon_share <= leave) & (m.occupancy_share <= cap * (1 + 1e-12))
        return np.asarray(kept & answered)

    def halve(self, low: Floats, high: Floats, *, width: float) -> Floats:
        """Return *high*, which is enough, brought down to within *width* of *low*, which is not."""
        low, high = low.copy(), high.copy()
        live = np.flatnonzero(high - low > width)
        while live.size:
            middle = 0.5 * (low[live] + high[live])
            middle = np.floor(middle) if width >= 1 else middle
            kept = self.enough(live, middle)
            high[live] = np.where(kept, middle, high[live])
            low[live] = np.where(kept, low[live], middle)
            live = live[high[live] - low[live] > width]
        return high
