"""Staffing: needed and scheduled people, service by interval, what shrinkage and silos cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from omnistaff.queueing import queue_measures
from omnistaff.report import drawing, measures
from omnistaff.report.content import Chart, Part, SectionPlan
from omnistaff.report.inputs import Inputs, highest, lowest
from omnistaff.report.sections import pooling
from omnistaff.report.wording import clock, number, percent, short_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def cover(inputs: Inputs) -> Chart | None:
    """Return needed and scheduled people of the worst covered week, over and under beneath."""
    local = inputs.local("coverage")
    if local.empty:
        return None
    local = local.assign(short=local["net"].clip(upper=0), over=local["net"].clip(lower=0))
    sums = local.groupby(["interval_start", "date", "minute_of_day"], as_index=False)[
        ["required", "scheduled", "short", "over"]
    ].sum()
    week = (sums["date"] - sums["date"].min()).dt.days // 7
    worst = sums.groupby(week)["short"].sum().idxmin()
    shown = sums[week == worst].reset_index(drop=True)
    short = -float(sums["short"].sum()) * inputs.interval_hours
    need = float(sums["required"].sum()) * inputs.interval_hours
    share = percent(1 - short / need if need else 1, 1)
    finding = f"{share} of the needed agent-hours are covered; {number(short, 1)} are not"

    def plot(figure: Figure) -> None:
        top, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        at = np.arange(len(shown))
        top.fill_between(at, shown["scheduled"], step="post", color=drawing.paint("sky"), alpha=0.45, lw=0)
        top.step(at, shown["required"], where="post", color=drawing.paint("ink"), lw=1.2)
        below.fill_between(at, shown["over"], step="post", color=drawing.paint("grey"), lw=0)
        below.fill_between(at, shown["short"], step="post", color=drawing.paint("red"), lw=0)
        starts = shown.index[shown["date"] != shown["date"].shift()]
        below.set_xticks(starts, [short_day(shown["date"][k]) for k in starts], ha="left")
        for axes in (top, below):
            axes.set_xlim(0, len(shown))
            for start in starts:
                axes.axvline(start, color=drawing.paint("grid"), lw=0.8)

    legend = (("ink", "needed"), ("sky", "scheduled"), ("red", "under"), ("grey", "over"))
    unit = "Net agents by interval, all queues, in the week that is covered worst"
    svg = drawing.draw("staffing-cover", 3.4, plot)
    return Chart("cover", finding, unit, svg, f"Needed and scheduled agents by interval. {finding}.",
                 shown.drop(columns=["date", "minute_of_day"]), legend=legend)  # fmt: skip


def service_by_time(inputs: Inputs) -> Chart | None:
    """Return simulated service level, mean wait and occupancy by time of day for each live queue."""
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
    svg = drawing.draw("staffing-service", 2.3, top=drawing.TITLED, plot=_three_measures(by_time, names, goals))
    unit = "Simulated, by time of day over the whole roster, weighted by contacts; dotted: the goal"
    return Chart("service", finding, unit, svg, f"Lines by time of day. {finding}.", by_time, legend=legend)


def _three_measures(
    by_time: pd.DataFrame, names: list[str], goals: dict[str, float | None]
) -> Callable[[Figure], None]:
    """Return the drawing of service level, mean wait and occupancy side by side."""

    def plot(figure: Figure) -> None:
        grid = figure.subplots(1, 3)
        for k, name in enumerate(names):
            mine, goal = by_time[by_time["queue"] == name], goals[name]
            for axes, column in zip(grid, ("service_level", "asa_s", "occupancy_share"), strict=True):
                axes.plot(mine["minute_of_day"] / 60, mine[column], color=drawing.series_paint(k))
            if goal is not None:
                grid[0].axhline(goal, color=drawing.series_paint(k), ls=":", lw=1)
        for axes, title in zip(grid, ("Service level", "Mean wait, s", "Occupancy"), strict=True):
            axes.set_title(title)
            axes.set_ylim(0, None if title.startswith("Mean") else 1)
            drawing.hour_axis(axes)
        for axes in (grid[0], grid[2]):
            drawing.percent_axis(axes.yaxis)

    return plot


def _by_time(outcomes: pd.DataFrame, name: str) -> pd.DataFrame:
    mine = outcomes[(outcomes["queue"] == name) & (outcomes["offered"] > 0)]
    totals = {}
    for column, weight in (("service_level", "offered"), ("asa_s", "answered"), ("occupancy_share", "offered")):
        known = mine[mine[column].notna()]
        product = (known[column] * known[weight]).groupby(known["minute_of_day"]).sum()
        totals[column] = product / known.groupby("minute_of_day")[weight].sum()
    return pd.DataFrame(totals).rename_axis("minute_of_day").reset_index().assign(queue=name)


def shrinkage(inputs: Inputs) -> Chart | None:
    """Return the way from paid hours to hours ready for contacts."""
    roster = measures.worked(inputs.table("roster"))
    hours = measures.roster_hours(roster)
    paid = float(hours[roster["is_paid"]].sum())
    if not paid:
        return None
    off_line = roster["is_paid"] & (roster["activity"] != "work")
    steps = [("paid", paid)]
    for activity, spent in hours[off_line].groupby(roster.loc[off_line, "activity"]).sum().items():
        steps.append((f"− {activity}", -float(spent)))
    left = float(hours[roster["activity"] == "work"].sum())
    for name, share in inputs.plan.staffing.shrinkage_share.items():
        steps.append((f"− {name} shrinkage", -left * share))
        left *= 1 - share
    steps.append(("ready for contacts", left))
    data = pd.DataFrame(steps, columns=["step", "hours"])

    def plot(axes: Axes) -> None:
        top = 0.0
        for k, (_, value) in enumerate(steps):
            whole = k in (0, len(steps) - 1)
            base = 0.0 if whole else top + value
            axes.bar(k, abs(value), bottom=base, width=0.65, color=drawing.paint("blue" if whole else "orange"))
            axes.text(k, base + abs(value), number(abs(value)), ha="center", va="bottom", fontsize=8)
            top = value if whole else top + value
        axes.set_xticks(range(len(steps)), [name for name, _ in steps])
        axes.margins(y=0.12)
        drawing.plain_numbers(axes.yaxis)

    finding = f"Of {number(paid)} paid hours {number(left)} are ready for contacts ({percent(left / paid)})"
    svg = drawing.draw("staffing-shrinkage", 2.5, drawing.one(plot))
    return Chart(
        "shrinkage",
        finding,
        "Hours of shifts over the whole roster, days of leave apart",
        svg,
        f"Waterfall. {finding}.",
        data,
    )


def backlog(inputs: Inputs) -> Chart | None:
    """Return the deferred backlog by interval with what is late, one line a queue."""
    outcomes = measures.outcomes_of(inputs, "interval")
    names = [queue.name for queue in inputs.plan.queues if queue.mode == "deferred"]
    mine = outcomes[outcomes["queue"].isin(names)]
    if mine.empty:
        return None
    late = float(mine["late"].sum() / mine["offered"].sum()) if mine["offered"].sum() else 0.0
    worst = highest(mine, "backlog")
    finding = (
        f"Deferred work peaks at {number(worst['backlog'])} waiting contacts in {worst['queue']}; "
        f"{percent(late, 1)} end late"
    )

    def plot(axes: Axes) -> None:
        for k, name in enumerate(names):
            queue = mine[mine["queue"] == name]
            jumps = queue["interval_start"].diff() > pd.Timedelta(hours=inputs.interval_hours)
            shown = queue["backlog"].mask(jumps)  # a line that crosses a closed night would look like data
            axes.plot(inputs.wall(queue["interval_start"]), shown, color=drawing.series_paint(k), lw=1)
        axes.set_ylim(0)
        drawing.day_axis(axes, inputs.wall(mine["interval_start"]))
        drawing.plain_numbers(axes.yaxis)

    legend = tuple((drawing.SERIES[k], name) for k, name in enumerate(names))
    svg = drawing.draw("staffing-backlog", 2.2, drawing.one(plot))
    data = mine[["queue", "interval_start", "offered", "backlog", "late"]]
    return Chart("backlog", finding, "Contacts waiting at the end of the interval, mean of the replications", svg,
                 f"Lines of backlog. {finding}.", data, legend=legend)  # fmt: skip


def staffing_curve(inputs: Inputs) -> Chart | None:
    """Return service level against agents for the live queue and interval with most work, today's point marked."""
    need = inputs.table("requirement")
    live = [queue.name for queue in inputs.plan.queues if queue.mode == "live" and queue.target.answered_share]
    need = need[need["queue"].isin(live)].merge(
        inputs.table("coverage"), on=["queue", "interval_start"], validate="one_to_one"
    )
    need = need.merge(inputs.table("forecast"), on=["queue", "interval_start"], validate="one_to_one")
    if need.empty:
        return None
    row = highest(need, "load_erlangs")
    queue = inputs.plan.queue(row["queue"])
    patience = inputs.plan.staffing.default_patience_s if isinstance(queue.patience_s, str) else queue.patience_s
    top = max(1.5 * row["agents"], row["scheduled"] + 1)
    agents = np.unique(np.append(np.arange(np.ceil(0.6 * row["load_erlangs"]), top), row["scheduled"]))
    found = queue_measures(
        arrivals_per_s=row["mean"] / (inputs.plan.interval_minutes * 60), handle_s=row["handle_s"], servers=agents,
        within_s=queue.target.within_s, patience_s=None if inputs.plan.staffing.model == "erlang_c" else patience,
    )  # fmt: skip
    data = pd.DataFrame({"agents": agents, "service_level": found.service_level, "asa_s": found.asa_s})
    reached = float(data.loc[data["agents"] == row["scheduled"], "service_level"].iloc[0])
    fewer = float(np.interp(row["scheduled"] - 1, data["agents"], data["service_level"]))
    finding = f"At the busiest time one agent fewer takes {queue.name} from {percent(reached)} to {percent(fewer)}"
    goal = queue.target.answered_share or 0.0

    def plot(axes: Axes) -> None:
        axes.plot(data["agents"], data["service_level"], color=drawing.paint("blue"), marker="o", ms=3)
        axes.axhline(goal, color=drawing.paint("ink"), lw=1, ls=":")
        axes.plot([row["scheduled"]], [reached], "D", color=drawing.paint("red"), ms=8)
        axes.set_ylim(0, 1.02)
        drawing.percent_axis(axes.yaxis)

    date = inputs.with_local(pd.DataFrame({"interval_start": [row["interval_start"]]})).iloc[0]
    at = f"{short_day(date['date'])} {clock(date['minute_of_day'])}"
    unit = f"Service level by net agents, {at}, at the expected volume"
    legend = (("blue", "at so many agents"), ("red", "diamond: scheduled"), ("ink", "dotted: the goal"))
    svg = drawing.draw("staffing-curve", 2.2, drawing.one(plot))
    return Chart("curve", finding, unit, svg, f"Curve of service level. {finding}.", data, legend=legend)


SECTION = SectionPlan(
    "staffing", "Staffing", "How many people does it take, and what do they reach?",
    (
        Part(("coverage",), cover),
        Part(("outcomes",), service_by_time),
        Part(("requirement", "coverage", "forecast"), staffing_curve),
        Part(("outcomes",), backlog),
        Part(("pool", "requirement"), pooling.chart),
        Part(("roster",), shrinkage),
    ),
    ("staffing", "simulate"),
)  # fmt: skip
