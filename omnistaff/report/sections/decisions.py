"""What the numbers ask the planner to decide, and what is new since the last report."""

from __future__ import annotations

from typing import Any

import pandas as pd

from omnistaff.report import measures
from omnistaff.report.content import Sentences, TableView
from omnistaff.report.inputs import Inputs, highest, records
from omnistaff.report.sections import opening, pooling
from omnistaff.report.wording import NOTHING, brief, listed, number, percent

MOST_CHANGES = 12
#: Stages in the order in which their changed figures are told.
TOLD = ("schedule", "simulate", "staffing", "forecast", "demand", "timeline", "identity", "ingest")


def decisions(inputs: Inputs) -> Sentences:
    """Return what the numbers ask the planner to decide, most pressing first."""
    makers = (
        _decide_stale,
        _decide_rules,
        _decide_service,
        _decide_cover,
        _decide_spare,
        _decide_pooling,
        _decide_hours,
        _decide_data,
    )
    lines = [line for make in makers if (line := make(inputs))]
    return Sentences("What to decide", tuple(lines or ["Nothing presses: publish the roster."]), ordered=True)


def _decide_stale(inputs: Inputs) -> str | None:
    stale = inputs.manifest.get("stale", [])
    if not stale:
        return None
    return (
        f"Run the chain again from `{stale[0]}` before you rely on this page: the tables of {listed(stale)} were "
        "made with another plan, other inputs, or before the stages that feed them."
    )


def _decide_rules(inputs: Inputs) -> str | None:
    if not inputs.has("violations") or not inputs.table("violations")["is_hard"].any():
        return None
    return "Mend the broken hard rules before publishing: the roster section names each."


def _decide_service(inputs: Inputs) -> str | None:
    if not inputs.has("outcomes"):
        return None
    missed = [service for service in measures.services(inputs) if not service.is_met]
    if not missed:
        return _publish(inputs)
    words = "; ".join(f"{service.queue}: {service.reached}, promised {service.promise}" for service in missed)
    return f"Accept or mend the missed promises ({words}): add hours in the intervals below, or change the promise."


def _publish(inputs: Inputs) -> str:
    """Return the advice to publish, with the queue whose promise is least sure if that is less than the plan asks."""
    asked = inputs.plan.staffing.meet_target_with_probability
    sure = {queue: chance for queue, chance in measures.chances(inputs).items() if chance == chance}
    least = min(sure, key=lambda queue: sure[queue], default=None)
    if asked is None or least is None or sure[least] >= asked:
        return "Publish: the simulation keeps every queue's promise over the horizon."
    return (
        "Publish if you can live with the risk: the simulation keeps every promise on average, but "
        f"{least} keeps its own in {measures.chance_in_words(sure[least])} of the ways demand may come, "
        f"and the plan asks for {percent(asked)}."
    )


