"""A look before loading: first contacts, counts, busiest hours, rejects, and warnings for what looks wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from omnistaff.ingest.doubts import list_warnings, local_hours
from omnistaff.ingest.intervals import read_history_log
from omnistaff.ingest.read import Ingested, Tally, read_all
from omnistaff.plan import Plan

FIRST_CONTACTS = ("first", "second", "third")
FIRST_INTERVALS = 20
TIMES = ("arrived_at", "answered_at", "ended_at")
SHOWN_TEXT = 60


def preview(plan: Plan) -> dict[str, pd.DataFrame]:
    """Return {title: table} of what the plan's sources would give; nothing is written."""
    found = read_all(plan)
    contacts = found.log.contacts
    histories, refused = read_history_log(plan)
    tables = {
        "First contacts, in local time": _first_contacts(contacts, plan),
        "Contacts by source, channel, queue and outcome": _counts(contacts),
        "Busiest hours": _busiest_hours(contacts, plan),
        "Where the rows went": _accounts(found),
        "Rejected rows": _reasons(pd.concat([found.log.rejects, refused], ignore_index=True)),
        "Unknown codes": _unknown(found),
        "Interval histories": histories.head(FIRST_INTERVALS),
        "Warnings": pd.DataFrame({"warning": list(list_warnings(found, histories, plan))}, dtype="str"),
    }
    return {title: table.reset_index(drop=True) for title, table in tables.items() if len(table)}


def _first_contacts(contacts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the first contacts of each source side by side, a row for each column that says something."""
    local = {name: contacts[name].dt.tz_convert(plan.time_zone).dt.strftime("%Y-%m-%d %H:%M:%S") for name in TIMES}
    ordered = contacts.assign(**local).loc[contacts.sort_values("arrived_at", kind="stable").index]
    tables = []
    for source, rows in ordered.groupby("source", sort=True):
        table = (
            rows.drop(columns="source").head(len(FIRST_CONTACTS)).dropna(axis="columns", how="all").astype("str").T
        )
        table = table.set_axis(list(FIRST_CONTACTS[: table.shape[1]]), axis="columns")
        tables.append(table.rename_axis("column").reset_index().assign(source=str(source)))
    if not tables:
        return pd.DataFrame()
    shown = pd.concat(tables, ignore_index=True)
    return shown[["source", "column", *(name for name in FIRST_CONTACTS if name in shown)]]


def _reasons(rejects: pd.DataFrame) -> pd.DataFrame:
    """Return how many rows were rejected for each reason, with the first of them."""
    kinds = rejects["reason"].str.replace(
        r"(is not understood|not a number|outside 1971 to 2100): .*", r"\1", regex=True
    )
    grouped = rejects.assign(reason=kinds).groupby(["source", "reason"], as_index=False)
    table = grouped.agg(
        rows=("row", "size"), first_file=("file", "first"), first_row=("row", "first"), text=("text", "first")
    )
    return table.assign(text=table["text"].str.slice(0, SHOWN_TEXT)).sort_values("rows", ascending=False)


def _counts(contacts: pd.DataFrame) -> pd.DataFrame:
    keys = ["source", "channel", "queue", "outcome", "is_demand"]
    return contacts.fillna({"queue": ""}).groupby(keys, as_index=False).size()


def _busiest_hours(contacts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return each source's three busiest local hours with their share of contacts."""
    hours = local_hours(contacts, plan)
    sizes = hours.groupby(["source", "hour"], as_index=False).size()
    total = sizes.groupby("source")["size"].transform("sum")
    sizes = sizes.assign(share=sizes["size"] / total)
    top = sizes.sort_values(["source", "size", "hour"], ascending=[True, False, True]).groupby("source").head(3)
    texts = {"hour": top["hour"].map("{:02d}:00".format), "share": top["share"].map("{:.0%}".format)}
    return top.assign(**texts).drop(columns="size")


def _accounts(found: Ingested) -> pd.DataFrame:
    rows = [(t.source, what, n) for t in found.tallies for what, n in _steps(t)]
    return pd.DataFrame(rows, columns=["source", "what", "rows"])


def _steps(tally: Tally) -> Iterator[tuple[str, int]]:
    yield "read", tally.rows
    yield "joined to contacts", tally.legs
    yield "rejected", tally.rejects
    yield from sorted(tally.set_aside.items())


def _unknown(found: Ingested) -> pd.DataFrame:
    rows = [(t.source, field, code, n) for t in found.tallies for (field, code), n in sorted(t.unknown.items())]
    return pd.DataFrame(rows, columns=["source", "field", "code", "rows"])
