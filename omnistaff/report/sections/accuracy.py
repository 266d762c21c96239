"""Was the forecast right before: errors against baseline and floor, by lead, and whether its levels held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from omnistaff.report import drawing
from omnistaff.report.content import Chart, TableView
from omnistaff.report.inputs import Inputs, records
from omnistaff.report.wording import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BASELINE = "seasonal_naive"
LEADS = ("day 1", "week 1", "week 2", "weeks 3-4")
ACROSS = 3  # small pictures side by side
CLOSE = 0.05  # a level that holds within so much is said to hold


def table(inputs: Inputs) -> TableView | None:
    """Return the accuracy on the past of each queue's model, next to the best and the simplest."""
    scores = inputs.table("scores")
    scores = scores[scores["horizon"] == "all"]
    if scores.empty:
        return None
    used = used_models(inputs)
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
    chosen = shown[shown["model"] == shown["queue"].map(used)]
    near = float((chosen["wape"] / chosen["floor_wape"] - 1).median()) if len(chosen) else float("nan")
    title = "How good the forecast was on the past"
    if near == near:
        title = f"Past errors were {percent(near)} above what pure chance leaves, in the middle of the queues"
    return TableView("accuracy", title, columns, rows, scores.drop(columns="order"),
                     frozenset(range(2, 10)), note, marks)  # fmt: skip


def used_models(inputs: Inputs) -> dict[str, str]:
    if not inputs.has("forecast"):
        return {}
    forecast = inputs.table("forecast")
    return dict(forecast.groupby("queue")["model"].agg(lambda names: names.mode().iloc[0]))


def of_used_models(inputs: Inputs, table: str) -> pd.DataFrame:
    """Return the rows of scores or calibration of each queue's model in use, in the plan's order of queues."""
    rows, used = inputs.table(table), used_models(inputs)
    mine = rows[rows["model"] == rows["queue"].map(used)]
    order = {name: k for k, name in enumerate(inputs.queues)}
    return mine.assign(order=mine["queue"].map(order)).sort_values("order", kind="stable").drop(columns="order")


def skill(inputs: Inputs) -> Chart | None:
    """Return the error of the model in use against the baseline and the Poisson floor, by queue."""
    scores = inputs.table("scores")
    whole = of_used_models(inputs, "scores").query("horizon == 'all'")[["queue", "model", "wape", "floor_wape"]]
    naive = scores[(scores["horizon"] == "all") & (scores["model"] == BASELINE)].set_index("queue")["wape"]
    data = whole.assign(baseline_wape=whole["queue"].map(naive)).dropna().reset_index(drop=True)
    if data.empty:
        return None
    cut = 1 - data["wape"].sum() / data["baseline_wape"].sum()
    better = "cuts" if cut >= 0 else "adds to"
    finding = f"The forecast {better} the error of repeating last week by {percent(abs(cut))} on average"

    def plot(axes: Axes) -> None:
        spots = np.arange(len(data))
        axes.hlines(spots, data["floor_wape"], data["baseline_wape"], color=drawing.paint("grid"), lw=3)
        for column, colour, marker, edge in (
            ("floor_wape", "grey", "|", 2), ("baseline_wape", "orange", "s", 0), ("wape", "blue", "o", 0),
        ):  # fmt: skip
            axes.plot(data[column], spots, marker, color=drawing.paint(colour), ms=9, mew=edge, ls="none")
        axes.set_yticks(spots, data["queue"])
        axes.set_ylim(len(data) - 0.5, -0.5)
        axes.set_xlim(0)
        axes.grid(axis="x")
        drawing.percent_axis(axes.xaxis)

    legend = (("grey", "bar: floor, no forecast of counts can do better"), ("blue", "dot: model in use"),
              ("orange", "square: same interval last week"))  # fmt: skip
    left = drawing.label_margin(data["queue"])
    svg = drawing.draw("forecast-skill", 0.5 + 0.35 * len(data), drawing.one(plot), left=left)
    return Chart("skill", finding, "WAPE: sum of absolute errors over sum of actuals, by interval", svg,
                 f"Dots of WAPE by queue. {finding}.", data, legend=legend)  # fmt: skip


