"""What the roster leaves uncovered, and what everybody with the skill does meanwhile."""

from __future__ import annotations

from typing import Any

import pandas as pd

from omnistaff.report import measures
from omnistaff.report.content import TableView
from omnistaff.report.inputs import Inputs, records
from omnistaff.report.wording import NOTHING, clock, number, percent, plural, short_day, signed

MOST_ROWS = 40
SMALL = 0.05  # agents
WEEK_DAYS, DAY = 7, 24 * 60
#: What people do at a time, in the order in which they could help.
DOING = ("off, hours left", "off, hours used up", "on shift at other hours", "on a break", "absent", "at work")


def uncovered(inputs: Inputs) -> TableView | None:
    """Return the stretches with fewest people against need, and what the people with the skill do then."""
    found = stretches(inputs)
    if found.empty:
        return None
    shown = found.nlargest(MOST_ROWS, "hours").sort_values(["first", "queue"])
    rows = [
        (short_day(row["date"]), f"{clock(row['start'])}–{clock(row['to'] % DAY)}", row["queue"],
         number(row["hours"], 1), number(row["required"], 1), number(row["scheduled"], 1), signed(row["net"], 1),
         words)
        for row, words in zip(records(shown), _why(inputs, shown), strict=True)
    ]  # fmt: skip
    coverage = inputs.table("coverage")
    total = -float(coverage["net"].clip(upper=0).sum()) * inputs.interval_hours
    share = total / max(float(coverage["required"].sum()) * inputs.interval_hours, 1e-9)
    title = f"{number(total, 1)} agent-hours are not covered ({percent(share, 1)} of the need)"
    note = (
        "Needed to net, and what people do: at the deepest point. Skilled: employed that day and able to serve the "
    )
    note += "queue. Hours used up: the contract's week has no room for the shortest shift. "
    note += f"The {len(shown)} largest of {plural(len(found), 'stretch', 'stretches')} are shown."
    columns = ("Day", "Time", "Queue", "Missing, h", "Needed", "Scheduled", "Net", "What the skilled people do then")
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
        queue=("queue", "first"), date=("date", "first"), first=("interval_start", "first"), size=("run", "size"),
        start=("minute_of_day", "first"), hours=("hours", "sum"),
    )  # fmt: skip
    runs = runs.assign(to=runs["start"] + runs["size"] * inputs.plan.interval_minutes)
    return runs.merge(deepest, on="run", validate="one_to_one").drop(columns=["run", "size"])


def _why(inputs: Inputs, shown: pd.DataFrame) -> list[str]:
    """Return for each gap how many of the skilled people do what."""
    if not (inputs.has("agents") and inputs.has("roster")):
        return [NOTHING] * len(shown)
    people = _People(inputs)
    found = []
    for row in records(shown):
        counts = people.doing(row["queue"], row["at"], row["date"])
        total = sum(counts.values())
        words = [f"{counts[name]} {name}" for name in DOING if counts[name]]
        found.append(f"{total} skilled: {', '.join(words)}" if total else "nobody has the skill that day")
    return found


class _People:
    """What each agent does at a time."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.agents = inputs.table("agents")
        self.roster = inputs.table("roster")
        self.at_work = measures.worked(self.roster)
        self.absences = inputs.table("absences") if inputs.has("absences") else self.roster.iloc[:0]
        self.first = self.at_work["schedule_date"].min()
        hours = measures.roster_hours(self.at_work) * self.at_work["is_paid"]
        week = (self.at_work["schedule_date"] - self.first).dt.days // WEEK_DAYS
        self.spent: dict[Any, float] = hours.groupby([self.at_work["agent_id"], week]).sum().to_dict()

    def doing(self, queue: str, at: pd.Timestamp, date: pd.Timestamp) -> dict[str, int]:
        """Return how many people with the skill do what at *at* on the local *date*."""
        agents = self.agents
        able = agents["skills"].str.split("|").map(lambda skills: queue in skills)
        employed = ~(agents["valid_from"] > at) & ~(agents["valid_to"] <= at)
        now = self.at_work[(self.at_work["start_at"] <= at) & (self.at_work["end_at"] > at)]
        activity = dict(zip(now["agent_id"], now["activity"], strict=True))
        on_shift = set(self.at_work.loc[self.at_work["schedule_date"] == date, "agent_id"])
        counts = dict.fromkeys(DOING, 0)
        absent = self._absent(at, date)
        for agent_id, contract in agents.loc[able & employed, ["agent_id", "contract"]].itertuples(index=False):
            if agent_id in activity:
                counts["at work" if activity[agent_id] == "work" else "on a break"] += 1
            elif agent_id in absent:
                counts["absent"] += 1
            elif agent_id in on_shift:
                counts["on shift at other hours"] += 1
            else:
                counts["off, hours left" if self._has_hours(agent_id, contract, date) else "off, hours used up"] += 1
        return counts

    def _absent(self, at: pd.Timestamp, date: pd.Timestamp) -> set[str]:
        """Return who is absent at a time, or away by the roster that day."""
        away = self.absences[(self.absences["start_at"] <= at) & (self.absences["end_at"] > at)]
        leave = self.roster[~self.roster["shift_id"].isin(self.at_work["shift_id"])]
        leave = leave[(leave["start_at"] <= at) & (leave["end_at"] > at)]
        return {*away["agent_id"], *leave["agent_id"]}

    def _has_hours(self, agent_id: str, contract: str, date: pd.Timestamp) -> bool:
        """Return whether the contract's week has room for the shortest shift it may work."""
        schedule = self.inputs.plan.schedule
        kind = schedule.contracts.get(contract)
        if kind is None:
            return True
        lengths = [
            pattern.paid_minutes(round(hours * 60)) / 60
            for pattern in schedule.patterns_of(kind)
            for hours in pattern.hours
        ]
        spent = self.spent.get((agent_id, (date - self.first).days // WEEK_DAYS), 0.0)
        return spent + min(lengths, default=0.0) <= kind.hours_per_week + kind.tolerance_hours + 1e-9
