"""What sharing people between queues saves against a silo a queue, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from omnistaff.report import drawing
from omnistaff.report.content import Chart
from omnistaff.report.inputs import Inputs
from omnistaff.report.wording import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWS = 2000
BLOCK_DAYS = 7  # weekdays differ and deferred work moves between days, so whole weeks are drawn


class Saving(NamedTuple):
    """Net agent-hours saved of what silos take, with 95 % limits, and what they are worth in paid time."""

    share: float
    low: float
    high: float
    hours: float
    worth: float


def by_day(inputs: Inputs) -> pd.DataFrame | None:
    """Return net agent-hours by local day with a silo a queue and with the pool, or None without both tables."""
    if not (inputs.has("pool") and inputs.has("requirement")):
        return None
    silo = inputs.local("requirement").groupby("date")["agents"].sum() * inputs.interval_hours
    pooled = inputs.local("pool").groupby("date")["agents"].sum() * inputs.interval_hours
    return pd.DataFrame({"silo_hours": silo, "pooled_hours": pooled}).fillna(0.0).reset_index()


def saving(inputs: Inputs) -> Saving | None:
    """Return what pooling saves, None where it was not planned or there is but one queue.

    Limits by moving-block bootstrap over days (Kuensch 1989): how far the share moves with the weeks it is taken on.
    Worth: the hours with shrinkage at the mean rate of the agents.
    """
    days = by_day(inputs)
    if days is None or not days["silo_hours"].sum() or len(inputs.queues) < 2:
        return None
    silo, pooled = days["silo_hours"].to_numpy(), days["pooled_hours"].to_numpy()
    size = len(days)
    block = BLOCK_DAYS if size >= 2 * BLOCK_DAYS else 1  # one week drawn anew would be the same week
    starts = np.random.default_rng(inputs.plan.seed).integers(0, size, (DRAWS, -(-size // block)))
    drawn = (starts[:, :, None] + np.arange(block)).reshape(
        DRAWS, -1
    ) % size  # circular blocks: every day counts alike
    low, high = np.quantile(1 - pooled[drawn].sum(axis=1) / np.maximum(silo[drawn].sum(axis=1), 1e-9), [0.025, 0.975])
    hours = float(silo.sum() - pooled.sum())
    rate = float(inputs.table("agents")["hourly_cost"].mean()) if inputs.has("agents") else 0.0
    worth = rate * (_gross_hours(inputs, "requirement") - _gross_hours(inputs, "pool"))
    return Saving(hours / float(silo.sum()), float(low), float(high), hours, worth)


def _gross_hours(inputs: Inputs, name: str) -> float:
    """Return the paid agent-hours of a table of net agents."""
    table = inputs.table(name)
    ready = inputs.plan.available_share(table["interval_start"])
    return float((table["agents"] / ready).sum() * inputs.interval_hours)


def chart(inputs: Inputs) -> Chart | None:
    """Return net agent-hours a day in silos and pooled."""
    days, found = by_day(inputs), saving(inputs)
    if days is None or found is None:
        return None
    finding = (
        f"Sharing people between queues saves {number(found.hours)} net agent-hours, {percent(found.share, 1)} "
        f"of what silos take ({percent(found.low, 1)} to {percent(found.high, 1)})"
    )

    def plot(axes: Axes) -> None:
        axes.step(days["date"], days["silo_hours"], where="mid", color=drawing.paint("orange"))
        axes.step(days["date"], days["pooled_hours"], where="mid", color=drawing.paint("blue"))
        axes.fill_between(days["date"], days["pooled_hours"], days["silo_hours"], step="mid",
                          color=drawing.paint("orange"), alpha=0.2, lw=0)  # fmt: skip
        axes.set_ylim(0)
        drawing.day_axis(axes, days["date"])
        drawing.plain_numbers(axes.yaxis)

    legend = (("orange", "a silo a queue"), ("blue", "pooled"))
    svg = drawing.draw("staffing-pooling", 2.2, drawing.one(plot))
    note = "Limits: 95 % over weeks drawn anew. Work whose due time allows it may move between days. "
    bound = inputs.figure("staffing", "bound_hours")
    if np.isfinite(bound):
        note += f"Square-root staffing asks for at least {number(bound)} hours of this pool, so about "
        note += f"{percent(1 - bound / float(days['silo_hours'].sum()), 1)} can be saved at most. "
    unit = "Net agent-hours a day"
    return Chart("pooling", finding, unit, svg, f"Two lines by day. {finding}.", days, note, legend)
