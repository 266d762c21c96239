"""Assumptions: what the numbers rest on, so that anybody can check or repeat them."""

from __future__ import annotations

import pandas as pd

from omnistaff.plan import Queue
from omnistaff.report.content import Part, SectionPlan, TableView
from omnistaff.report.inputs import Inputs
from omnistaff.report.measures import ABANDONS, target_in_words
from omnistaff.report.wording import NOTHING, number, percent, seconds


def queues(inputs: Inputs) -> TableView:
    """Return what is taken for granted of each queue."""
    rows = [_queue_row(inputs, queue) for queue in inputs.plan.queues]
    columns = ("Queue", "Mode", "Promise", "How abandons count", "Hours", "Zone", "Patience", "At once",
               "Occupancy at most", "At least")  # fmt: skip
    data = pd.DataFrame(rows, columns=list(columns))
    return TableView("queues", "Queues", columns, rows, data)


def _queue_row(inputs: Inputs, queue: Queue) -> tuple[str, ...]:
    hours = "; ".join(f"{days} {times}" for days, times in queue.hours.items())
    speeds = " (speed of each: " + ", ".join(number(speed, 2) for speed in queue.speeds) + ")"
    patience = "not measured" if isinstance(queue.patience_s, str) else seconds(queue.patience_s)
    is_deferred = queue.mode == "deferred"
    return (
        queue.name, queue.mode, target_in_words(queue), NOTHING if is_deferred else ABANDONS[queue.target.abandons],
        hours, inputs.plan.zone_of(queue), NOTHING if is_deferred else patience,
        f"{queue.concurrency}{speeds}" if queue.concurrency > 1 else "1", percent(queue.max_occupancy_share),
        f"{number(queue.min_agents, 1)} agents",
    )  # fmt: skip


def settings(inputs: Inputs) -> TableView:
    """Return the settings that move the numbers, with the plan keys they come from."""
    plan = inputs.plan
    shrinkage = "; ".join(f"{name} {percent(share)}" for name, share in plan.staffing.shrinkage_share.items())
    chance = plan.staffing.meet_target_with_probability
    country = plan.calendar.country or "no country"
    region = f", {plan.calendar.region}" if plan.calendar.region else ""
    models = plan.forecast.models if isinstance(plan.forecast.models, str) else ", ".join(plan.forecast.models)
    rows = [
        ("time_zone", plan.time_zone, "Times in this report; the roster's files use each agent's zone"),
        ("interval_minutes", str(plan.interval_minutes), "Planning interval"),
        ("seed", str(plan.seed), "Of everything random: same input, same tables"),
        ("timeline.case_gap_hours", number(plan.timeline.case_gap_hours), "Silence that begins a new matter"),
        ("timeline.repeat_days", number(plan.timeline.repeat_days, 1), "Window of a repeat"),
        ("demand.redial_minutes", number(plan.demand.redial_minutes), "A redial within it is the same demand"),
        ("calendar", country + region, "Public holidays"),
        ("forecast.models", models, "Candidates, judged on the history by rolling origin"),
        ("staffing.model", plan.staffing.model, "Erlang A counts customers who leave, Erlang C does not"),
        ("staffing.meet_target_with_probability", percent(chance) if chance is not None else "mean",
         "Chance that an interval keeps its promise under the forecast's uncertainty"),
        ("staffing.shrinkage_share", shrinkage,
         f"Rostered people are ready for work {percent(plan.staffing.available_share, 1)} of the time"),
        ("schedule.weeks", str(plan.schedule.weeks), "Length of the roster"),
        ("schedule.gap_share", percent(plan.schedule.gap_share, 1), "The optimiser stops this near the bound"),
        ("simulate.replications", number(plan.simulate.replications), "Simulated runs of the whole roster"),
    ]  # fmt: skip
    data = pd.DataFrame(rows, columns=["key", "value", "meaning"])
    return TableView("settings", "Settings of the plan", ("Key", "Value", "What it does"), rows, data)


def contracts(inputs: Inputs) -> TableView | None:
    """Return the contracts and their limits."""
    kinds = inputs.plan.schedule.contracts
    if not kinds:
        return None
    rows = [
        (name, number(kind.hours_per_week, 1), number(kind.tolerance_hours, 1), str(kind.max_days_per_week),
         str(kind.max_consecutive_days), number(kind.min_rest_hours, 1), f"{kind.weekends_off} of {kind.of_weekends}",
         ", ".join(kind.patterns) or "all")
        for name, kind in kinds.items()
    ]  # fmt: skip
    columns = ("Contract", "Hours a week", "More or less", "Days a week", "Days in a row", "Rest, h",
               "Weekends off", "Patterns")  # fmt: skip
    data = pd.DataFrame(rows, columns=list(columns))
    return TableView("contracts", "Contracts", columns, rows, data, frozenset(range(1, 7)))


def provenance(inputs: Inputs) -> TableView | None:
    """Return versions and fingerprints of the inputs."""
    record = inputs.manifest
    if not record:
        return None
    rows = [("version", name, str(text)) for name, text in record.get("versions", {}).items()]
    rows.append(("plan", "SHA-256", str(record.get("plan_hash", NOTHING))))
    rows += [("input", name, str(text)) for name, text in record.get("inputs", {}).items()]
    data = pd.DataFrame(rows, columns=["kind", "name", "value"])
    title = "Versions, and fingerprints (SHA-256) of every input file"
    return TableView("provenance", title, ("Kind", "Name", "Value"), rows, data)


SECTION = SectionPlan(
    "assumptions", "Assumptions", "What do the numbers rest on?",
    (Part((), queues), Part((), settings), Part((), contracts), Part((), provenance)),
)  # fmt: skip
