"""Demand: when contacts come, how long they take, what comes while the doors are closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from omnistaff.report import drawing
from omnistaff.report.content import Chart, Part, SectionPlan, TableView
from omnistaff.report.inputs import Inputs, highest
from omnistaff.report.sections import opening
from omnistaff.report.wording import DAYS, clock, number, percent, plural, short_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def weekly_profile(inputs: Inputs) -> pd.DataFrame:
    """Return contacts an hour and handle time by queue, weekday and time of day, over days without outliers."""
    local = inputs.local("demand")
    local = local[local["is_open"] & ~local["is_outlier"]]
    local = local.assign(timed=local["offered"].where(local["handle_s"].notna(), 0.0))
    local = local.assign(work=(local["timed"] * local["handle_s"]).fillna(0.0))
    cells = local.groupby(["queue", "weekday", "minute_of_day"], as_index=False).agg(
        offered=("offered", "mean"), timed=("timed", "sum"), work=("work", "sum")
    )
    return cells.assign(
        per_hour=cells["offered"] / inputs.interval_hours,
        handle_s=cells["work"] / cells["timed"].where(cells["timed"] > 0),
    ).drop(columns=["work", "timed", "offered"])


def volume_heat(inputs: Inputs) -> Chart | None:
    """Return the weekday by time heat map of contacts an hour, all queues together."""
    cells = weekly_profile(inputs)
    cells = cells.groupby(["weekday", "minute_of_day"], as_index=False)[["per_hour"]].sum()
    if cells.empty:
        return None
    peak = highest(cells, "per_hour")
    at = f"{DAYS[int(peak['weekday'])]} {clock(peak['minute_of_day'])}"
    finding = f"Contacts peak on {at} with {number(peak['per_hour'], 1)} an hour"
    svg = drawing.draw("demand-volume", 2.9, right=0.4, plot=_heat(cells, "per_hour", lambda value: number(value, 0)))
    alt = f"Heat map of mean contacts an hour by weekday and time of day. Peak {at}."
    return Chart("volume", finding, "Contacts an hour, mean over open, ordinary days, all queues", svg, alt, cells)


def queue_heats(inputs: Inputs) -> Chart | None:
    """Return a pair of small heat maps a queue: contacts an hour and handle time by weekday and time."""
    cells = weekly_profile(inputs)
    names = [name for name in inputs.queues if (cells["queue"] == name).any()]
    if not names:
        return None
    peaks = {name: highest(cells[cells["queue"] == name], "per_hour") for name in names}
    top = max(names, key=lambda name: peaks[name]["per_hour"])
    at = f"{DAYS[int(peaks[top]['weekday'])]} {clock(peaks[top]['minute_of_day'])}"
    finding = f"Each queue has its own hours: {top} is the busiest, on {at} with {number(peaks[top]['per_hour'], 1)}"

    def plot(figure: Figure) -> None:
        grid = figure.subplots(len(names), 2, squeeze=False)
        figure.subplots_adjust(hspace=0.55, wspace=0.12)
        for row, name in zip(grid, names, strict=True):
            mine = cells[cells["queue"] == name]
            for axes, column, words in zip(
                row, ("per_hour", "handle_s"), ("contacts an hour", "AHT, s"), strict=True
            ):
                if mine[column].isna().all():
                    axes.set_axis_off()
                    axes.set_title(f"{name}: {words} not known")
                    continue
                low, high = _fill_heat(axes, mine, column)
                axes.set_title(f"{name}: {words}, {low} to {high}")

    svg = drawing.draw("demand-queues", 0.35 + 1.5 * len(names), plot, top=drawing.TITLED)
    unit = "Left: contacts an hour; right: handle time in seconds. Each picture from its own least (pale) to its most"
    alt = f"Heat maps by weekday and time of day, a pair a queue. {finding}."
    note = "A single cell of handle time rests on few contacts: look for bands, not for dots."
    return Chart("by-queue", finding, unit, svg, alt, cells, note)


def _fill_heat(axes: Axes, cells: pd.DataFrame, column: str) -> tuple[str, str]:
    """Draw one queue's heat map; return its least and greatest value in words."""
    grid, minutes, step = _grid(cells, column)
    edges = np.append(minutes, minutes[-1] + step) / 60
    axes.pcolormesh(edges, np.arange(8), grid, cmap=drawing.heat_colours(), edgecolors="none")
    axes.set_yticks(np.arange(7) + 0.5, [name[:2] for name in DAYS])
    axes.invert_yaxis()
    axes.grid(visible=False)
    drawing.hour_axis(axes, 8)
    digits = 1 if column == "per_hour" else 0
    return number(float(grid.min()), digits), number(float(grid.max()), digits)


