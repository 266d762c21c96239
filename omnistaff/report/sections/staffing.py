"""Staffing: needed and scheduled people, what one more or fewer does, what shrinkage takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.queueing import queue_measures
from omnistaff.report import drawing, measures
from omnistaff.report.content import Chart, Part, SectionPlan
from omnistaff.report.inputs import Inputs, highest
from omnistaff.report.sections import certainty, pooling, service
from omnistaff.report.wording import clock, number, percent, short_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]


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
        ends = [*starts[1:], len(shown)]
        words = [short_day(shown["date"][k]) if end - k >= len(shown) / 9 else f"{shown['date'][k]:%a}"
                 for k, end in zip(starts, ends, strict=True)]  # fmt: skip
        below.set_xticks(starts, words, ha="left")
        for axes in (top, below):
            axes.set_xlim(0, len(shown))
            for start in starts:
                axes.axvline(start, color=drawing.paint("grid"), lw=0.8)

    legend = (("ink", "needed"), ("sky", "scheduled"), ("red", "under"), ("grey", "over"))
    unit = "Net agents by interval, all queues, in the week that is covered worst"
    svg = drawing.draw("staffing-cover", 3.4, plot)
    return Chart("cover", finding, unit, svg, f"Needed and scheduled agents by interval. {finding}.",
                 shown.drop(columns=["date", "minute_of_day"]), legend=legend)  # fmt: skip


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
    is_work = roster["activity"] == "work"
    losses, ready = _lost_hours(
        roster.loc[is_work, "start_at"], np.asarray(hours[is_work], dtype=np.float64), inputs.plan
    )
    steps += losses
    steps.append(("ready for contacts", ready))
    data = pd.DataFrame(steps, columns=["step", "hours"])

    def plot(axes: Axes) -> None:
        top = 0.0
        for k, (_, value) in enumerate(steps):
            whole = k in (0, len(steps) - 1)
            base = 0.0 if whole else top + value
            axes.bar(k, abs(value), bottom=base, width=0.65, color=drawing.paint("blue" if whole else "orange"))
            axes.text(k, base + abs(value), number(abs(value)), ha="center", va="bottom", fontsize=8)
            top = value if whole else top + value
        axes.set_xticks(range(len(steps)), [name.replace(", ", "\n") for name, _ in steps])
        axes.margins(y=0.12)
        drawing.plain_numbers(axes.yaxis)

    finding = f"Of {number(paid)} paid hours {number(ready)} are ready for contacts ({percent(ready / paid)})"
    svg = drawing.draw("staffing-shrinkage", 2.5, drawing.one(plot))
    return Chart(
        "shrinkage",
        finding,
        "Hours of shifts over the whole roster, days of leave apart",
        svg,
        f"Waterfall. {finding}.",
        data,
    )


def _lost_hours(begun: pd.Series[pd.Timestamp], hours: Floats, plan: Plan) -> tuple[list[tuple[str, float]], float]:
    """Return what each part of the shrinkage takes of stretches of work, and the hours that are left."""
    minutes, lost = np.maximum(np.round(hours * 60), 1).astype(int), []
    for name, whole in plan.staffing.losses("rostered").items():
        kept = timegrid.mean_over(plan.staffing.ready_by_minute([name]), begun, minutes, plan.time_zone)
        place = "out of office" if whole else "at the site"
        lost.append((f"− {name}, {place}", -float((hours * (1 - kept)).sum())))
        hours = hours * kept
    return lost, float(hours.sum())


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
        Part(("outcomes",), service.by_time),
        Part(("requirement", "coverage", "forecast"), staffing_curve),
        Part(("outcomes",), service.backlog),
        Part(("pool", "requirement"), pooling.chart),
        Part(("certainty",), certainty.curve),
        Part(("roster",), shrinkage),
    ),
    ("staffing", "simulate"),
)  # fmt: skip
