"""Customers: who is who, what comes back, how matters move between channels, who is served how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from omnistaff.report import drawing
from omnistaff.report.content import Chart, Part, SectionPlan, TableView
from omnistaff.report.inputs import Inputs, highest, records
from omnistaff.report.sections import parity
from omnistaff.report.wording import brief, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def funnel(inputs: Inputs) -> Chart | None:
    """Return contacts, contacts joined, customers and matters as bars."""
    timeline, cases = inputs.table("timeline"), inputs.table("cases")
    if timeline.empty:
        return None
    size = timeline.groupby("customer_id")["contact_id"].transform("size")
    steps = [
        ("contacts", len(timeline)),
        ("of these joined to another contact", int((size > 1).sum())),
        ("customers", timeline["customer_id"].nunique()),
        ("matters", len(cases)),
        ("matters solved at first contact", int(cases["resolved_first_contact"].sum())),
    ]
    if inputs.has("identifiers"):
        known = inputs.is_known(timeline["contact_id"]).sum()
        steps.insert(1, ("of these with an identifier", int(known)))
    data = pd.DataFrame(steps, columns=["step", "count"])
    repeats = 1 - len(cases) / len(timeline)
    finding = f"{number(len(timeline))} contacts are {number(len(cases))} matters: {percent(repeats)} are follow-ups"

    def plot(axes: Axes) -> None:
        spots: Any = np.arange(len(data))
        whole = ["blue" if " " not in name else "sky" for name in data["step"]]
        axes.barh(spots, data["count"], height=0.62, color=[drawing.paint(role) for role in whole])
        for spot, value in zip(spots, data["count"], strict=True):
            axes.annotate(number(value), (value, spot), (4, 0), textcoords="offset points", va="center")
        axes.set_yticks(spots, data["step"])
        axes.set_ylim(len(data) - 0.5, -0.5)
        axes.margins(x=0.1)
        axes.grid(visible=False)
        axes.xaxis.set_visible(False)

    svg = drawing.draw(
        "customers-funnel", 0.3 + 0.32 * len(data), drawing.one(plot), left=drawing.label_margin(data["step"])
    )
    note = " ".join(
        f"{text[0].upper()}{text[1:]}."
        for name in ("true_cases", "true_repeat_share")
        if (text := inputs.figure_text("timeline", name))
    )
    return Chart("funnel", finding, "Counts over the history", svg, f"Bars. {finding}.", data, note)


def follow_up_matrix(inputs: Inputs) -> Chart | None:
    """Return from which channel to which the contacts of one matter move."""
    pairs = moves(inputs.table("timeline"))
    if pairs.empty:
        return None
    order = list(pairs.groupby("from_channel")["contacts"].sum().sort_values(ascending=False).index)
    order += sorted(set(pairs["to_channel"]) - set(order))
    grid = pairs.pivot(index="from_channel", columns="to_channel", values="contacts").reindex(order, columns=order)
    counts = grid.fillna(0).to_numpy()
    off = counts.sum() - np.trace(counts)
    switched = pairs[pairs["from_channel"] != pairs["to_channel"]]
    finding = f"{percent(off / counts.sum())} of follow-ups come on another channel"
    if len(switched):
        most = records(switched.nlargest(1, "contacts"))[0]
        finding += f", most from {most['from_channel']} to {most['to_channel']}"

    def plot(axes: Axes) -> None:
        axes.pcolormesh(np.arange(len(order) + 1), np.arange(len(order) + 1), counts / max(counts.max(), 1),
                        cmap=drawing.heat_colours(), vmin=0, vmax=1)  # fmt: skip
        for (row, column), value in np.ndenumerate(counts):
            role = "surface" if value > 0.5 * counts.max() else "ink"
            axes.text(column + 0.5, row + 0.5, number(value), ha="center", va="center", color=drawing.paint(role))
        axes.set_xticks(np.arange(len(order)) + 0.5, order)
        axes.set_yticks(np.arange(len(order)) + 0.5, order)
        axes.xaxis.tick_top()
        axes.invert_yaxis()
        axes.grid(visible=False)

    svg = drawing.draw(
        "customers-moves", 0.55 + 0.36 * len(order), drawing.one(plot), left=drawing.label_margin(order), top=0.3
    )
    unit = "Follow-up contacts of a matter; row: channel before, column: channel of the follow-up"
    return Chart("moves", finding, unit, svg, f"Matrix of channels. {finding}.", pairs)


def moves(timeline: pd.DataFrame) -> pd.DataFrame:
    """Return from_channel, to_channel and contacts: each follow-up with the channel before it in its matter."""
    ordered = timeline.sort_values(["case_id", "case_position"])
    before = ordered.groupby("case_id")["channel"].shift()
    follow = ordered.assign(from_channel=before)[before.notna()]
    follow = follow.rename(columns={"channel": "to_channel"})
    return follow.groupby(["from_channel", "to_channel"], as_index=False).agg(contacts=("contact_id", "size"))


def by_channel(inputs: Inputs) -> TableView | None:
    """Return contacts, repeats, switches and first contact resolution by channel."""
    timeline, cases = inputs.table("timeline"), inputs.table("cases")
    if timeline.empty:
        return None
    sums = timeline.groupby("channel", as_index=False).agg(
        contacts=("contact_id", "size"), repeat_share=("is_repeat", "mean"), switch_share=("is_switch", "mean"),
        duplicate_share=("is_duplicate", "mean"),
    )  # fmt: skip
    solved = cases.groupby("first_channel")["resolved_first_contact"].mean()
    sums = sums.assign(solved_share=sums["channel"].map(solved)).sort_values("contacts", ascending=False)
    rows = [
        (row["channel"], number(row["contacts"]), percent(row["repeat_share"]), percent(row["switch_share"], 1),
         percent(row["duplicate_share"], 1), percent(row["solved_share"]))
        for row in records(sums)
    ]  # fmt: skip
    columns = (
        "Channel",
        "Contacts",
        "Repeats",
        "From another channel",
        "Tried twice at once",
        "Solved at first contact",
    )
    days = brief(inputs.plan.timeline.repeat_days)
    note = f"Repeat: same customer and matter within {days} days. Solved: one contact, answered, none after it."
    large = sums[sums["contacts"] >= parity.SMALL]
    title = "What comes back, by channel"
    if len(large):
        worst = highest(large, "repeat_share")
        title = f"{worst['channel']} has most repeats: {percent(worst['repeat_share'])} of its contacts"
    return TableView("channels", title, columns, rows, sums, frozenset(range(1, 6)), note)


def segments(inputs: Inputs) -> TableView | None:
    """Return customers, contacts and matters by segment."""
    customers = inputs.table("customers")
    named = customers.assign(segment=customers["segment"].fillna("none"))
    sums = named.groupby("segment", as_index=False).agg(
        customers=("customer_id", "size"), contacts=("contacts", "sum"), cases=("cases", "sum"),
        channels=("channels", "mean"), open_cases=("open_cases", "sum"),
    )  # fmt: skip
    if len(sums) < 2:
        return None
    rows = [
        (row["segment"], number(row["customers"]), percent(row["customers"] / sums["customers"].sum()),
         percent(row["contacts"] / sums["contacts"].sum()), number(row["contacts"] / row["customers"], 2),
         number(row["contacts"] / row["cases"], 2), number(row["channels"], 2), number(row["open_cases"]))
        for row in records(sums)
    ]  # fmt: skip
    columns = ("Segment", "Customers", "Of customers", "Of contacts", "Contacts each", "Contacts a matter",
               "Channels used", "Open matters")  # fmt: skip
    heavy = highest(sums.assign(each=sums["contacts"] / sums["customers"]), "each")
    title = f"{heavy['segment']} customers come most: {number(heavy['each'], 1)} contacts each"
    return TableView("segments", title, columns, rows, sums, frozenset(range(1, 8)))


SECTION = SectionPlan(
    "customers", "Customers", "Who comes, who comes back, and is everybody served alike?",
    (
        Part(("timeline", "cases"), funnel),
        Part(("timeline",), follow_up_matrix),
        Part(("timeline", "cases"), by_channel),
        Part(("customers",), segments),
        Part(("journeys",), parity.journeys),
        Part(("channel_fit",), parity.channel_fit),
        Part(("channel_parity",), parity.between_channels),
        Part(("channel_parity",), parity.gaps),
        Part(("timeline", "contacts"), parity.between_segments),
    ),
    ("identity", "timeline"),
)  # fmt: skip
