"""What the roster leaves uncovered, and why nobody else works then."""

from __future__ import annotations

import pandas as pd

from omnistaff.report.content import TableView
from omnistaff.report.inputs import Inputs, records
from omnistaff.report.wording import NOTHING, clock, number, percent, plural, short_day, signed

MOST_ROWS = 25
SMALL = 0.05  # agents
DAY = 24 * 60  # minutes


def uncovered(inputs: Inputs) -> TableView | None:
    """Return the stretches that lack most agent-hours, and why nobody else works then."""
    found = stretches(inputs)
    if found.empty:
        return None
    shown = found.nlargest(MOST_ROWS, "hours").sort_values(["first", "queue"])
    rows = [
        (short_day(row["date"]), f"{clock(row['start'])}\u2060–\u2060{clock(row['to'] % DAY)}", row["queue"],
         number(row["hours"], 1), number(row["required"], 1), number(row["scheduled"], 1), signed(row["net"], 1),
         words)
        for row, words in zip(records(shown), _why(inputs, shown), strict=True)
    ]  # fmt: skip
    coverage = inputs.table("coverage")
    total = -float(coverage["net"].clip(upper=0).sum()) * inputs.interval_hours
    share = total / max(float(coverage["required"].sum()) * inputs.interval_hours, 1e-9)
    title = f"{number(total, 1)} agent-hours are not covered ({percent(share, 1)} of the need)"
    note = "Needed, scheduled and net at the deepest point; why, for the worst intervals of the roster. "
    note += f"The {len(shown)} largest of {plural(len(found), 'stretch', 'stretches')} are shown."
    columns = ("Day", "Time", "Queue", "Missing, h", "Needed", "Scheduled", "Net", "Why nobody else works then")
    keys = {"day": [row[0] for row in rows], "queue": [row[2] for row in rows]}
    return TableView("uncovered", title, columns, rows, found, frozenset(range(3, 7)), note, filters=keys)


def stretches(inputs: Inputs) -> pd.DataFrame:
    """Return runs of intervals below need by queue and local day: when, agent-hours missing, the deepest point."""
    local = inputs.local("coverage").sort_values(["queue", "interval_start"])
    local = local[local["net"] < -SMALL]
    step = pd.Timedelta(hours=inputs.interval_hours)
    is_new = (
        (local["queue"] != local["queue"].shift())
        | (local["date"] != local["date"].shift())
        | (local["interval_start"].diff() > step)
    )
    rows = local.assign(run=is_new.cumsum(), hours=-local["net"] * inputs.interval_hours)
    deepest = rows.sort_values("net", kind="stable").drop_duplicates("run")
    deepest = deepest[["run", "interval_start", "required", "scheduled", "net"]].rename(
        columns={"interval_start": "at"}
    )
    runs = rows.groupby("run", as_index=False).agg(
        queue=("queue", "first"), date=("date", "first"), first=("interval_start", "first"),
        last=("interval_start", "last"), size=("run", "size"),
        start=("minute_of_day", "first"), hours=("hours", "sum"),
    )  # fmt: skip
    runs = runs.assign(to=runs["start"] + runs["size"] * inputs.plan.interval_minutes)
    return runs.merge(deepest, on="run", validate="one_to_one").drop(columns=["run", "size"])


def _why(inputs: Inputs, shown: pd.DataFrame) -> list[str]:
    """Return for each stretch why nobody else works at its worst interval, a dash where nobody asked."""
    if not inputs.has("gaps"):
        return [NOTHING] * len(shown)
    asked = inputs.table("gaps").sort_values("missing", ascending=False)
    found = []
    for row in records(shown):
        mine = asked[(asked["queue"] == row["queue"]) & asked["interval_start"].between(row["first"], row["last"])]
        found.append(str(mine["message"].iloc[0]).split(", ", 1)[-1] if len(mine) else NOTHING)
    return found
