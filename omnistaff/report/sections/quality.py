"""Data quality: what was read, what could not be used, where data is thin."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.report import drawing
from omnistaff.report.content import Chart, Part, SectionPlan, Sentences, TableView
from omnistaff.report.inputs import Inputs, records
from omnistaff.report.wording import listed, number, percent, plural, short_day
from omnistaff.tables import Contacts
from omnistaff.tables.matching import assign_queues

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_REASONS = 15
USUAL_A_DAY = 5  # a source with fewer contacts a day may well have a day without
Thin = list[tuple[str, pd.Timestamp]]


def by_source(inputs: Inputs) -> TableView | None:
    """Return rows used and rejected, span and completeness of each source."""
    contacts = inputs.table("contacts")
    if contacts.empty:
        return None
    known = inputs.is_known(contacts["contact_id"]) if inputs.has("identifiers") else False
    facts = contacts.assign(measured=contacts["effort_basis"] == "measured", known=known)
    sums = facts.groupby("source", as_index=False).agg(
        contacts=("contact_id", "size"), rows=("legs", "sum"), first_at=("arrived_at", "min"),
        last_at=("arrived_at", "max"), demand=("is_demand", "mean"), measured=("measured", "mean"),
        known=("known", "mean"),
    )  # fmt: skip
    rejected = _rejects(inputs).groupby("source").size()
    sums = sums.assign(rejects=sums["source"].map(rejected).fillna(0).astype("int64"))
    sums["rejected_share"] = sums["rejects"] / (sums["rejects"] + sums["rows"])
    spans = (inputs.wall(sums["first_at"]), inputs.wall(sums["last_at"]))
    rows = [
        (row["source"], number(row["contacts"]), number(row["rows"]), number(row["rejects"]),
         percent(row["rejected_share"], 1), short_day(first), short_day(last), percent(row["demand"]),
         percent(row["measured"]), percent(row["known"]))
        for row, first, last in zip(records(sums), *spans, strict=True)
    ]  # fmt: skip
    marks = {k: "bad" for k, row in enumerate(records(sums)) if row["rejected_share"] > 0.01}
    columns = ("Source", "Contacts", "Rows joined", "Rows rejected", "Rejected", "First", "Last", "Demand",
               "Effort measured", "With an identifier")  # fmt: skip
    note = "Demand: not outbound, not a test, not a receipt. Every row read is in a contact or in the rejects."
    title = f"{plural(len(contacts), 'contact')} from {plural(len(sums), 'source')}"
    return TableView("sources", title, columns, rows, sums, frozenset({1, 2, 3, 4, 7, 8, 9}), note, marks)


def _rejects(inputs: Inputs) -> pd.DataFrame:
    return inputs.table("rejects") if inputs.has("rejects") else pd.DataFrame(columns=["source", "reason"])


def reasons(inputs: Inputs) -> TableView | None:
    """Return why rows were rejected, most frequent first, each with an example."""
    rejects = inputs.table("rejects")
    if rejects.empty:
        return None
    alike = rejects["reason"].str.replace(r"\d+", "0", regex=True)
    sums = rejects.groupby(["source", alike.rename("alike")], as_index=False).agg(
        reason=("reason", "first"), rows=("row", "size"), file=("file", "first"), line=("row", "first"),
        text=("text", "first"),
    )  # fmt: skip
    sums = sums.drop(columns="alike")
    sums = sums.sort_values(["rows", "source", "reason"], ascending=[False, True, True], ignore_index=True)
    rows = [
        (row["source"], row["reason"], number(row["rows"]), f"{row['file']}:{row['line']}", str(row["text"])[:60])
        for row in records(sums.head(MOST_REASONS))
    ]
    columns = ("Source", "Reason", "Rows", "First at", "Which reads")
    return TableView("reasons", "Why rows could not be used", columns, rows, sums, frozenset({2}))


def daily(inputs: Inputs) -> Chart | None:
    """Return contacts a day by source, to see holes."""
    days = contacts_by_day(inputs)
    if days.empty:
        return None
    thin = holes(days, inputs.closed_dates(days.index.min(), days.index.max()))
    finding = "No source has a day without data"
    if thin:
        where = listed([f"{source} on {short_day(date)}" for source, date in thin], 3)
        finding = f"{plural(len(thin), 'day')} without data where there usually is some: {where}"
    smooth = days.rolling(7, center=True, min_periods=1).mean()

    def plot(axes: Axes) -> None:
        for k, source in enumerate(smooth.columns):
            axes.plot(smooth.index, smooth[source], color=drawing.series_paint(k))
        drawing.day_axis(axes, pd.DatetimeIndex(days.index))
        drawing.plain_numbers(axes.yaxis)
        axes.set_ylim(0)

    legend = tuple((drawing.SERIES[k % len(drawing.SERIES)], str(name)) for k, name in enumerate(days.columns))
    svg = drawing.draw("quality-days", 2.3, drawing.one(plot))
    data = days.reset_index().melt(id_vars="date", var_name="source", value_name="contacts")
    return Chart("days", finding, "Contacts a day by source, mean of seven days", svg,
                 f"Lines of contacts a day. {finding}.", data, legend=legend)  # fmt: skip


def contacts_by_day(inputs: Inputs) -> pd.DataFrame:
    """Return contacts a local day, a column a source, zeros within each source's own span."""
    contacts = inputs.local("contacts", "arrived_at")
    if contacts.empty:
        return pd.DataFrame()
    counts = contacts.groupby(["date", "source"]).size().unstack()
    counts = counts.reindex(pd.date_range(counts.index.min(), counts.index.max(), name="date"))
    begun, not_over = counts.ffill().notna(), counts.bfill().notna()
    return counts.mask(begun & not_over & counts.isna(), 0.0)


