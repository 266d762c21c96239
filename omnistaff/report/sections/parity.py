"""Who is served how: parity of channels and segments, what fails where, the ways matters take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from omnistaff.report import drawing
from omnistaff.report.content import Chart, TableView
from omnistaff.report.inputs import Inputs, highest, records
from omnistaff.report.wording import listed, number, percent, seconds, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALL = 30  # fewer contacts say little
CLEAR_Z = 3.0  # standard errors from the channel's own share before a difference is called clear
POINTS_95 = 1.96
MOST_ROWS = 12
MEASURES = {"answered": "Answered", "comes_back": "Comes back", "wait_s": "Wait, s (each step is tenfold)"}


def between_channels(inputs: Inputs) -> Chart | None:
    """Return how each channel treats the same mix of matters, with intervals, one small picture a measure."""
    data = inputs.table("channel_parity")
    measures = [name for name in MEASURES if (data["measure"] == name).any()]
    if data["channel"].nunique() < 2:
        return None
    channels, groups = list(data["channel"].unique()), list(data["segment"].unique())
    back = data[(data["measure"] == "comes_back") & data["value"].notna()]
    finding = "Channels compared on the same mix of reasons"
    if len(back) > 1:
        worst = highest(back, "value")
        finding = f"With the same reasons, {worst['channel']} sends most customers back: {percent(worst['value'])}"

    def plot(figure: Figure) -> None:
        grid = figure.subplots(1, len(measures), sharey=True, squeeze=False)[0]
        for axes, measure in zip(grid, measures, strict=True):
            for k, segment in enumerate(groups):
                mine = data[(data["measure"] == measure) & (data["segment"] == segment)]
                _draw_channels(axes, mine, channels, k, len(groups))
            axes.set_title(MEASURES[measure])
            axes.grid(axis="x")
            if measure == "wait_s":
                axes.set_xscale("symlog", linthresh=1)
                axes.set_xlim(0)
                axes.set_xticks([1, 10, 100, 1000, 10000], ["1", "10", "100", "1k", "10k"])
            else:
                drawing.percent_axis(axes.xaxis)
        grid[0].set_yticks(range(len(channels)), channels)
        grid[0].set_ylim(len(channels) - 0.5, -0.5)

    legend = tuple((drawing.SERIES[k % len(drawing.SERIES)], name) for k, name in enumerate(groups))
    legend += (("ink", "dotted: mean of all channels"),)
    height, left = 0.7 + 0.34 * len(channels), drawing.label_margin(channels)
    svg = drawing.draw("customers-parity", height, plot, left=left, top=drawing.TITLED)
    unit = "Means with the mix of reasons of all contacts, and 95 % intervals; a colour a segment"
    note = "Reasons that only one channel knows, and channels under 30 contacts, are left out."
    return Chart("parity", finding, unit, svg, f"Dots with intervals by channel. {finding}.", data, note, legend)


def _draw_channels(axes: Axes, mine: pd.DataFrame, channels: list[str], number_: int, of: int) -> None:
    """Draw one segment's means and intervals; segments stand a little apart."""
    colour = drawing.series_paint(number_)
    spots = mine["channel"].map(channels.index) + (number_ - (of - 1) / 2) * 0.5 / max(of, 1)
    axes.hlines(spots, mine["low"].clip(lower=0), mine["high"], color=colour, lw=2)
    axes.plot(mine["value"], spots, "o", color=colour, ms=5, mew=0)
    if mine["reference"].notna().any():
        axes.axvline(float(mine["reference"].iloc[0]), color=drawing.paint("ink"), lw=0.8, ls=":")


def gaps(inputs: Inputs) -> TableView | None:
    """Return where a channel treats the same matters clearly otherwise than the others do."""
    data = inputs.table("channel_parity")
    found = data[data["is_gap"]].assign(ratio=lambda t: t["value"] / t["reference"].where(t["reference"] > 0))
    if found.empty:
        return None
    order = {name: k for k, name in enumerate(("comes_back", "answered", "wait_s"))}
    found = found.assign(far=-np.log(found["ratio"].clip(lower=1e-6)).abs(), order=found["measure"].map(order))
    found = found.sort_values(["order", "far"]).drop(columns=["order", "far"])
    rows = [
        (MEASURES[row["measure"]].split(",")[0], row["segment"], row["channel"], number(row["contacts"]),
         _value(row, "value"), f"{_value(row, 'low')} to {_value(row, 'high')}", _value(row, "plain"),
         _value(row, "reference"))
        for row in records(found.head(MOST_ROWS))
    ]  # fmt: skip
    columns = ("Measure", "Segment", "Channel", "Contacts", "Same reasons", "95 % limits", "As it is", "All channels")
    title = f"{len(found)} gaps between channels cannot be chance or another mix of reasons"
    note = "Apart from the mean of all channels by more than a tenth of it, and so is the whole interval."
    if len(found) > MOST_ROWS:
        note += f" The {MOST_ROWS} widest are shown."
    return TableView("gaps", title, columns, rows, found, frozenset(range(3, 8)), note)


def _value(row: dict[str, Any], name: str) -> str:
    return seconds(row[name]) if row["measure"] == "wait_s" else percent(row[name], 1)


