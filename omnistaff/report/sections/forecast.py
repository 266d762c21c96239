"""The forecast: what is to come, and how wide the range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.report import drawing
from omnistaff.report.content import Chart, Part, SectionPlan, TableView
from omnistaff.report.inputs import Inputs
from omnistaff.report.sections import accuracy
from omnistaff.report.wording import number, percent, short_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Legend = tuple[tuple[str, str], ...]
HISTORY_DAYS = 42
ACROSS = 3  # small pictures side by side


def daily_forecast(inputs: Inputs) -> pd.DataFrame:
    """Return date, queue, actual or mean with low and high (10 % and 90 % of the joint paths), by local day."""
    ahead = inputs.local("forecast").groupby(["queue", "date"], as_index=False)[["mean"]].sum()
    if inputs.has("forecast_paths"):
        paths = inputs.local("forecast_paths")
        sums = paths.groupby(["queue", "date", "path"])["arrivals"].sum()
        bands = sums.groupby(level=["queue", "date"]).quantile(cast("Any", [0.1, 0.9])).unstack()
        ahead = ahead.merge(bands.set_axis(["low", "high"], axis=1).reset_index(), on=["queue", "date"], how="left")
    else:
        ahead = ahead.assign(low=np.nan, high=np.nan)
    if not inputs.has("demand"):
        return ahead.assign(actual=np.nan)
    past = inputs.local("demand")
    past = past[past["is_open"]].groupby(["queue", "date"], as_index=False).agg(actual=("offered", "sum"))
    first = past["date"].max() - pd.Timedelta(days=HISTORY_DAYS - 1)
    recent = cast("pd.DataFrame", past[past["date"] >= first])
    return pd.concat([recent, ahead], ignore_index=True)


def actual_and_forecast(inputs: Inputs) -> Chart | None:
    """Return actual days and forecast days with bands, small pictures one a queue, events marked."""
    days = daily_forecast(inputs)
    names = [name for name in inputs.queues if (days["queue"] == name).any()]
    if not names:
        return None
    mean = days.groupby("queue")["mean"].sum()
    horizon = days.loc[days["mean"].notna(), "date"]
    total = number(mean.sum())
    finding = f"{total} contacts are expected from {short_day(horizon.min())} to {short_day(horizon.max())}"
    first, last = days["date"].min(), days["date"].max()
    events = [event for event in inputs.plan.calendar.events if first <= pd.Timestamp(event.start) <= last]

    def plot(figure: Figure) -> None:
        grid = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
        for axes, name in zip(grid, names, strict=True):
            _plot_queue(axes, days[days["queue"] == name], name)
            for event in events:
                if name in (event.queues or names):
                    axes.axvline(pd.Timestamp(event.start), color=drawing.paint("purple"), lw=1, ls="--")
        figure.subplots_adjust(hspace=0.35)
        drawing.day_axis(grid[-1], days["date"])

    legend: Legend = (("ink", "actual"), ("blue", "forecast, mean"), ("sky", "8 of 10 days fall in the band"))
    if events:
        legend += (("purple", "dashed: start of " + ", ".join(event.name for event in events)),)
    svg = drawing.draw("forecast-days", 0.5 + 1.25 * len(names), plot, top=drawing.TITLED)
    alt = f"Contacts a day by queue: the last {HISTORY_DAYS} days and the forecast with an 80 % band. {finding}."
    return Chart(
        "days", finding, "Contacts a day in opening hours, one picture a queue", svg, alt, days, legend=legend
    )


def _plot_queue(axes: Axes, days: pd.DataFrame, name: str) -> None:
    days = days.set_index("date").reindex(pd.date_range(days["date"].min(), days["date"].max(), name="date"))
    days = days.reset_index()  # a line over closed days would look like data
    past = days[days["date"] <= days["date"].where(days["actual"].notna()).max()]
    ahead = days[days["date"] >= days["date"].where(days["mean"].notna()).min()]
    axes.plot(past["date"], past["actual"], color=drawing.paint("ink"), lw=1)
    axes.fill_between(ahead["date"], ahead["low"], ahead["high"], color=drawing.paint("sky"), alpha=0.4, lw=0)
    axes.plot(ahead["date"], ahead["mean"], color=drawing.paint("blue"))
    axes.set_title(name)
    axes.set_ylim(0)
    drawing.plain_numbers(axes.yaxis)


def intraday(inputs: Inputs) -> Chart | None:
    """Return the forecast of the busiest day by interval with its quantiles, one picture a queue."""
    shown, low, high = busiest_day(inputs)
    if shown.empty:
        return None
    names = [name for name in inputs.queues if (shown["queue"] == name).any()]
    lines = -(-len(names) // ACROSS)

    def plot(figure: Figure) -> None:
        grid = figure.subplots(lines, ACROSS, squeeze=False).ravel()
        figure.subplots_adjust(hspace=0.4)
        for axes in grid[len(names) :]:
            axes.set_visible(False)
        for axes, name in zip(grid, names, strict=False):
            mine = shown[shown["queue"] == name]
            hours, band = mine["minute_of_day"] / 60, drawing.paint("sky")
            axes.fill_between(hours, mine["low"], mine["high"], color=band, alpha=0.4, step="post", lw=0)
            axes.step(hours, mine["mean"], where="post", color=drawing.paint("blue"))
            axes.set_title(name)
            axes.set_ylim(0)
            drawing.hour_axis(axes, 8)

    date, total = pd.Timestamp(shown["date"].iloc[0]), number(shown["mean"].sum())
    finding = f"On the busiest day, {short_day(date)}, {total} contacts are expected"
    minutes = inputs.plan.interval_minutes
    unit = f"Contacts in an interval of {minutes} minutes; band: {percent(low)} to {percent(high)}"
    svg = drawing.draw("forecast-busiest", 0.3 + 1.7 * lines, plot, top=drawing.TITLED)
    data = shown[["queue", "interval_start", "mean", "low", "high"]]
    return Chart("busiest", finding, unit, svg, f"Forecast by interval of the busiest day. {finding}.", data)


def busiest_day(inputs: Inputs) -> tuple[pd.DataFrame, float, float]:
    """Return the forecast of the day with most contacts, its outermost quantiles, and their levels."""
    local, quantiles = inputs.local("forecast"), inputs.table("forecast_quantiles")
    low, high = quantiles["quantile"].min(), quantiles["quantile"].max()
    totals = local.groupby("date")["mean"].sum()
    if totals.empty or not low < high:
        return local.iloc[:0], low, high
    edges = quantiles[quantiles["quantile"].isin([low, high])].pivot(
        index=["queue", "interval_start"], columns="quantile", values="arrivals"
    )
    edges = edges.set_axis(["low", "high"], axis=1).reset_index()
    mine = local[local["date"] == pd.Timestamp(cast("Any", totals.idxmax()))]
    return mine.merge(edges, on=["queue", "interval_start"], how="left", validate="one_to_one"), low, high


def special_days(inputs: Inputs) -> TableView | None:
    """Return public holidays and own events inside the horizon."""
    forecast = inputs.local("forecast")
    first, last = forecast["date"].min(), forecast["date"].max()
    years = range(first.year, last.year + 1)
    calendar = inputs.plan.calendar
    found = timegrid.public_holidays(calendar.country, calendar.region, list(years), calendar.holidays)
    rows = [
        (pd.Timestamp(date), name, "public holiday")
        for date, name in found.items()
        if first <= pd.Timestamp(date) <= last
    ]
    for event in calendar.events:
        end = pd.Timestamp(event.end or event.start)
        if pd.Timestamp(event.start) <= last and end >= first:
            rows.append((pd.Timestamp(event.start), event.name, event.kind))
    if not rows:
        return None
    data = pd.DataFrame(sorted(rows), columns=["date", "name", "kind"])
    shown = [(short_day(row[0]), row[1], row[2]) for row in sorted(rows)]
    return TableView("special", "Special days the forecast knows of", ("Day", "Name", "Kind"), shown, data)


SECTION = SectionPlan(
    "forecast", "Forecast", "What is coming, how sure is it, and was the method right before?",
    (
        Part(("forecast",), actual_and_forecast),
        Part(("forecast", "forecast_quantiles"), intraday),
        Part(("scores", "forecast"), accuracy.skill),
        Part(("scores", "forecast"), accuracy.by_lead),
        Part(("scores",), accuracy.table),
        Part(("calibration", "forecast"), accuracy.calibration),
        Part(("forecast",), special_days),
    ),
    ("forecast",),
)  # fmt: skip
