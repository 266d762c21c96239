"""What the numbers of a plan mean: targets in words, whether they are met, hours and cost of a roster."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from omnistaff.plan import Queue
from omnistaff.report.inputs import Inputs
from omnistaff.report.wording import NARROW, brief, percent, seconds

ABANDONS = {
    "answered_only": "answered within the time / answered; who left is not counted",
    "ignored": "answered within the time / (offered − left within the time)",
    "positive": "(answered + left within the time) / offered",
    "negative": "answered within the time / offered; who left counts as missed",
    "short_out": "answered within the time / (offered − short abandons)",
}


def target_in_words(queue: Queue) -> str:
    """Return the promise of a queue, such as ``80 % in 20 s``."""
    target, words = queue.target, []
    if queue.mode == "deferred" and target.on_time_share is not None:
        kind = "open hours" if target.clock == "open" else "hours"
        return f"{percent(target.on_time_share)} within {brief(target.due_hours)} {kind}"
    if target.answered_share is not None:
        words.append(f"{percent(target.answered_share)} in {seconds(target.within_s)}")
    if target.asa_s is not None:
        words.append(f"mean wait ≤ {seconds(target.asa_s)}")
    if target.abandon_share is not None:
        words.append(f"abandoned ≤ {percent(target.abandon_share, 1)}")
    return ", ".join(words)


class Service(NamedTuple):
    """Simulated service of one queue over some period, with its promise."""

    queue: str
    promise: str
    reached: str
    is_met: bool


def with_shares(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return outcomes with abandon_share and on_time_share of what was offered."""
    offered = outcomes["offered"].where(outcomes["offered"] > 0)
    on_time = (1 - outcomes["late"] / offered).clip(0, 1)
    return outcomes.assign(abandon_share=outcomes["abandoned"] / offered, on_time_share=on_time)


def is_met(queue: Queue, rows: pd.DataFrame) -> np.ndarray:
    """Return whether each row of outcomes (``with_shares``) keeps every promise of the queue.

    Rows without arrivals keep it. A promise is kept when the measure reaches it to a tenth of a per cent.
    """
    target, met = queue.target, np.ones(len(rows), dtype=bool)
    if queue.mode == "deferred":
        return ~(rows["on_time_share"] < (target.on_time_share or 0) - 0.001).to_numpy()
    if target.answered_share is not None:
        met &= ~(rows["service_level"] < target.answered_share - 0.001).to_numpy()
    if target.asa_s is not None:
        met &= ~(rows["asa_s"] > target.asa_s * 1.001).to_numpy()
    if target.abandon_share is not None:
        met &= ~(rows["abandon_share"] > target.abandon_share + 0.001).to_numpy()
    return met


def chance_of(inputs: Inputs, queue: Queue, rows: pd.DataFrame) -> np.ndarray:
    """Return the chance that each row's share reaches the queue's promised share, NaN where none is promised.

    The 95 % limits of the mean over n simulated runs give the spread of one run, which draws its own demand; runs
    are taken as normal about the mean.
    """
    from scipy.special import ndtr, stdtrit

    target = queue.target
    goal = target.on_time_share if queue.mode == "deferred" else target.answered_share
    if goal is None:
        return np.full(len(rows), np.nan)
    runs = inputs.plan.simulate.replications
    below, above = (
        rows["service_level"] - rows["service_level_low"],
        rows["service_level_high"] - rows["service_level"],
    )
    half = np.asarray(np.maximum(below, above), dtype="float64")  # the side that 0 or 1 does not cut
    spread = half / stdtrit(max(runs - 1, 1), 0.975) * np.sqrt(runs)
    distance = rows["service_level"].to_numpy(dtype="float64") - goal
    certain = np.where(np.isnan(distance), np.nan, np.where(distance >= -0.001, 1.0, 0.0))
    return np.where(spread > 0, ndtr(distance / np.maximum(spread, 1e-9)), certain)


