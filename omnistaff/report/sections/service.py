"""Simulated service: by time of day, and what becomes of deferred work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from omnistaff.report import drawing, measures
from omnistaff.report.content import Chart
from omnistaff.report.inputs import Inputs, highest, lowest
from omnistaff.report.wording import clock, number, percent, short_day

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS = {
    "service_level": "Service level",
    "asa_s": "Mean wait, s",
    "abandon_share": "Abandoned",
    "occupancy_share": "Occupancy",
}


def by_time(inputs: Inputs) -> Chart | None:
    """Return simulated service level, mean wait, abandonment and occupancy by time of day for each live queue."""
    outcomes = inputs.with_local(measures.outcomes_of(inputs, "interval"))
    names = [name for name in inputs.live_queues if (outcomes["queue"] == name).any()]
    if not names:
        return None
    by_time = pd.concat([_by_time(outcomes, name) for name in names], ignore_index=True)
    by_time = by_time.sort_values(["queue", "minute_of_day"], ignore_index=True)
    goals = {queue.name: queue.target.answered_share for queue in inputs.plan.queues}
    if by_time["service_level"].isna().all():
        return None
    worst = lowest(by_time.dropna(subset=["service_level"]), "service_level")
    low = percent(worst["service_level"])
    finding = f"Service is lowest at {clock(worst['minute_of_day'])} in {worst['queue']}: {low}"

    legend = tuple((drawing.SERIES[k % len(drawing.SERIES)], name) for k, name in enumerate(names))
    svg = drawing.draw("staffing-service", 4.0, top=drawing.TITLED, plot=_panels(by_time, names, goals))
    unit = "Simulated, by time of day over the whole roster, weighted by contacts; dotted: the goal"
    return Chart("service", finding, unit, svg, f"Lines by time of day. {finding}.", by_time, legend=legend)


def _panels(by_time: pd.DataFrame, names: list[str], goals: dict[str, float | None]) -> Callable[[Figure], None]:
    """Return the drawing of the four measures, two by two."""

    def plot(figure: Figure) -> None:
        grid = figure.subplots(2, 2).ravel()
        figure.subplots_adjust(hspace=0.4)
        for axes, (column, title) in zip(grid, PANELS.items(), strict=True):
            for k, name in enumerate(names):
                mine = by_time[by_time["queue"] == name]
                axes.plot(mine["minute_of_day"] / 60, mine[column], color=drawing.series_paint(k))
                goal = goals[name] if column == "service_level" else None
                if goal is not None:
                    axes.axhline(goal, color=drawing.series_paint(k), ls=":", lw=1)
            axes.set_title(title)
            axes.set_ylim(0, 1 if column in ("service_level", "occupancy_share") else None)
            drawing.hour_axis(axes, 8)
            if column != "asa_s":
                drawing.percent_axis(axes.yaxis)

    return plot


def _by_time(outcomes: pd.DataFrame, name: str) -> pd.DataFrame:
    mine = outcomes[(outcomes["queue"] == name) & (outcomes["offered"] > 0)]
    totals = {}
    for column in PANELS:
        weight = "answered" if column == "asa_s" else "offered"
        known = mine[mine[column].notna()]
        product = (known[column] * known[weight]).groupby(known["minute_of_day"]).sum()
        totals[column] = product / known.groupby("minute_of_day")[weight].sum()
    return pd.DataFrame(totals).rename_axis("minute_of_day").reset_index().assign(queue=name)


def backlog(inputs: Inputs) -> Chart | None:
    """Return the deferred backlog by interval and how long its contacts wait, one line a queue."""
    outcomes = measures.outcomes_of(inputs, "interval")
    queues = [queue for queue in inputs.plan.queues if queue.mode == "deferred"]
    mine = outcomes[outcomes["queue"].isin([queue.name for queue in queues])]
    if mine.empty:
        return None
    late = float(mine["late"].sum() / mine["offered"].sum()) if mine["offered"].sum() else 0.0
    worst, days = highest(mine, "backlog"), _waits_by_day(inputs, [queue.name for queue in queues])
    finding = f"Deferred work peaks at {number(worst['backlog'])} waiting contacts in {worst['queue']}"
    if len(days):
        oldest = highest(days, "wait_h")
        finding += f"; who wrote on {short_day(oldest['date'])} waits {number(oldest['wait_h'], 1)} h"
    finding += f"; {percent(late, 1)} end late"

    def plot(figure: Figure) -> None:
        top, below = figure.subplots(2, 1, sharex=True)
        figure.subplots_adjust(hspace=0.35)
        for k, queue in enumerate(queues):
            rows, waits = mine[mine["queue"] == queue.name], days[days["queue"] == queue.name]
            jumps = rows["interval_start"].diff() > pd.Timedelta(hours=inputs.interval_hours)
            shown = rows["backlog"].mask(jumps)  # a line that crosses a closed night would look like data
            top.plot(inputs.wall(rows["interval_start"]), shown, color=drawing.series_paint(k), lw=1)
            below.bar(waits["date"] + pd.Timedelta(hours=12), waits["wait_h"], width=0.7 / len(queues),
                      color=drawing.series_paint(k))  # fmt: skip
        for axes, title in ((top, "Contacts waiting at the end of the interval"), (below, "Hours to the answer")):
            axes.set_title(title)
            axes.set_ylim(0)
            drawing.plain_numbers(axes.yaxis)
        drawing.day_axis(below, inputs.wall(mine["interval_start"]))

    legend = tuple(
        (drawing.SERIES[k % len(drawing.SERIES)], f"{queue.name}: {measures.target_in_words(queue)}")
        for k, queue in enumerate(queues)
    )
    svg = drawing.draw("staffing-backlog", 3.4, plot, top=drawing.TITLED)
    data = mine[["queue", "interval_start", "offered", "backlog", "asa_s", "late"]]
    unit = "Mean of the simulated runs; hours from arrival to answer, nights included, by day of arrival"
    return Chart("backlog", finding, unit, svg, f"Lines of backlog, bars of waits. {finding}.", data, legend=legend)


def _waits_by_day(inputs: Inputs, names: list[str]) -> pd.DataFrame:
    """Return queue, local date and mean hours to the answer."""
    days = inputs.with_local(measures.outcomes_of(inputs, "day"))
    days = days[days["queue"].isin(names) & days["asa_s"].notna()]
    return days.assign(wait_h=days["asa_s"] / 3600)[["queue", "date", "wait_h"]].reset_index(drop=True)
