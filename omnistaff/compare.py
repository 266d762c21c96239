"""Two plans side by side: what a change costs and what it gives, on the same simulated customers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from omnistaff.differences import computed_differences, needed_differences, paired_differences
from omnistaff.errors import ConfigError
from omnistaff.pipeline import (
    ERASE_KEY,
    RESOLUTION_TABLES,
    STAGE_NAMES,
    Progress,
    measured_plan,
    read_forecast,
    run_stages,
)
from omnistaff.plan import Plan, Queue, make_plan
from omnistaff.plan.forecast import Adjustment
from omnistaff.plan.reading import read_yaml
from omnistaff.staffing import NeededPeople
from omnistaff.tables.files import MAKERS, Workspace, write_text
from omnistaff.tables.inputs import hash_file
from omnistaff.tables.manifest import RUN, fingerprint, hash_plan, read_record

#: The first stage that a change of a plan section reaches.
FIRST_STAGE = {
    "ingest": "ingest", "agents": "staffing", "absences": "schedule", "preferences": "schedule",
    "identity": "identity", "timeline": "timeline",
    "queues": "demand", "calendar": "demand", "demand": "demand", "time_zone": "demand", "interval_minutes": "demand",
    "forecast": "forecast", "seed": "forecast",
    "staffing": "staffing", "schedule": "schedule", "simulate": "demand",
}  # fmt: skip
PEOPLE = ("agents", "absences", "preferences")
REPEATS = 3  # searches for the people needed
#: Settings of a queue that change what is counted or forecast; the others are first read by staffing.
COUNTED = ("name", "contacts", "mode", "hours", "time_zone", "country", "region", "handle_s", "outbound")


@dataclass(frozen=True)
class Comparison:
    """What a changed plan differs in: one row a figure, and the work folder of the changed run.

    Columns: figure, base, changed, difference, low, high (95 % limits of the difference; empty where a figure is
    computed and not simulated). Both runs meet the same simulated customers. Service is that of each run's roster,
    its differences are taken replication by replication, so that the limits are those of the change and not of the
    customers' luck. The people needed so that every promise holds are those of the certified pool, found several
    times on other contacts: limits are over these repeats.
    """

    table: pd.DataFrame
    work: Workspace


def compare_plans(
    base: Plan, changed: Plan, work: str | Path, *, repeats: int = REPEATS, progress: Progress | None = None
) -> Comparison:
    """Return how *changed* differs from *base*, whose finished run is in *work*.

    Only the stages that the change reaches are run again, in a folder of their own under ``work/whatif``. The people
    needed are found *repeats* times; with 1 their differences have no limits. Raises ConfigError when the plans are
    equal or the run in *work* is of another plan, MissingTableError when the base has not been run.
    """
    before = Workspace(work)
    first = first_stage(base, changed)
    _refuse_other_runs(base, before)
    after = Workspace(before.folder / "whatif" / hash_plan(changed)[:12])
    kept = STAGE_NAMES[: STAGE_NAMES.index(first)]
    # people's decisions and erasures hold in the changed run too, wherever it begins
    remembered = ("contacts", *RESOLUTION_TABLES)
    after.path("contacts").parent.mkdir(parents=True, exist_ok=True)
    for table, maker in MAKERS.items():
        if (maker in kept or table in remembered) and before.has(table):
            shutil.copyfile(before.path(table), after.path(table))
    if (before.folder / ERASE_KEY).exists():
        shutil.copyfile(before.folder / ERASE_KEY, after.folder / ERASE_KEY)
    if any(getattr(base, name) != getattr(changed, name) for name in PEOPLE):
        from omnistaff.ingest import read_people

        for table, people in read_people(changed)._asdict().items():
            after.write(table, people)
    sides = (before, base), (after, changed)
    staffed = sides[0] if "staffing" in kept else sides[1]  # the same people are needed, and need no other proof
    _run_changed(first, *sides, progress)
    parts = [
        needed_differences(*(people_needed(*side, repeats=repeats) for side in (sides[0], staffed))),
        computed_differences(*(_figures(*side) for side in sides)),
        paired_differences(*_replications(*sides)),
    ]
    return Comparison(pd.concat(parts, ignore_index=True), after)


def _refuse_other_runs(base: Plan, work: Workspace) -> None:
    """Raise ConfigError when the run in *work* is known to be of another plan: the change would get the blame."""
    plans = read_record(work.folder / RUN).get("plans", {})
    if plans.get("simulate", hash_plan(base)) != hash_plan(base):
        raise ConfigError(
            f"the run in {work.folder} is of another plan than {base.name!r} is now: run it again with "
            "`omnistaff run`, then compare"
        )


def _run_changed(
    first: str, base: tuple[Workspace, Plan], changed: tuple[Workspace, Plan], progress: Progress | None
) -> None:
    """Run the changed plan's stages from *first* on; hours that it opens get a history as if always open."""
    from omnistaff.staffing import fill_opened

    (before, plan), (after, other) = base, changed
    stages = STAGE_NAMES[STAGE_NAMES.index(first) : STAGE_NAMES.index("simulate") + 1]
    hours = [{queue.name: queue.hours for queue in each.queues} for each in (plan, other)]
    if "demand" in stages and any(hours[0].get(name, spec) != spec for name, spec in hours[1].items()):
        split = stages.index("forecast")
        run_stages(stages[:split], other, after, progress=progress, advice=False)
        plans = (measured_plan(plan, before), other)
        filled = fill_opened(after.read("demand"), before.read("demand"), before.read("agents"), plans)
        after.write("demand", filled)
        stages = stages[split:]
    run_stages(stages, other, after, progress=progress, advice=False)


