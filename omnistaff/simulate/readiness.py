"""How long people take after a contact until they are ready for the next, from who waited meanwhile."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.simulate.presence import Spans, inside, served, stamps, waiting_spans
from omnistaff.tables import Agents, Contacts, check

ROUNDS = 200  # of self-consistency; the quantiles stand still long before
POINTS = 201


def ready_quantiles(
    contacts: DataFrame[Contacts],
    agents: DataFrame[Agents],
    plan: Plan,
    *,
    gap_minutes: float = 5,
    waited_s: float = 10,
    only_pressed: bool = True,
) -> np.ndarray:
    """Return the seconds from the end of a contact until its agent is ready, at 201 equally spaced quantiles.

    Between two contacts of a person that are at most *gap_minutes* apart he became ready at some time: not before
    the last moment at which a customer of his queues (*agents*) had been waiting for more than *waited_s*, as he
    would have answered, and not after the next contact began. The likeliest distribution for such intervals is that
    of Turnbull (1976). *only_pressed* keeps the contacts at whose end a customer of his queues was waiting: people
    who see nobody wait take more time. Zeros when no contact follows another.
    """
    seen = served(contacts, plan).sort_values("from_at")
    skills = dict(zip(agents["agent_id"], agents["skills"], strict=True))
    names = {queue.name for queue in plan.queues}
    pieces = [np.zeros((2, 0))]
    lines: dict[str, list[Spans]] = {}
    for agent, mine in seen[seen["agent_id"].isin(skills)].groupby("agent_id"):
        key = skills[agent]
        if key not in lines:
            queues = [queue for queue in key.split("|") if queue in names]
            lines[key] = [waiting_spans(contacts, plan, queues, after) for after in (0.0, waited_s)]
        spans = lines[key]
        end, begin = np.maximum.accumulate(stamps(mine["to_at"]))[:-1], stamps(mine["from_at"])[1:]
        chosen = (begin >= end) & (begin - end <= gap_minutes * 60e6)
        if only_pressed:
            chosen &= inside(spans[0], end)
        end, begin = end[chosen], begin[chosen]
        starts, ends = (np.append(np.int64(0), edge) for edge in spans[1])
        last = np.minimum(ends[np.searchsorted(starts, begin) - 1], begin)
        pieces.append(np.stack([np.maximum(last - end, 0), begin - end]) / 1e6)
    low, high = np.concatenate(pieces, axis=1)
    return interval_quantiles(low, high)


def interval_quantiles(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return 201 equally spaced quantiles of times of which only bounds are known, *low* <= time <= *high*.

    Self-consistent estimate of Turnbull (1976) on whole seconds. Zeros when there are no times.
    """
    if not len(low):
        return np.zeros(POINTS)
    first, last = np.floor(low).astype(np.int64), np.floor(high).astype(np.int64) + 1
    size = int(last.max())
    mass = np.full(size, 1 / size)
    for _ in range(ROUNDS):
        before = np.append(0.0, np.cumsum(mass))
        weight = 1 / np.maximum(before[last] - before[first], 1e-300)
        edges = np.bincount(first, weight, size + 1) - np.bincount(last, weight, size + 1)
        mass = mass * np.maximum(np.cumsum(edges)[:-1], 0.0)
        mass /= mass.sum()
    levels = np.linspace(0.0, 1.0, POINTS)
    levels[0], levels[-1] = 0.5 / (POINTS - 1), 1 - 0.5 / (POINTS - 1)
    quantiles: np.ndarray = np.searchsorted(np.cumsum(mass), levels).clip(max=size - 1).astype(np.float64)
    return quantiles


def with_time_to_ready(contacts: DataFrame[Contacts], quantiles_s: np.ndarray, *, seed: int) -> DataFrame[Contacts]:
    """Return *contacts* with a drawn time until ready added to the effort of each answered one."""
    u = np.random.default_rng(seed).uniform(size=len(contacts))
    drawn = np.interp(u, np.linspace(0.0, 1.0, len(quantiles_s)), quantiles_s)
    effort = contacts["effort_s"] + np.where(contacts["outcome"] == "answered", drawn, 0.0)
    return check(Contacts, pd.DataFrame(contacts).assign(effort_s=effort))
