"""The answer: cost, people, service, worst intervals, what pooling saves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from omnistaff.plan import Queue
from omnistaff.report import measures
from omnistaff.report.content import Part, SectionPlan, TableView, Tile, Tiles
from omnistaff.report.inputs import Inputs, records
from omnistaff.report.sections import pooling
from omnistaff.report.sections.decisions import changes, decisions
from omnistaff.report.wording import clock, listed, number, percent, plural, seconds, short_day, signed

WORST = 10


def headline(inputs: Inputs) -> Tiles:
    """Return cost, people, service, pooling and rules as tiles."""
    makers = (_cost, _people, _service, _short_hours, _pooling, _rules)
    return Tiles(tuple(tile for make in makers if (tile := make(inputs))))


def _cost(inputs: Inputs) -> Tile | None:
    if not (inputs.has("roster") and inputs.has("agents")):
        return None
    paid = measures.paid_by_agent(inputs)
    weeks = measures.horizon_weeks(inputs)
    span = plural(weeks, "week") if weeks == int(weeks) else plural(7 * weeks, "day")
    note = f"{number(paid['paid_hours'].sum())} paid hours of shifts in {span}, leave apart"
    unit = inputs.plan.report.currency
    return Tile("Cost", f"{number(paid['cost'].sum())}\u202f{unit}".strip(), note)


def _people(inputs: Inputs) -> Tile | None:
    if not (inputs.has("roster") and inputs.has("agents")):
        return None
    fte = measures.full_time_equivalents(inputs)
    used = measures.worked(inputs.table("roster"))["agent_id"].nunique()
    return Tile("People", number(used), f"of {number(len(inputs.table('agents')))}; {number(fte, 2)} FTE")


def _service(inputs: Inputs) -> Tile | None:
    if not inputs.has("outcomes"):
        return None
    found = measures.services(inputs)
    missed = [service.queue for service in found if not service.is_met]
    words = f"missed by {listed(missed)}" if missed else "every queue over the horizon, simulated"
    value = f"{len(found) - len(missed)} of {len(found)}"
    return Tile("Queues on target", value, words, "bad" if missed else "good")


def _short_hours(inputs: Inputs) -> Tile | None:
    if not inputs.has("coverage"):
        return None
    coverage = inputs.table("coverage")
    short = float(coverage["net"].clip(upper=0).abs().sum()) * inputs.interval_hours
    need = float(coverage["required"].sum()) * inputs.interval_hours
    share = short / need if need else 0.0
    note = f"agent-hours below need, {percent(share, 1)} of {number(need)} needed"
    return Tile("Not covered", f"{number(short, 1)} h", note, "bad" if share > 0.05 else "good")


def _pooling(inputs: Inputs) -> Tile | None:
    found = pooling.saving(inputs)
    if found is None:
        return None
    note = f"of silo hours; {percent(found.low, 1)} to {percent(found.high, 1)} (95 %)"
    if found.worth:
        note += f", worth {number(found.worth)}\u202f{inputs.plan.report.currency}".rstrip()
    return Tile("Pooling saves", percent(found.share, 1), note)


def _rules(inputs: Inputs) -> Tile | None:
    if not inputs.has("violations"):
        return None
    hard = int(inputs.table("violations")["is_hard"].sum())
    return Tile("Rule check", f"{hard} broken" if hard else "clean", "hard rules, checked apart from the optimiser",
                "bad" if hard else "good")  # fmt: skip


def service_table(inputs: Inputs) -> TableView:
    """Return promise, simulated service and the chance of keeping the promise, a row a queue."""
    whole, days = measures.outcomes_of(inputs, "horizon"), measures.outcomes_of(inputs, "day")
    found = [
        (queue, whole[whole["queue"] == queue.name], days[(days["queue"] == queue.name) & (days["offered"] > 0)])
        for queue in inputs.plan.queues
        if (whole["queue"] == queue.name).any()
    ]
    lines = [_service_line(inputs, queue, row, mine) for queue, row, mine in found]
    columns = ("Queue", "Promise", "Reached (simulated)", "Met", "95 % limits", "Chance of it", "Days met",
               "Contacts", "Mean wait", "Abandoned", "Occupancy")  # fmt: skip
    note = (
        "Chance: how often the whole roster keeps the promise when demand comes as the forecast's paths do. "
        "Days met: days whose mean over the simulated runs keeps it."
    )
    marks = {k: "" if facts["is_met"] else "bad" for k, (_, facts) in enumerate(lines)}
    met = sum(bool(facts["is_met"]) for _, facts in lines)
    title = f"{met} of {plural(len(lines), 'queue')} {'keeps' if met == 1 else 'keep'} the promise over the roster"
    return TableView("service", title, columns, [row for row, _ in lines],
                     pd.DataFrame([facts for _, facts in lines]), frozenset(range(4, 11)), note, marks)  # fmt: skip


def _service_line(
    inputs: Inputs, queue: Queue, whole: pd.DataFrame, days: pd.DataFrame
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return a queue's row in words, and its numbers."""
    first, is_met = whole.iloc[0], bool(measures.is_met(queue, whole)[0])
    chance = float(measures.chance_of(inputs, queue, whole)[0])
    low, high = percent(first["service_level_low"], 1), percent(first["service_level_high"], 1)
    row = (
        queue.name, measures.target_in_words(queue), measures.reached_in_words(queue, first),
        "yes" if is_met else "no", f"{low} to {high}", measures.chance_in_words(chance),
        f"{int(measures.is_met(queue, days).sum())} of {len(days)}", number(first["offered"]),
        seconds(first["asa_s"]), percent(first["abandon_share"], 1), percent(first["occupancy_share"]),
    )  # fmt: skip
    facts: dict[str, Any] = {str(name): value for name, value in first.items()}
    del facts["period"], facts["interval_start"]
    return row, facts | {"is_met": is_met, "chance": chance}