def by_lead(inputs: Inputs) -> Chart | None:
    """Return error, floor and band coverage of the model in use by how far ahead it looked."""
    mine = of_used_models(inputs, "scores")
    data = mine[mine["horizon"].isin(LEADS)].assign(lead=lambda t: t["horizon"].map(LEADS.index))
    data = data.sort_values(["queue", "lead"], ignore_index=True)
    if data["lead"].nunique() < 2:
        return None
    names = [name for name in inputs.queues if (data["queue"] == name).any()]
    mean = data.assign(ratio=data["wape"] / data["floor_wape"]).groupby("lead")["ratio"].mean()
    finding = (
        f"Errors grow from {number(mean.iloc[0], 2)} times the floor a day ahead "
        f"to {number(mean.iloc[-1], 2)} times in {LEADS[int(mean.index[-1])]}"
    )
    panels = (("wape", "WAPE over its floor", 1.0), ("coverage_80", "In the 80 % band", 0.8),
              ("coverage_95", "In the 95 % band", 0.95))  # fmt: skip

    def plot(figure: Figure) -> None:
        grid = figure.subplots(1, 3)
        figure.subplots_adjust(wspace=0.26)
        for axes, (column, title, goal) in zip(grid, panels, strict=True):
            for k, name in enumerate(names):
                one = data[data["queue"] == name]
                value = one[column] / one["floor_wape"] if column == "wape" else one[column]
                axes.plot(one["lead"], value, marker="o", ms=4, color=drawing.series_paint(k))
            axes.axhline(goal, color=drawing.paint("ink"), lw=1, ls=":")
            axes.set_title(title)
            axes.set_xticks(range(len(LEADS)), [lead.replace("weeks", "wk").replace("week", "wk") for lead in LEADS])
            if column == "wape":
                axes.set_ylim(min(0.9, float(mean.min())))
            else:
                axes.set_ylim(0.5, 1)
                drawing.percent_axis(axes.yaxis)

    legend = tuple((drawing.SERIES[k % len(drawing.SERIES)], name) for k, name in enumerate(names))
    legend += (("ink", "dotted: the floor, or what the band promises"),)
    svg = drawing.draw("forecast-lead", 2.3, plot, top=drawing.TITLED)
    unit = "Past errors by lead; floor: the error that pure chance leaves to the best forecast of counts"
    kept = data[["queue", "model", "horizon", "n", "wape", "floor_wape", "coverage_80", "coverage_95"]]
    return Chart("lead", finding, unit, svg, f"Lines by lead. {finding}.", kept, legend=legend)


def calibration(inputs: Inputs) -> Chart | None:
    """Return how often actuals stayed at or below each level of the forecast, a small picture a queue."""
    data = of_used_models(inputs, "calibration")
    names = list(data["queue"].unique())
    if data.empty:
        return None
    off = data.assign(off=(data["below_share"] - data["level"]).abs()).groupby("queue")["off"].max()
    bad = off[off > CLOSE].sort_values(ascending=False)
    state = f"hold what they promise, within {number(off.max() * 100)} points"
    if len(bad):
        state = f"are off by up to {number(bad.iloc[0] * 100)} points in {bad.index[0]}"
        state += f", within {number(CLOSE * 100)} in {len(off) - len(bad)} of {len(off)} queues"
    lines = -(-len(names) // ACROSS)

    def plot(figure: Figure) -> None:
        grid = figure.subplots(lines, ACROSS, squeeze=False, sharex=True, sharey=True).ravel()
        figure.subplots_adjust(hspace=0.35)
        for axes in grid[len(names) :]:
            axes.set_visible(False)
        for axes, name in zip(grid, names, strict=False):
            one = data[data["queue"] == name]
            around = np.array([0, 1])
            axes.fill_between(around, around - CLOSE, around + CLOSE, color=drawing.paint("grid"), alpha=0.6, lw=0)
            axes.plot([0, 1], [0, 1], color=drawing.paint("ink"), lw=0.8, ls=":")
            axes.plot(one["level"], one["below_share"], color=drawing.paint("blue"), marker="o", ms=3)
            axes.set_title(name)
            axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
            drawing.percent_axis(axes.xaxis)
            drawing.percent_axis(axes.yaxis)

    legend = (("blue", "what came"), ("ink", "dotted: what the level promises"), ("grid", "5 points either way"))
    svg = drawing.draw("forecast-calibration", 0.4 + 1.8 * lines, plot, top=drawing.TITLED)
    unit = "Share of past actuals at or below each level of the forecast (up), against the level (across)"
    note = "Ranks of whole counts are randomised. Too narrow: above the line in the lower half, below in the upper."
    finding = f"The forecast's levels {state}"
    return Chart("calibration", finding, unit, svg, f"Reliability curves. {finding}.", data, note, legend)