def first_stage(base: Plan, changed: Plan) -> str:
    """Return the first stage whose settings differ."""
    sections = [name for name in FIRST_STAGE if getattr(base, name) != getattr(changed, name)]
    stages = {FIRST_STAGE[name] for name in sections if name != "queues"}
    if "queues" in sections:
        same = [_counted(queue) for queue in base.queues] == [_counted(queue) for queue in changed.queues]
        stages.add("staffing" if same else "demand")
    if not stages:
        raise ConfigError("the changed plan is the base plan: change a setting that matters to the figures")
    return min(stages, key=STAGE_NAMES.index)


def change_plan(plan: Plan, changes: Sequence[str]) -> Plan:
    """Return the plan with *changes*, each ``path=value``: ``queues.chat.target.answered_share=0.9``.

    Parts of a list are named by their name or number; a number one past the end appends; values are YAML.
    ConfigError names a path that is not there.
    """
    content = plan.model_dump(mode="json", exclude_defaults=True)
    for change in changes:
        path, separator, text = change.partition("=")
        if not separator:
            raise ConfigError(f"change {change!r} is not understood, expected path=value")
        _put(content, path.strip().split("."), read_yaml(text, origin=f"change {change!r}"), change)
    return make_plan(content, folder=plan.folder, origin="the changed plan")


def _put(node: Any, path: Sequence[str], value: Any, change: str) -> None:
    key = _key(node, path[0], change)
    if len(path) == 1:
        if isinstance(node, list) and key == len(node):
            node.append(value)
        else:
            node[key] = value
        return
    if isinstance(node, dict):
        node.setdefault(key, [] if path[1].isdigit() else {})
    _put(node[key], path[1:], value, change)


def _key(node: Any, part: str, change: str) -> Any:
    if isinstance(node, dict):
        return part
    if not isinstance(node, list):
        raise ConfigError(f"change {change!r}: nothing is below {part!r}")
    names = [item.get("name") if isinstance(item, dict) else None for item in node]
    if part in names:
        return names.index(part)
    if part.isdigit() and int(part) <= len(node):
        return int(part)
    raise ConfigError(f"change {change!r}: {part!r} is not in the list, expected one of {names} or a number")


def _counted(queue: Queue) -> Mapping[str, Any]:
    return queue.model_dump(include=set(COUNTED))


def add_bots(plan: Plan, work: Workspace, bots: Sequence[str]) -> Plan:
    """Return the plan with *bots*, each ``reason=share`` or ``queue=share``; ConfigError for what cannot be read."""
    for bot in bots:
        reason, _, text = bot.rpartition("=")
        try:
            share = float(text)
        except ValueError:
            share = -1.0
        if not reason or not 0 <= share <= 1:
            raise ConfigError(f"bot {bot!r} is not understood, expected reason=share or queue=share, as cards=0.2")
        plan = contain_reason(plan, work, reason, share)
    return plan


def contain_reason(plan: Plan, work: Workspace, reason: str, share: float) -> Plan:
    """Return the plan with a bot that settles *share* of the contacts about *reason* before they reach people.

    Each queue loses as much as that reason (or family of reasons) had of its contacts in the work folder's history;
    contacts of which no reason is known are left alone (``reasons_unknown``). The name of a queue, where nobody gives
    it as a reason, takes the share of whatever that queue is asked. ConfigError for what is neither.
    """
    contacts = _demand(work)
    shares, queues = _about(plan, contacts, reason), [queue.name for queue in plan.queues]
    if not shares and reason in queues:
        shares = {reason: 1.0}
    if not shares:
        reasons = sorted({*plan.timeline.reason_families, *contacts["reason"].dropna().unique()})
        known = ", ".join([*reasons[:20], *queues])
        raise ConfigError(f"no contact is about {reason!r}, expected a reason or a queue: {known}")
    bots = [Adjustment(queues=[name], contained_share=share * about) for name, about in shares.items()]
    adjustments = [*plan.forecast.adjustments, *bots]
    return plan.replace(forecast=plan.forecast.model_copy(update={"adjustments": adjustments}))