def holes(days: pd.DataFrame, closed: set[pd.Timestamp]) -> Thin:
    """Return (source, date) of days without contacts whose weekday usually has at least five, *closed* ones apart."""
    found: Thin = []
    for source in days.columns:
        column = days[source].dropna()
        usual = column.groupby(pd.DatetimeIndex(column.index).day_of_week).transform("median")
        odd = pd.DatetimeIndex(column.index[(column == 0) & (usual >= USUAL_A_DAY)])
        found += [(str(source), date) for date in odd if date not in closed]
    return found


def warnings(inputs: Inputs) -> Sentences | None:
    """Return what to know before trusting the numbers."""
    contacts = inputs.table("contacts")
    asked = contacts[contacts["is_demand"]]
    if asked.empty:
        return None
    lines = []
    planned = assign_queues(cast("DataFrame[Contacts]", asked), inputs.plan)
    lost = int(planned.isna().sum())
    if lost:
        names = asked.loc[planned.isna(), "channel"].value_counts()
        lines.append(
            f"{plural(lost, 'contact')} ({percent(lost / len(asked), 1)}) fit no planned queue and are not staffed "
            f"for, most on {listed([str(name) for name in names.index], 3)}."
        )
    guessed = float((asked["effort_basis"] == "assumed").mean())
    if guessed > 0.005:
        lines.append(f"The effort of {percent(guessed, 1)} of the contacts is assumed, not measured or derived.")
    pending = int((asked["outcome"] == "open").sum())
    if pending:
        lines.append(f"{plural(pending, 'contact')} had no outcome yet when the logs end.")
    rejects = len(_rejects(inputs))
    if rejects:
        share = rejects / (rejects + int(contacts["legs"].sum()))
        lines.append(f"{plural(rejects, 'row')} ({percent(share, 2)}) could not be used; the table below says why.")
    return Sentences("Before you trust the numbers", tuple(lines or ["Nothing stands out."]))


SECTION = SectionPlan(
    "quality", "Data quality", "What was read, and can it be trusted?",
    (
        Part(("contacts",), by_source),
        Part(("contacts",), warnings),
        Part(("contacts",), daily),
        Part(("rejects",), reasons),
    ),
    ("ingest",),
)  # fmt: skip