def chance_in_words(chance: float) -> str:
    """Return a chance without claiming certainty."""
    if chance > 0.99:
        return f"over{NARROW}99{NARROW}%"
    return f"under{NARROW}1{NARROW}%" if chance < 0.01 else percent(chance)


def reached_in_words(queue: Queue, row: pd.Series) -> str:
    """Return what was reached, in the measures that the queue's promise is made in."""
    words = []
    if queue.mode == "deferred":
        return f"{percent(row['on_time_share'], 1)} on time"
    if queue.target.answered_share is not None:
        words.append(f"{percent(row['service_level'], 1)} in {seconds(queue.target.within_s)}")
    if queue.target.asa_s is not None:
        words.append(f"mean wait {seconds(row['asa_s'])}")
    if queue.target.abandon_share is not None:
        words.append(f"{percent(row['abandon_share'], 1)} abandoned")
    return ", ".join(words)


def outcomes_of(inputs: Inputs, period: str) -> pd.DataFrame:
    """Return the outcomes of one period (interval, day or horizon) with shares added."""
    outcomes = inputs.table("outcomes")
    return with_shares(outcomes[outcomes["period"] == period].reset_index(drop=True))


def services(inputs: Inputs) -> list[Service]:
    """Return promise and simulated result over the horizon, one a queue that was simulated."""
    whole = outcomes_of(inputs, "horizon")
    found = []
    for queue in inputs.plan.queues:
        rows = whole[whole["queue"] == queue.name]
        if len(rows):
            met = bool(is_met(queue, rows)[0])
            words = reached_in_words(queue, rows.iloc[0])
            found.append(Service(queue.name, target_in_words(queue), words, met))
    return found


def chances(inputs: Inputs) -> dict[str, float]:
    """Return the chance of each simulated queue that it keeps its promised share over the horizon."""
    whole = outcomes_of(inputs, "horizon")
    rows = ((queue, whole[whole["queue"] == queue.name]) for queue in inputs.plan.queues)
    return {queue.name: float(chance_of(inputs, queue, mine)[0]) for queue, mine in rows if len(mine)}


def roster_hours(roster: pd.DataFrame) -> pd.Series[float]:
    """Return the hours of each roster row."""
    return (roster["end_at"] - roster["start_at"]).dt.total_seconds() / 3600


def worked(roster: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of shifts with work in them, so without whole days of leave."""
    return roster[roster["shift_id"].isin(roster.loc[roster["activity"] == "work", "shift_id"])]


def paid_by_agent(inputs: Inputs) -> pd.DataFrame:
    """Return agent_id, paid hours, cost and shifts of everybody who works, joined to who they are."""
    roster = worked(inputs.table("roster"))
    hours = roster.assign(hours=roster_hours(roster) * roster["is_paid"])
    sums = hours.groupby("agent_id", as_index=False).agg(paid_hours=("hours", "sum"), shifts=("shift_id", "nunique"))
    joined = sums.merge(inputs.table("agents"), on="agent_id", how="left", validate="one_to_one")
    return joined.assign(cost=joined["paid_hours"] * joined["hourly_cost"])


def horizon_weeks(inputs: Inputs) -> float:
    """Return how many weeks the roster covers: the plan's, and by its dates for a roster from elsewhere.

    Dates alone would leave out days at the ends on which the centre is closed.
    """
    dates = worked(inputs.table("roster"))["schedule_date"]
    span = ((dates.max() - dates.min()).days + 1) / 7 if len(dates) else 0.0
    return max(span, float(inputs.plan.schedule.weeks)) if inputs.has("coverage") and span else span


def full_time_equivalents(inputs: Inputs) -> float:
    """Return paid hours over the longest contract's hours in the same weeks; 40 a week without contracts."""
    contracts = inputs.plan.schedule.contracts.values()
    full_time = max((contract.hours_per_week for contract in contracts), default=40.0)
    weeks = horizon_weeks(inputs)
    return float(paid_by_agent(inputs)["paid_hours"].sum() / (full_time * weeks)) if weeks else 0.0
