"""What a missing hour costs by the service it loses: the staffing curve as falling values of a need.

The curve tells how many contacts of a queue leave or come too late at a part of its people. Its steps up to the whole
need, taken as their convex hull, say what each further part of the people is worth there: where a few handle all that
comes the last of them is worth little, where everybody is busy a lot. Every contact of a queue weighs the same, and
the first hour missing from the whole need costs ``understaffing_cost`` on average over the queue's need, so that no
queue is worth less than another because its contacts are long; further hours cost more. The parts of one interval are
gathered into a few levels of like value.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import isotonic_regression

from omnistaff.plan.schedule import Rules

Floats = npt.NDArray[np.float64]
LEVELS = 4


def value_need(net: pd.DataFrame, curve: pd.DataFrame | None, rules: Rules) -> tuple[Floats, Floats]:
    """Return (share of the need, cost of a missing hour), both by [row of *net*, level].

    *net* has queue, interval_start and agents. The share of a level is the part of the row's people who are worth at
    least the level's cost, 1 at the last; costs fall from level to level and are the same for all queues of an
    interval. Without a *curve* an hour costs the same everywhere.
    """
    if curve is None or curve.empty or net.empty:
        return np.ones((len(net), 1)), np.full((len(net), 1), rules.understaffing_cost)
    shares, lost = _losses(net, curve, rules.late_cost_share)
    widths = np.diff(shares)
    slopes = _falling(-np.diff(lost, axis=1) / widths, widths)
    agents = net["agents"].to_numpy(dtype=float)
    values = np.full(slopes.shape, rules.understaffing_cost)
    for rows in net.groupby("queue").indices.values():
        last = float(slopes[rows, -1].sum())
        if last > 0:
            each = rules.understaffing_cost * agents[rows].sum() / last
            values[rows] = each * slopes[rows] / np.maximum(agents[rows, None], 1e-9)
    values = np.maximum(values, rules.understaffing_cost * rules.spare_cost_share)
    interval = pd.factorize(net["interval_start"])[0]
    return _gather(interval, agents[:, None] * widths, values)


def _losses(net: pd.DataFrame, curve: pd.DataFrame, late_share: float) -> tuple[Floats, Floats]:
    """Return the shares of the curve up to 1, and what each row of *net* loses there: contacts that leave or wait."""
    within = curve[curve["share"] <= 1]
    lost = within.assign(lost=within["abandoned"] + late_share * within["late"])
    table = lost.pivot(index=["queue", "interval_start"], columns="share", values="lost")
    rows = pd.MultiIndex.from_frame(net[["queue", "interval_start"]])
    shares: Floats = table.columns.to_numpy(dtype=float)
    return shares, table.reindex(rows).fillna(0.0).to_numpy(dtype=float)


def _falling(slopes: Floats, widths: Floats) -> Floats:
    """Return the slopes of the convex hull of each row's curve."""
    hull = [isotonic_regression(row, weights=widths, increasing=False).x for row in slopes]
    return np.asarray(np.maximum(np.array(hull), 0.0))


def _gather(interval: npt.NDArray[np.intp], heads: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return (share of the need, cost) by [row, level] of parts with *heads* and *values* by [row, part].

    The parts of an interval, the dearest first, are cut into levels of about as many heads each.
    """
    part_interval = np.repeat(interval, heads.shape[1])
    size, value = heads.ravel(), values.ravel()
    order = np.lexsort((-value, part_interval))
    total = np.bincount(part_interval, size)
    before = np.cumsum(size[order]) - size[order]
    begun = np.concatenate([[0.0], np.cumsum(total)])[part_interval[order]]
    middle = (before - begun + size[order] / 2) / np.maximum(total[part_interval[order]], 1e-12)
    level = np.empty(len(size), dtype=int)
    level[order] = np.clip(np.floor(middle * LEVELS), 0, LEVELS - 1)
    cell = part_interval * LEVELS + level
    mass = np.bincount(cell, size, len(total) * LEVELS).reshape(-1, LEVELS)
    worth = np.bincount(cell, size * value, len(total) * LEVELS).reshape(-1, LEVELS)
    cost = pd.DataFrame(np.where(mass > 0, worth / np.maximum(mass, 1e-12), np.nan)).ffill(axis=1).bfill(axis=1)
    row = np.repeat(np.arange(len(heads)), heads.shape[1])
    part = np.bincount(row * LEVELS + level, size, len(heads) * LEVELS).reshape(-1, LEVELS)
    need = np.maximum(part.sum(axis=1, keepdims=True), 1e-12)
    shares = np.cumsum(part, axis=1) / need
    shares[:, -1] = 1.0
    return shares, cast("Floats", cost.fillna(0.0).to_numpy(dtype=float))[interval]