def outside_hours(inputs: Inputs) -> Chart | None:
    """Return when contacts come while their queue is closed, by weekday and hour, a small picture a queue."""
    local = inputs.local("demand")
    closed = local[~local["is_open"] & (local["offered"] > 0)]
    if closed.empty:
        return None
    weeks = max((local["date"].max() - local["date"].min()).days + 1, 7) / 7
    hourly = closed.assign(minute_of_day=closed["minute_of_day"] // 60 * 60)
    cells = hourly.groupby(["queue", "weekday", "minute_of_day"], as_index=False)["offered"].sum()
    cells = cells.assign(per_week=cells["offered"] / weeks).drop(columns="offered")
    share = closed["offered"].sum() / local["offered"].sum()
    most = highest(cells, "per_week")
    at = f"{DAYS[int(most['weekday'])]} {clock(most['minute_of_day'])}"
    finding = f"{percent(share, 1)} of contacts come outside opening hours, most to {most['queue']} on {at}"
    sizes = cells.groupby("queue")["per_week"].sum()
    names = [name for name in inputs.queues if sizes.get(name, 0) >= 1] or [most["queue"]]

    def plot(figure: Figure) -> None:
        grid = figure.subplots(len(names), 1, squeeze=False)[:, 0]
        figure.subplots_adjust(hspace=0.6)
        for axes, name in zip(grid, names, strict=True):
            _, high = _fill_heat(
                axes, cells[cells["queue"] == name].rename(columns={"per_week": "per_hour"}), "per_hour"
            )
            axes.set_title(f"{name}: up to {high} in that hour of the week")
            axes.set_xlim(0, 24)
            drawing.hour_axis(axes, 24)

    svg = drawing.draw("demand-outside", 0.35 + 1.5 * len(names), plot, top=drawing.TITLED)
    note = "Queues with one such contact a week or more. Calls that a closed line never logged are not seen."
    alt = f"Heat maps of contacts outside opening hours. {finding}."
    return Chart(
        "outside", finding, "Contacts a week by weekday and hour while the queue is closed", svg, alt, cells, note
    )


def handle_heat(inputs: Inputs) -> Chart | None:
    """Return the weekday by time heat map of handle time, weighted by contacts."""
    cells = weekly_profile(inputs).dropna(subset=["handle_s"])
    if cells.empty or not cells["per_hour"].sum():
        return None
    cells = cells.assign(work=cells["handle_s"] * cells["per_hour"])
    cells = cells.groupby(["weekday", "minute_of_day"], as_index=False)[["work", "per_hour"]].sum()
    cells = cells[cells["per_hour"] > 0]
    cells = cells.assign(handle_s=cells["work"] / cells["per_hour"])
    mean = float(cells["work"].sum() / cells["per_hour"].sum())
    by_time = cells.groupby("minute_of_day")[["work", "per_hour"]].sum()
    longest = (by_time["work"] / by_time["per_hour"])[by_time["per_hour"] >= by_time["per_hour"].max() / 10]
    finding = (
        f"A contact takes {number(mean)} s on average and {number(longest.max())} s at {clock(longest.idxmax())}"
    )
    svg = drawing.draw("demand-handle", 2.9, right=0.4, plot=_heat(cells, "handle_s", lambda value: number(value)))
    alt = f"Heat map of mean handle time by weekday and time of day. {finding}."
    data = cells[["weekday", "minute_of_day", "handle_s"]]
    return Chart("handle", finding, "Handle time in seconds, weighted by contacts, all queues", svg, alt, data)


def _grid(cells: pd.DataFrame, column: str) -> tuple[Any, np.ndarray, int]:
    """Return weekday by time values with nothing masked, the minutes that columns begin at, and their step."""
    grid = cells.pivot(index="weekday", columns="minute_of_day", values=column).reindex(range(7))
    known = grid.columns.to_numpy(dtype="int64")
    step = int(np.diff(known).min()) if len(known) > 1 else 60
    minutes = np.arange(known.min(), known.max() + step, step)
    return np.ma.masked_invalid(grid.reindex(columns=minutes).to_numpy(dtype="float64")), minutes, step


def _heat(cells: pd.DataFrame, column: str, text: Callable[[float], str]) -> Callable[[Figure], None]:
    grid, minutes, step = _grid(cells, column)

    def plot(figure: Figure) -> None:
        axes = figure.subplots()
        drawn = axes.pcolormesh(
            np.append(minutes, minutes[-1] + step) / 60, np.arange(8), grid,
            cmap=drawing.heat_colours(), edgecolors="none",
        )  # fmt: skip
        axes.set_yticks(np.arange(7) + 0.5, DAYS)
        axes.invert_yaxis()
        axes.grid(visible=False)
        hours = np.arange(int(minutes[0] // 60), int((minutes[-1] + step) // 60) + 1, 2)
        axes.set_xticks(hours, [f"{hour:02d}:00" for hour in hours])
        bar = figure.colorbar(drawn, ax=axes, fraction=0.03, pad=0.01, format=lambda value, _: text(value))
        bar.outline.set_visible(False)

    return plot


def volume_by_day(inputs: Inputs) -> Chart | None:
    """Return contacts a day by queue, days kept out of training marked."""
    local = inputs.local("demand")
    days = local.groupby(["date", "queue"], as_index=False).agg(
        offered=("offered", "sum"), marked=("is_outlier", "any")
    )
    if days.empty:
        return None
    wide = days.pivot(index="date", columns="queue", values="offered").reindex(columns=inputs.queues).fillna(0.0)
    total = wide.sum(axis=1)
    marked = sorted(days.loc[days["marked"], "date"].unique())
    best = pd.Timestamp(cast("Any", total.idxmax()))
    busiest = f"the busiest was {short_day(best)} with {number(total.max())}"
    finding = f"{number(total.mean())} contacts a day on average; {busiest}"

    def plot(axes: Axes) -> None:
        base = np.zeros(len(wide))
        for k, name in enumerate(wide.columns):
            axes.fill_between(wide.index, base, base + wide[name], color=drawing.series_paint(k), step="mid", lw=0)
            base = base + wide[name].to_numpy()
        for date in marked:
            axes.axvline(date, color=drawing.paint("red"), lw=1, ls=":")
        drawing.day_axis(axes, pd.DatetimeIndex(wide.index))
        drawing.plain_numbers(axes.yaxis)
        axes.set_ylim(0)

    legend = tuple((drawing.SERIES[k % len(drawing.SERIES)], name) for k, name in enumerate(wide.columns))
    if marked:
        legend += (("red", "dotted: day with intervals kept out of training"),)
    svg = drawing.draw("demand-days", 2.6, drawing.one(plot))
    alt = f"Stacked areas of contacts a day by queue. {finding}."
    return Chart("days", finding, "Contacts a day, stacked by queue", svg, alt, days, legend=legend)


def by_queue(inputs: Inputs) -> TableView:
    """Return volumes, handle time and follow-ups, a row a queue."""
    demand = inputs.table("demand")
    rows, data = [], []
    for name in inputs.queues:
        mine = demand[demand["queue"] == name]
        offered = mine["offered"].sum()
        if not offered:
            continue
        timed = mine[mine["handle_s"].notna() & (mine["offered"] > 0)]
        handle_s = np.average(timed["handle_s"], weights=timed["offered"]) if len(timed) else np.nan
        closed = mine.loc[~mine["is_open"], "offered"].sum()
        facts: dict[str, Any] = {
            "queue": name, "offered": offered, "handled_share": mine["handled"].sum() / offered,
            "abandoned_share": mine["abandoned"].sum() / offered, "handle_s": handle_s,
            "repeat_share": mine["repeat_contacts"].sum() / offered,
            "switched_share": mine["switched_contacts"].sum() / offered, "outside_hours_share": closed / offered,
        }  # fmt: skip
        data.append(facts)
        rows.append((name, number(offered), percent(facts["handled_share"]), percent(facts["abandoned_share"], 1),
                     number(facts["handle_s"]), percent(facts["repeat_share"]), percent(facts["switched_share"], 1),
                     percent(closed / offered, 1)))  # fmt: skip
    columns = ("Queue", "Contacts", "Handled", "Abandoned", "AHT, s", "Follow-ups", "From another channel",
               "Outside opening hours")  # fmt: skip
    total = sum(facts["offered"] for facts in data)
    back = sum(facts["offered"] * facts["repeat_share"] for facts in data) / max(total, 1e-9)
    title = f"{number(total)} contacts to {plural(len(rows), 'queue')}; {percent(back)} follow up an earlier one"
    return TableView("queues", title, columns, rows, pd.DataFrame(data), frozenset(range(1, 8)))


SECTION = SectionPlan(
    "demand", "Demand", "When do customers come, and how much work is it?",
    (
        Part(("demand",), by_queue),
        Part(("demand",), volume_heat),
        Part(("demand",), handle_heat),
        Part(("demand",), queue_heats),
        Part(("demand",), outside_hours),
        Part(("opening_hours",), opening.advice),
        Part(("demand",), volume_by_day),
    ),
    ("demand",),
)  # fmt: skip
