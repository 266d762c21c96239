"""The forecast: what is to come, how wide the range, how good the method was on the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.report import drawing
from omnistaff.report.content import Chart, Part, SectionPlan, TableView
from omnistaff.report.inputs import Inputs, records
from omnistaff.report.wording import number, percent, short_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Legend = tuple[tuple[str, str], ...]
HISTORY_DAYS = 42
BASELINE = "seasonal_naive"
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
    past, ahead = days[days["actual"].notna()], days[days["mean"].notna()]
    axes.plot(past["date"], past["actual"], color=drawing.paint("ink"), lw=1)
    axes.fill_between(ahead["date"], ahead["low"], ahead["high"], color=drawing.paint("sky"), alpha=0.4, lw=0)
    axes.plot(ahead["date"], ahead["mean"], color=drawing.paint("blue"))
    axes.set_title(name)
    axes.set_ylim(0)
    drawing.plain_numbers(axes.yaxis)


def intraday(inputs: Inputs) -> Chart | None:
    """Return the forecast of the busiest day by interval with its quantiles, one picture a queue."""
    if not inputs.has("forecast_quantiles"):
        return None
    local = inputs.local("forecast")
    totals = local.groupby("date")["mean"].sum()
    if totals.empty:
        return None
    date = pd.Timestamp(cast("Any", totals.idxmax()))
    quantiles = inputs.table("forecast_quantiles")
    low, high = quantiles["quantile"].min(), quantiles["quantile"].max()
    if not low < high:
        return None
    edges = quantiles[quantiles["quantile"].isin([low, high])].pivot(
        index=["queue", "interval_start"], columns="quantile", values="arrivals"
    )
    edges = edges.set_axis(["low", "high"], axis=1).reset_index()
    shown = local[local["date"] == date].merge(
        edges, on=["queue", "interval_start"], how="left", validate="one_to_one"
    )
    names = [name for name in inputs.queues if (shown["queue"] == name).any()]

    lines = -(-len(names) // ACROSS)

    def plot(figure: Figure) -> None:
        grid = figure.subplots(lines, ACROSS, squeeze=False).ravel()
        figure.subplots_adjust(hspace=0.4)
        for axes in grid[len(names) :]:
            axes.set_visible(False)
        for axes, name in zip(grid, names, strict=False):
            mine = shown[shown["queue"] == name]
            hours = mine["minute_of_day"] / 60
            axes.fill_between(
                hours, mine["low"], mine["high"], color=drawing.paint("sky"), alpha=0.4, step="post", lw=0
            )
            axes.step(hours, mine["mean"], where="post", color=drawing.paint("blue"))
            axes.set_title(name)
            axes.set_ylim(0)
            drawing.hour_axis(axes, 8)

    finding = f"On the busiest day, {short_day(date)}, {number(totals.max())} contacts are expected"
    unit = (
        f"Contacts in an interval of {inputs.plan.interval_minutes} minutes; band: {percent(low)} to {percent(high)}"
    )
    svg = drawing.draw("forecast-busiest", 0.3 + 1.7 * lines, plot, top=drawing.TITLED)
    columns = ["queue", "interval_start", "mean", "low", "high"]
    return Chart(
        "busiest", finding, unit, svg, f"Forecast by interval of the busiest day. {finding}.", shown[columns]
    )


def accuracy(inputs: Inputs) -> TableView | None:
    """Return the accuracy on the past of each queue's model, next to the best and the simplest."""
    scores = inputs.table("scores")
    scores = scores[scores["horizon"] == "all"]
    if scores.empty:
        return None
    used = _used_models(inputs)
    order = {name: k for k, name in enumerate([*inputs.queues, "all"])}
    scores = scores.assign(order=scores["queue"].map(order)).sort_values(["order", "wape"])
    best = ~scores.duplicated("queue")
    shown = scores[best | (scores["model"] == scores["queue"].map(used)) | (scores["model"] == BASELINE)]
    rows: list[tuple[str, ...]] = []
    marks: dict[int, str] = {}
    for row in records(shown):
        if used.get(row["queue"]) == row["model"]:
            marks[len(rows)] = "good"
        rows.append((row["queue"], row["model"], percent(row["wape"], 1), percent(row["floor_wape"], 1),
                     percent(row["bias_share"], 1), number(row["mase"], 2), percent(row["coverage_80"]),
                     percent(row["coverage_95"]), number(row["fte_error"], 2), number(row["n"])))  # fmt: skip
    columns = ("Queue", "Model", "WAPE", "Poisson floor", "Bias", "MASE", "In 80 % band", "In 95 % band",
               "Error in agents", "Intervals")  # fmt: skip
    note = "Rolling origin on the history: every score is of days the model had not seen. Green: the model in use; "
    note += "beside it the best on the past and the same interval last week. The CSV has every model."
    return TableView("accuracy", "How good the forecast was on the past", columns, rows, scores.drop(columns="order"),
                     frozenset(range(2, 10)), note, marks)  # fmt: skip


