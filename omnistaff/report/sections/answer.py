"""The answer: cost, people, service, worst intervals, what pooling saves, what to decide."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnistaff.report import measures
from omnistaff.report.content import Part, SectionPlan, Sentences, TableView, Tile, Tiles
from omnistaff.report.inputs import Inputs, highest, records
from omnistaff.report.wording import brief, clock, listed, number, percent, seconds, short_day, signed

WORST = 10


def headline(inputs: Inputs) -> Tiles:
    """Return cost, people, service, pooling and rules as tiles."""
    makers = (_cost, _people, _service, _short_hours, _pooling, _rules)
    return Tiles(tuple(tile for make in makers if (tile := make(inputs))))


def _cost(inputs: Inputs) -> Tile | None:
    if not (inputs.has("roster") and inputs.has("agents")):
        return None
    paid = measures.paid_by_agent(inputs)
    weeks = brief(measures.horizon_weeks(inputs))
    note = f"{number(paid['paid_hours'].sum())} paid hours of shifts in {weeks} weeks, leave apart"
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
    saving = pooling_by_day(inputs)
    if saving is None or not saving["silo_hours"].sum():
        return None
    total = saving[["silo_hours", "pooled_hours"]].sum()
    share = 1 - total["pooled_hours"] / total["silo_hours"]
    daily = (1 - saving["pooled_hours"] / saving["silo_hours"]).dropna()
    low, high = np.quantile(daily, [0.1, 0.9])
    note = f"of silo hours; {percent(low, 1)} to {percent(high, 1)} on 8 of 10 days"
    return Tile("Pooling saves", percent(share, 1), note)


def pooling_by_day(inputs: Inputs) -> pd.DataFrame | None:
    """Return net agent-hours by local day with a silo a queue and with the pool, or None without both tables."""
    if not (inputs.has("pool") and inputs.has("requirement")):
        return None
    silo = inputs.local("requirement").groupby("date")["agents"].sum() * inputs.interval_hours
    pooled = inputs.local("pool").groupby("date")["agents"].sum() * inputs.interval_hours
    return pd.DataFrame({"silo_hours": silo, "pooled_hours": pooled}).fillna(0.0).reset_index()


def _rules(inputs: Inputs) -> Tile | None:
    if not inputs.has("violations"):
        return None
    hard = int(inputs.table("violations")["is_hard"].sum())
    return Tile("Rule check", f"{hard} broken" if hard else "clean", "hard rules, checked apart from the optimiser",
                "bad" if hard else "good")  # fmt: skip


def service_table(inputs: Inputs) -> TableView:
    """Return promise, simulated service and the chance of keeping the promise, a row a queue."""
    whole, days = measures.outcomes_of(inputs, "horizon"), measures.outcomes_of(inputs, "day")
    rows: list[tuple[str, ...]] = []
    marks: dict[int, str] = {}
    data = []
    for queue in inputs.plan.queues:
        row = whole[whole["queue"] == queue.name]
        if row.empty:
            continue
        first = row.iloc[0]
        is_met = bool(measures.is_met(queue, row)[0])
        day_met = measures.is_met(queue, days[(days["queue"] == queue.name) & (days["offered"] > 0)])
        low, high = percent(first["service_level_low"], 1), percent(first["service_level_high"], 1)
        chance = _chance(inputs, queue.name)
        marks[len(rows)] = "" if is_met else "bad"
        rows.append((
            queue.name, measures.target_in_words(queue), measures.reached_in_words(queue, first),
            "yes" if is_met else "no", f"{low} to {high}", f"{int(day_met.sum())} of {len(day_met)}", percent(chance),
            number(first["offered"]), seconds(first["asa_s"]), percent(first["abandon_share"], 1),
            percent(first["occupancy_share"]),
        ))  # fmt: skip
        data.append(first.drop(["period", "interval_start"]).to_dict() | {"is_met": is_met, "chance": chance})
    columns = ("Queue", "Promise", "Reached (simulated)", "Met", "95 % limits", "Days met",
               "Chance of it, by interval", "Contacts", "Mean wait", "Abandoned", "Occupancy")  # fmt: skip
    note = "Chance: of the requirement under the forecast's uncertainty, weighted by load."
    return TableView("service", "Service of each queue over the roster", columns, rows, pd.DataFrame(data),
                     frozenset(range(4, 11)), note, marks)  # fmt: skip


def _chance(inputs: Inputs, queue: str) -> float:
    if not inputs.has("requirement"):
        return float("nan")
    need = inputs.table("requirement")
    need = need[(need["queue"] == queue) & need["probability"].notna()]
    load = need["load_erlangs"].sum()
    return float((need["probability"] * need["load_erlangs"]).sum() / load) if load else float("nan")


def worst_intervals(inputs: Inputs) -> TableView | None:
    """Return the live intervals in which most contacts miss the promise, with the staffing then."""
    found = inputs.with_local(measures.outcomes_of(inputs, "interval"))
    found = found[found["queue"].isin(inputs.live_queues)]
    goals = {queue.name: queue.target.answered_share or 0.8 for queue in inputs.plan.queues}
    lacking = (found["queue"].map(goals) - found["service_level"]).clip(lower=0)
    found = found.assign(missed=lacking * found["offered"])
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
    return TableView(
        "worst", "Where most promises are missed", columns, rows, found[kept], frozenset(range(3, 10)), note
    )


def decisions(inputs: Inputs) -> Sentences:
    """Return what the numbers ask the planner to decide, most pressing first."""
    makers = (_decide_rules, _decide_service, _decide_cover, _decide_spare, _decide_data)
    lines = [line for make in makers if (line := make(inputs))]
    return Sentences("What to decide", tuple(lines or ["Nothing presses: publish the roster."]), ordered=True)


def _decide_rules(inputs: Inputs) -> str | None:
    if not inputs.has("violations") or not inputs.table("violations")["is_hard"].any():
        return None
    return "Mend the broken hard rules before publishing: the roster section names each."


def _decide_service(inputs: Inputs) -> str | None:
    if not inputs.has("outcomes"):
        return None
    missed = [service for service in measures.services(inputs) if not service.is_met]
    if not missed:
        return "Publish: the simulation keeps every queue's promise over the horizon."
    words = "; ".join(f"{service.queue}: {service.reached}, promised {service.promise}" for service in missed)
    return f"Accept or mend the missed promises ({words}): add hours where the next line says, or change the promise."


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


def _decide_data(inputs: Inputs) -> str | None:
    if not (inputs.has("rejects") and inputs.has("contacts")):
        return None
    rejects, contacts = len(inputs.table("rejects")), int(inputs.table("contacts")["legs"].sum())
    share = rejects / (rejects + contacts) if rejects else 0.0
    if share < 0.01:
        return None
    return f"Have the sources mended: {percent(share, 1)} of the input rows could not be used (data quality section)."


SECTION = SectionPlan(
    "answer", "The answer", "What does it cost, what does it reach, and what is there to decide?",
    (
        Part((), headline),
        Part(("outcomes",), service_table),
        Part((), decisions),
        Part(("outcomes",), worst_intervals),
    ),
)  # fmt: skip