def reasons_unknown(plan: Plan, work: Workspace, bots: Sequence[str]) -> dict[str, float]:
    """Return by queue the share of contacts without a reason, which no bot for a reason settles.

    Nothing of queues that have none, or that one of *bots* is for, and nothing at all where none is for a reason.
    """
    if not bots:
        return {}
    contacts, named = _demand(work), {bot.rpartition("=")[0] for bot in bots}
    reasons = {name for name in named if _about(plan, contacts, name)}
    queues = [queue for queue in plan.queues if reasons and queue.name not in named - reasons]
    shares = {queue.name: float(_contacts_of(queue, contacts)["reason"].isna().mean()) for queue in queues}
    return {name: share for name, share in shares.items() if share > 0}


def _demand(work: Workspace) -> pd.DataFrame:
    contacts = work.read("contacts")
    return contacts[contacts["is_demand"]]


def _about(plan: Plan, contacts: pd.DataFrame, reason: str) -> dict[str, float]:
    """Return the share of contacts about *reason* or its family, of each queue that has any."""
    names = {reason, *plan.timeline.reason_families.get(reason, [])}
    shares = {queue.name: float(_contacts_of(queue, contacts)["reason"].isin(names).mean()) for queue in plan.queues}
    return {name: share for name, share in shares.items() if share > 0}


def _contacts_of(queue: Queue, contacts: pd.DataFrame) -> pd.DataFrame:
    for column, values in queue.contacts.items():
        contacts = contacts[contacts[column].isin(values)]
    return contacts


def people_needed(work: Workspace, plan: Plan, *, repeats: int) -> list[NeededPeople]:
    """Return the people who keep every promise of a run: its pool, and what the search finds on other contacts.

    These are kept in ``whatif.json`` as long as plan, inputs, program and pool are the same.
    """
    from omnistaff import simulate, staffing

    agents, pool = work.read("agents"), work.read("pool")
    kept, key = work.folder / "whatif.json", [fingerprint(plan), hash_file(work.path("pool"))]
    record = read_record(kept)
    found = [NeededPeople(**each) for each in record["needed"]] if record.get("of") == key else []
    if len(found) < repeats:
        requirement, more = work.read("requirement"), range(len(found) or 1, repeats)
        if not found:
            mine = staffing.people_in_pool(pool, requirement, agents, plan)
            found = [replace(mine, unproved_queues=_unproved_queues(work))]
        given = requirement, agents, measured_plan(plan, work), simulate.RosterSimulator()
        found += staffing.people_again(read_forecast(work), *given, repeats=more)
        write_text(kept, json.dumps({"of": key, "needed": [asdict(each) for each in found]}, indent=2) + "\n")
    return found[:repeats]


def _unproved_queues(work: Workspace) -> int | None:
    figures = work.read("figures")
    told = figures.loc[(figures["stage"] == "staffing") & (figures["figure"] == "unproved_queues"), "value"]
    return None if told.empty else int(told.iloc[0])


def _figures(work: Workspace, plan: Plan) -> pd.DataFrame:
    """Return figure and value of what is computed and not simulated; leave is in no paid hour, as in the report."""
    from omnistaff.report.measures import worked

    hours = plan.interval_minutes / 60
    coverage, roster, agents = work.read("coverage"), work.read("roster"), work.read("agents")
    paid = worked(roster[roster["is_paid"]])
    paid_hours = (paid["end_at"] - paid["start_at"]).dt.total_seconds() / 3600
    hourly = paid["agent_id"].map(dict(zip(agents["agent_id"], agents["hourly_cost"], strict=True))).astype(float)
    rows = [
        ("agent-hours needed in silos", work.read("requirement")["agents"].sum() * hours),
        ("paid hours in the roster", paid_hours.sum()),
        ("wages of the roster", (paid_hours * hourly).sum()),
        ("agent-hours missing in the roster", -coverage["net"].clip(upper=0).sum() * hours),
    ]
    return pd.DataFrame(rows, columns=["figure", "value"])


def _replications(base: tuple[Workspace, Plan], changed: tuple[Workspace, Plan]) -> list[pd.DataFrame]:
    """Return what every replication of both runs counted, the forecast's paths met in the order of the base's."""
    from omnistaff.simulate import paths_met, replicated_service

    plans = [(work, measured_plan(plan, work)) for work, plan in (base, changed)]
    order = paths_met(read_forecast(base[0]), plans[0][1])
    return [
        replicated_service(work.read("roster"), read_forecast(work), work.read("agents"), plan, order=order)
        for work, plan in plans
    ]