def channel_fit(inputs: Inputs) -> TableView | None:
    """Return the reasons whose customers come back from a channel more than with that reason elsewhere."""
    data = inputs.table("channel_fit")
    back = (data["back_share"] * data["contacts"]).groupby(data["reason"]).transform("sum")
    usual = back / data.groupby("reason")["contacts"].transform("sum")
    data = data.assign(usual_share=usual, extra=(data["back_share"] - usual) * data["contacts"])
    found = data[data["fails"] & (data["reason"] != "unknown")].sort_values("extra", ascending=False)
    if found.empty:
        return None
    rows = [
        (row["reason"], row["channel"], number(row["contacts"]), percent(row["back_share"], 1),
         f"{percent(row['back_low'], 1)} to {percent(row['back_high'], 1)}", percent(row["usual_share"], 1),
         percent(row["moves_share"], 1), number(row["effort_s"]), number(row["matter_s"]), number(row["extra"]))
        for row in records(found.head(MOST_ROWS))
    ]  # fmt: skip
    columns = ("Reason", "Channel", "Contacts", "Come back", "95 % limits", "On all channels", "On another channel",
               "AHT, s", "Whole matter, s", "Extra contacts")  # fmt: skip
    first = records(found.head(1))[0]
    title = f"{len(found)} reasons fail on a channel, most {first['reason']} on {first['channel']}"
    note = "Extra: follow-ups that would not come if the reason failed there no more than on all channels."
    return TableView("fit", title, columns, rows, data, frozenset(range(2, 10)), note)


def journeys(inputs: Inputs) -> TableView | None:
    """Return the most frequent ways of matters over more than one channel."""
    data = inputs.table("journeys")
    moved = data[data["path"].str.contains(" > ", regex=False)]
    if moved.empty:
        return None
    shown = moved.sort_values("cases", ascending=False).head(MOST_ROWS)
    rows = [
        (row["path"].replace(" > ", " → "), number(row["cases"]), percent(row["share"], 2), number(row["days"], 1))
        for row in records(shown)
    ]
    most = [path.replace(" > ", " → ") for path in shown["path"].head(2)]
    title = f"Matters that change channel go {listed(most)} most often"
    note = "Of the most frequent ways; those on one channel alone are in the CSV."
    columns = ("Way", "Matters", "Of all matters", "Days")
    return TableView("journeys", title, columns, rows, data, frozenset(range(1, 4)), note)


def between_segments(inputs: Inputs) -> TableView | None:
    """Return whether segments are answered alike within each channel, clear differences marked."""
    data = parity_by_segment(inputs)
    if data["segment"].nunique() < 2:
        return None
    clear = data["z"].abs() > CLEAR_Z
    margin = POINTS_95 * (data["difference"] / data["z"].where(data["z"] != 0)).abs()
    data = data.assign(low=data["difference"] - margin, high=data["difference"] + margin)
    rows = [
        (row["channel"], row["segment"], number(row["contacts"]), percent(row["answered_share"], 1),
         signed(100 * row["difference"], 1), f"{signed(100 * row['low'], 1)} to {signed(100 * row['high'], 1)}",
         seconds(row["wait_s"]), percent(row["repeat_share"]))
        for row in records(data)
    ]  # fmt: skip
    marks = {k: ("bad" if row["difference"] < 0 else "good") for k, row in enumerate(records(data)) if clear.iloc[k]}
    title = "Segments are answered alike within each channel"
    if clear.any():
        title = f"{int(clear.sum())} of {len(data)} channel and segment pairs clearly differ"
    note = (
        f"Difference: points from the channel's other segments; coloured: over {CLEAR_Z:g} standard errors. "
        f"Pairs under {SMALL} contacts are left out."
    )
    columns = ("Channel", "Segment", "Contacts", "Answered", "Difference", "95 % limits", "Mean wait",
               "Repeats")  # fmt: skip
    return TableView("segment-parity", title, columns, rows, data, frozenset(range(2, 8)), note, marks)


def parity_by_segment(inputs: Inputs) -> pd.DataFrame:
    """Return answered share, wait and repeats by channel and segment; difference is from the others, z its size."""
    known = inputs.table("timeline")[["contact_id", "segment", "is_repeat"]]
    contacts = inputs.table("contacts").merge(known, on="contact_id", how="inner", validate="one_to_one")
    contacts = contacts[contacts["outcome"].isin(["answered", "abandoned", "short_abandoned"])]
    contacts = contacts.assign(answered=contacts["outcome"] == "answered", segment=contacts["segment"].fillna("none"))
    pairs = contacts.groupby(["channel", "segment"], as_index=False).agg(
        contacts=("contact_id", "size"), answered=("answered", "sum"), wait_s=("wait_s", "mean"),
        repeat_share=("is_repeat", "mean"),
    )  # fmt: skip
    whole = pairs.groupby("channel")[["contacts", "answered"]].transform("sum")
    others = whole["contacts"] - pairs["contacts"]
    rest = (whole["answered"] - pairs["answered"]) / others.where(others > 0)
    share = pairs["answered"] / pairs["contacts"]
    mean = whole["answered"] / whole["contacts"]
    error = np.sqrt(mean * (1 - mean) * (1 / pairs["contacts"] + 1 / others.where(others > 0)))
    pairs = pairs.assign(answered_share=share, difference=share - rest, z=(share - rest) / error.where(error > 0))
    return pairs[(pairs["contacts"] >= SMALL) & pairs["difference"].notna()].reset_index(drop=True)