def _used_models(inputs: Inputs) -> dict[str, str]:
    if not inputs.has("forecast"):
        return {}
    forecast = inputs.table("forecast")
    return dict(forecast.groupby("queue")["model"].agg(lambda names: names.mode().iloc[0]))


def skill(inputs: Inputs) -> Chart | None:
    """Return the error of the model in use against the baseline and the Poisson floor, by queue."""
    scores = inputs.table("scores")
    scores = scores[(scores["horizon"] == "all") & scores["queue"].isin(inputs.queues)]
    used = _used_models(inputs)
    rows = []
    for name in inputs.queues:
        mine = {row["model"]: row for row in records(scores[scores["queue"] == name])}
        model = used.get(name, "")
        if model in mine and BASELINE in mine:
            rows.append({"queue": name, "model": model, "wape": mine[model]["wape"],
                         "baseline_wape": mine[BASELINE]["wape"],
                         "floor_wape": mine[model]["floor_wape"]})  # fmt: skip
    if not rows:
        return None
    data = pd.DataFrame(rows)
    cut = 1 - data["wape"].sum() / data["baseline_wape"].sum()
    better = "cuts" if cut >= 0 else "adds to"
    finding = f"The forecast {better} the error of repeating last week by {percent(abs(cut))} on average"

    def plot(axes: Axes) -> None:
        spots = np.arange(len(data))
        axes.hlines(spots, data["floor_wape"], data["baseline_wape"], color=drawing.paint("grid"), lw=3)
        for column, colour, marker in (
            ("floor_wape", "grey", "|"),
            ("baseline_wape", "orange", "s"),
            ("wape", "blue", "o"),
        ):
            axes.plot(
                data[column],
                spots,
                marker,
                color=drawing.paint(colour),
                ms=9,
                mew=2 if marker == "|" else 0,
                ls="none",
            )
        axes.set_yticks(spots, data["queue"])
        axes.invert_yaxis()
        axes.set_ylim(len(data) - 0.5, -0.5)
        axes.set_xlim(0)
        axes.grid(axis="x")
        drawing.percent_axis(axes.xaxis)

    legend = (("grey", "bar: floor, no forecast of counts can do better"), ("blue", "dot: model in use"),
              ("orange", "square: same interval last week"))  # fmt: skip
    svg = drawing.draw(
        "forecast-skill", 0.5 + 0.35 * len(data), drawing.one(plot), left=drawing.label_margin(data["queue"])
    )
    return Chart("skill", finding, "WAPE: sum of absolute errors over sum of actuals, by interval", svg,
                 f"Dots of WAPE by queue. {finding}.", data, legend=legend)  # fmt: skip


def calibration(inputs: Inputs) -> Chart | None:
    """Return how often actuals fell inside the 80 % and 95 % bands, by queue."""
    scores = inputs.table("scores")
    used = _used_models(inputs)
    rows = [row for row in records(scores[scores["horizon"] == "all"]) if used.get(row["queue"]) == row["model"]]
    if not rows:
        return None
    data = pd.DataFrame(rows)[["queue", "model", "coverage_80", "coverage_95"]].dropna()
    data = data.set_index("queue").reindex([*inputs.queues, "all"]).dropna().reset_index()
    if data.empty:
        return None
    off = (data["coverage_80"] - 0.8).abs().max()
    state = "hold what they promise" if off <= 0.05 else f"are off by up to {number(off * 100)} points"

    def plot(axes: Axes) -> None:
        spots: Any = np.arange(len(data))
        for column, goal, colour, shift in (
            ("coverage_80", 0.8, "blue", -0.17),
            ("coverage_95", 0.95, "green", 0.17),
        ):
            axes.barh(spots + shift, data[column], height=0.3, color=drawing.paint(colour))
            axes.axvline(goal, color=drawing.paint("ink"), lw=1, ls=":")
        axes.set_yticks(spots, data["queue"])
        axes.set_ylim(len(data) - 0.5, -0.5)
        axes.set_xlim(0, 1)
        axes.grid(visible=False)
        drawing.percent_axis(axes.xaxis)

    legend = (("blue", "80 % band"), ("green", "95 % band"), ("ink", "dotted: what the band promises"))
    svg = drawing.draw(
        "forecast-calibration", 0.5 + 0.45 * len(data), drawing.one(plot), left=drawing.label_margin(data["queue"])
    )
    return Chart("calibration", f"The forecast's bands {state}", "Share of past actuals inside the band", svg,
                 f"Bars of band coverage by queue. The bands {state}.", data, legend=legend)  # fmt: skip


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
        Part(("forecast",), intraday),
        Part(("scores", "forecast"), skill),
        Part(("scores",), accuracy),
        Part(("scores", "forecast"), calibration),
        Part(("forecast",), special_days),
    ),
    ("forecast",),
)  # fmt: skip