def _decide_cover(inputs: Inputs) -> str | None:
    if not inputs.has("coverage"):
        return None
    local = inputs.local("coverage")
    local = local.assign(short=local["net"].clip(upper=0).abs() * inputs.interval_hours)
    local = local.assign(hour=local["minute_of_day"] // 60)
    by_hour = local.groupby(["weekday", "hour"], as_index=False)[["short"]].sum()
    if by_hour.empty or by_hour["short"].max() < 0.5:
        return None
    worst = highest(by_hour, "short")
    day_name = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")[worst["weekday"]]
    return (
        f"Offer overtime or move breaks on {day_name} from {worst['hour']:02d}:00: that hour lacks "
        f"{number(worst['short'], 1)} agent-hours over the roster, the most of any."
    )


def _decide_spare(inputs: Inputs) -> str | None:
    if not inputs.has("coverage"):
        return None
    over = float(inputs.table("coverage")["net"].clip(lower=0).sum()) * inputs.interval_hours
    need = float(inputs.table("coverage")["required"].sum()) * inputs.interval_hours
    if not need or over / need < 0.05:
        return None
    return (
        f"Use the {number(over)} agent-hours above need ({percent(over / need)} of it): training, meetings, "
        "time off, or deferred work brought forward."
    )


def _decide_pooling(inputs: Inputs) -> str | None:
    found = pooling.saving(inputs)
    if found is None or found.high <= 0:
        return None
    if found.low <= 0:
        return "Leave queues apart or share people as you like: pooling does not clearly save hours here."
    return f"Keep sharing people between queues: apart, the promises take {number(found.hours)} more net agent-hours."


def _decide_hours(inputs: Inputs) -> str | None:
    if not inputs.has("opening_hours"):
        return None
    found = opening.stretches(inputs.table("opening_hours"))
    if found.empty:
        return None
    first = records(found)[0]
    act = "opening" if first["opens"] else "closing"
    cost = f"{number(first['cost'])} {inputs.plan.report.currency}".rstrip()
    return (
        f"Judge your opening hours (demand section), first of all {act} {first['queue']} on {opening.when(first)}: "
        f"{number(first['new_contacts'])} new contacts a week for {cost}."
    )


def _decide_data(inputs: Inputs) -> str | None:
    if not (inputs.has("rejects") and inputs.has("contacts")):
        return None
    rejects, contacts = len(inputs.table("rejects")), int(inputs.table("contacts")["legs"].sum())
    share = rejects / (rejects + contacts) if rejects else 0.0
    if share < 0.01:
        return None
    return f"Have the sources mended: {percent(share, 1)} of the input rows could not be used (data quality section)."


def changes(inputs: Inputs) -> TableView | None:
    """Return the headline figures that differ from the last report on other results, None where there is none."""
    before, now = inputs.previous, inputs.manifest
    if not before or not now:
        return None
    pairs = _pairs(before.get("figures", {}), now.get("figures", {}))
    rows = [(stage, old, new, _difference(*values)) for stage, old, new, values in pairs]
    data = pd.DataFrame(
        [(stage, old, new, *values) for stage, old, new, values in pairs],
        columns=["stage", "before", "now", "before_value", "now_value"],
    )
    causes = _causes(before, now)
    title = f"{len(rows)} headline figures changed since the last report" if rows else "No headline figure changed"
    note = f"Changed meanwhile: {listed(causes, 6)}." if causes else "Plan, inputs and program are the same."
    if len(rows) > MOST_CHANGES:
        note += f" The first {MOST_CHANGES} are shown; the CSV has all."
    columns = ("Stage", "Before", "Now", "Difference")
    return TableView("changes", title, columns, rows[:MOST_CHANGES], data, frozenset({3}), note)


def _pairs(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, str, str, tuple[float, float]]]:
    """Return (stage, text before, text now, values) of each figure that differs, most telling stages first."""
    empty: dict[str, Any] = {"value": None, "text": NOTHING}
    names = [name for name in {**now, **before} if before.get(name, empty) != now.get(name, empty)]
    names = [name for name in names if now.get(name, empty)["text"]]  # without text another figure tells it
    names.sort(key=lambda name: TOLD.index(stage) if (stage := name.split(".")[0]) in TOLD else len(TOLD))
    found = []
    for name in names:
        old, new = before.get(name, empty), now.get(name, empty)
        values = tuple(float("nan") if figure["value"] is None else float(figure["value"]) for figure in (old, new))
        found.append((name.split(".")[0], old["text"], new["text"], (values[0], values[1])))
    return found


def _difference(before: float, now: float) -> str:
    share = (now - before) / abs(before) if before else float("nan")
    text = (
        brief(abs(now - before)) if abs(now - before) < 1 else number(abs(now - before), 0 if abs(now) >= 100 else 1)
    )
    if text in (NOTHING, "0"):
        return NOTHING
    sign = "+" if now > before else "\u2212"
    return f"{sign}{text}" + (f" ({sign}{percent(abs(share), 1)})" if share == share else "")


def _causes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return what a difference can come from: the plan, inputs by name, the program."""
    causes = [words for key, words in (("plan_hash", "the plan"), ("code_hash", "the program")) if
              before.get(key) != now.get(key)]  # fmt: skip
    old, new = before.get("inputs", {}), now.get("inputs", {})
    return causes + sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