def worst_intervals(inputs: Inputs) -> TableView | None:
    """Return the live intervals in which most contacts miss the promise, with the staffing then."""
    found = inputs.with_local(measures.outcomes_of(inputs, "interval"))
    found = found[found["queue"].isin(inputs.live_queues)]
    goals = {queue.name: queue.target.answered_share or 0.8 for queue in inputs.plan.queues}
    lacking = (found["queue"].map(goals) - found["service_level"]).clip(lower=0)
    found = found.assign(missed=lacking * found["offered"])
    everywhere = float(found["missed"].sum())
    found = found[found["missed"] > 0].nlargest(WORST, "missed")
    if found.empty:
        return None
    if inputs.has("coverage"):
        staffed = inputs.table("coverage")[["queue", "interval_start", "required", "scheduled", "net"]]
        found = found.merge(staffed, on=["queue", "interval_start"], how="left", validate="one_to_one")
    else:
        found = found.assign(required=np.nan, scheduled=np.nan, net=np.nan)
    rows = [
        (short_day(row["date"]), clock(row["minute_of_day"]), row["queue"], number(row["offered"], 1),
         percent(row["service_level"]), seconds(row["asa_s"]), number(row["required"], 1),
         number(row["scheduled"], 1),
         signed(row["net"], 1), number(row["missed"], 1))
        for row in records(found)
    ]  # fmt: skip
    columns = ("Day", "Time", "Queue", "Contacts", "Service level", "Mean wait", "Needed", "Scheduled", "Net",
               "Missed contacts")  # fmt: skip
    kept = [
        "queue", "interval_start", "offered", "service_level", "asa_s", "required", "scheduled", "net", "missed",
    ]  # fmt: skip
    note = "Missed: contacts below the promised share; needed and scheduled are net agents of the queue."
    share = found["missed"].sum() / max(everywhere, 1e-9)
    title = f"The {len(found)} worst intervals hold {percent(share)} of the contacts that miss their promise"
    return TableView("worst", title, columns, rows, found[kept], frozenset(range(3, 10)), note)


SECTION = SectionPlan(
    "answer", "The answer", "What does it cost, what does it reach, and what is there to decide?",
    (
        Part((), headline),
        Part(("outcomes",), service_table),
        Part((), decisions),
        Part((), changes),
        Part(("outcomes",), worst_intervals),
    ),
)  # fmt: skip
