"""The order of the stages: which tables each needs and makes, and how a whole run is recorded.

The only module that knows more than one stage. Every stage reads its inputs from the work folder and leaves its
tables there, so any stage can be run alone and its inputs can come from elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.intake import ERASE_KEY as ERASE_KEY
from omnistaff.intake import load_logs
from omnistaff.plan import Plan
from omnistaff.tables import TABLES, Figures, check, conform, empty
from omnistaff.tables.check import table_of
from omnistaff.tables.files import MAKERS, Workspace, read_roster
from omnistaff.tables.manifest import RUN, kept_seconds, last_reported, make_manifest, read_record, write_manifest
from omnistaff.tables.results import BuiltRoster, DemandForecast, Figure, People, PooledStaff, Resolution

if TYPE_CHECKING:
    from omnistaff.ingest import LoadStep

Progress = Callable[[str], None]
Loading = Callable[["LoadStep"], None]
RESOLUTION_TABLES = ("identities", "identity_edges", "identity_events", "identity_review")


@dataclass(frozen=True)
class Stage:
    """One step of the chain: it reads its inputs from the work folder and leaves its tables there."""

    name: str
    run: Callable[[Plan, Workspace], list[Figure]]
    advise: Callable[[Plan, Workspace], None] | None = None  # makes what no other stage but the report needs


def _ingest(plan: Plan, work: Workspace, loading: Loading | None = None) -> list[Figure]:
    from omnistaff import ingest

    log = load_logs(plan, work, progress=loading)
    people = ingest.read_people(plan)
    for name, table in (*log._asdict().items(), *people._asdict().items()):
        work.write(name, table)
    return ingest.describe(log, people, plan)


def _identity(plan: Plan, work: Workspace) -> list[Figure]:
    from omnistaff import identity

    previous = read_resolution(work) if all(map(work.has, RESOLUTION_TABLES)) else None
    resolution = identity.resolve(work.read("contacts"), work.read("identifiers"), plan, previous=previous)
    work.write("identities", resolution.identities)
    work.write("identity_edges", resolution.edges)
    work.write("identity_events", resolution.events)
    work.write("identity_review", resolution.review)
    return identity.describe(resolution)


def _timeline(plan: Plan, work: Workspace) -> list[Figure]:
    from omnistaff import identity, timeline

    contacts, identities = work.read("contacts"), work.read("identities")
    history = timeline.build_timeline(contacts, identities, plan)
    insights = {
        "channel_parity": timeline.compare_channels(contacts, history),
        "channel_fit": timeline.fit_channels(contacts, history),
        "journeys": timeline.frequent_paths(history.timeline),
        "waiting": timeline.waiting_matters(contacts, history.timeline),
    }
    for name, table in (history._asdict() | insights).items():
        work.write(name, conform(TABLES[name], table))
    views = identity.two_views(contacts, work.read("identifiers"), plan)
    views = views.merge(identities[["contact_id", "customer_id"]], on="contact_id", validate="1:1")
    return timeline.describe(history, timeline.correct_cases(contacts, views, plan))


def _demand(plan: Plan, work: Workspace) -> list[Figure]:
    from omnistaff import demand, ingest, simulate

    contacts = work.read("contacts")
    reports = ingest.read_history_log(plan)
    counts = demand.count_demand(contacts, work.read("timeline"), plan)
    counts = demand.add_histories(counts, reports.histories, plan)
    work.write("demand", counts)
    work.write("patience", simulate.estimate_patience(contacts, plan))
    figures = demand.describe(counts, plan, contacts=contacts, histories=reports.histories)
    return [*figures, *ingest.describe_histories(reports)]


def _forecast(plan: Plan, work: Workspace) -> list[Figure]:
    from omnistaff import forecast, ingest

    demand, plan = work.read("demand"), ingest.read_drivers(plan)
    scores, calibration = forecast.judge_models(demand, plan)
    result = forecast.adjust_forecast(forecast.forecast_demand(demand, plan, scores=scores), plan)
    work.write("scores", scores)
    work.write("calibration", calibration)
    work.write("forecast", result.table)
    work.write("forecast_quantiles", result.quantiles)
    work.write("forecast_paths", result.paths)
    return forecast.describe(result, scores, plan, demand=demand)


def _staffing(plan: Plan, work: Workspace) -> list[Figure]:
    from omnistaff import simulate, staffing

    plan = measured_plan(plan, work)
    forecast = read_forecast(work)
    requirement = staffing.required_staff(forecast, plan)
    agents = work.read("agents")
    pool = staffing.pool_staff(forecast, requirement, agents, plan, certify=simulate.RosterSimulator())
    work.write("requirement", requirement)
    work.write("pool", pool.table)
    work.write("allocation", pool.allocation)
    curve = staffing.staffing_curve(forecast, requirement, pool.allocation, plan, agents=agents)
    work.write("staffing_curve", curve)
    return staffing.describe(requirement, pool, plan)


def _advise(plan: Plan, work: Workspace) -> None:
    from omnistaff import staffing

    plan = measured_plan(plan, work)
    work.write("certainty", table_of(TABLES["certainty"], staffing.certainty_curve(read_forecast(work), plan)))
    if work.has("demand"):  # a forecast may come from elsewhere, without a history
        hours = staffing.recommend_hours(work.read("demand"), work.read("agents"), plan)
        work.write("opening_hours", table_of(TABLES["opening_hours"], hours))


def _schedule(plan: Plan, work: Workspace) -> list[Figure]:
    from omnistaff import schedule

    people = People(work.read("agents"), work.read("absences"), work.read("preferences"))
    agents, away, wishes = people.agents, people.absences, people.preferences
    pool, before = read_pool(work), previous_roster(plan)
    roster: BuiltRoster = schedule.build_roster(
        pool, agents, plan, absences=away, preferences=wishes, previous=before
    )
    first = schedule.first_day(pool.allocation, plan)
    violations = schedule.check_roster(
        roster.table, agents, plan, absences=away, preferences=wishes, previous=before, first_day=first
    )
    work.write("roster", roster.table)
    work.write("coverage", roster.coverage)
    work.write("violations", violations)
    work.write("gaps", schedule.explain_gaps(roster.table, roster.coverage, people, plan, previous=before))
    return schedule.describe(roster, violations, plan)


def read_pool(work: Workspace) -> PooledStaff:
    """Return the pooled staff kept in the work folder, with what every queue loses where people are missing."""
    curve = work.read("staffing_curve") if work.has("staffing_curve") else None  # a pool may come from elsewhere
    return PooledStaff(work.read("pool"), work.read("allocation"), curve=curve)


def previous_roster(plan: Plan) -> pd.DataFrame | None:
    """Return the roster before the first day that the plan names, or None."""
    path = plan.schedule.previous_roster
    return None if path is None else read_roster(plan.folder / path)


def _simulate(plan: Plan, work: Workspace) -> list[Figure]:
    from omnistaff import simulate

    plan = measured_plan(plan, work)
    outcomes = simulate.simulate_roster(work.read("roster"), read_forecast(work), work.read("agents"), plan)
    work.write("outcomes", outcomes)
    return simulate.describe(outcomes, plan)


def _report(plan: Plan, work: Workspace) -> list[Figure]:
    from omnistaff import report

    stale = read_record(work.folder / RUN).get("stale", [])
    manifest = make_manifest(plan, work, seconds={}, status="running", stale=stale)
    previous = last_reported(work, manifest)
    report.write_exports(work, plan)
    page = work.folder / "report.html"
    report.write_report(page, work, measured_plan(plan, work), manifest=manifest, previous=previous)
    return []


STAGES = (
    Stage("ingest", _ingest),
    Stage("identity", _identity),
    Stage("timeline", _timeline),
    Stage("demand", _demand),
    Stage("forecast", _forecast),
    Stage("staffing", _staffing, _advise),
    Stage("schedule", _schedule),
    Stage("simulate", _simulate),
    Stage("report", _report),
)
STAGE_NAMES = tuple(stage.name for stage in STAGES)


def measured_plan(plan: Plan, work: Workspace) -> Plan:
    """Return the plan with the patience that was measured in the logs, where there is such a table."""
    if not work.has("patience"):
        return plan
    patience = work.read("patience")
    return plan.with_patience(dict(zip(patience["queue"], patience["patience_s"], strict=True)))


def read_resolution(work: Workspace) -> Resolution:
    """Return who is who, with the evidence, as kept in the work folder."""
    return Resolution(*(work.read(name) for name in RESOLUTION_TABLES))


def read_forecast(work: Workspace) -> DemandForecast:
    """Return the forecast kept in the work folder."""
    return DemandForecast(work.read("forecast"), work.read("forecast_quantiles"), work.read("forecast_paths"))


@dataclass(frozen=True)
class RunResult:
    """What a run made: its manifest, as in ``run.json``, and the work folder with the tables."""

    work: Workspace
    manifest: dict[str, Any] = field(repr=False)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of the run."""
        return self.work.read(name)


def run_plan(
    plan: Plan,
    work: str | Path,
    *,
    from_stage: str = "ingest",
    progress: Progress | None = None,
    loading: Loading | None = None,
) -> RunResult:
    """Run all stages of *plan* from *from_stage* on in the folder *work*; return tables and manifest.

    Raises ConfigError for an unknown stage, MissingTableError when *from_stage* lacks its input, and what the
    stages raise. ``run.json`` is written in every case, with the status.
    """
    if from_stage not in STAGE_NAMES:
        raise ConfigError(f"stage {from_stage!r} is unknown, expected one of {', '.join(STAGE_NAMES)}")
    first = STAGE_NAMES.index(from_stage)
    return run_stages(STAGE_NAMES[first:], plan, Workspace(work), progress=progress, loading=loading)


def run_stages(
    names: Sequence[str],
    plan: Plan,
    work: Workspace,
    *,
    progress: Progress | None = None,
    loading: Loading | None = None,
    advice: bool = True,
) -> RunResult:
    """Run the named stages in the given order, with or without their advice, and record them in ``run.json``.

    Raises ConfigError while another program is writing in the folder, MissingTableError where there is nothing to
    report on.
    """
    first = min(STAGE_NAMES.index(name) for name in names)
    if STAGE_NAMES[first] == "report":
        work.refuse_empty()
    with work.held():
        seconds = {name: s for name, s in kept_seconds(plan, work).items() if STAGE_NAMES.index(name) < first}
        made = set(work.read("figures")["stage"]) if work.has("figures") else set()  # other tables are from elsewhere
        stale = [name for name in STAGE_NAMES[:first] if name in made and name not in seconds]
        status, ran = "failed", list[str]()
        # written first, so that a run that is killed is not taken for a finished one
        write_manifest(make_manifest(plan, work, seconds=seconds, status="running", stale=stale), work)
        try:
            for name in names:
                if progress:
                    progress(name)
                started = time.perf_counter()
                run_stage(name, plan, work, loading=loading)
                if advice and (advise := STAGES[STAGE_NAMES.index(name)].advise):
                    advise(plan, work)
                seconds[name] = round(time.perf_counter() - started, 3)
                ran.append(name)
            status = "done"
        finally:
            manifest = make_manifest(plan, work, seconds=seconds, status=status, stale=stale, ran=ran)
            write_manifest(manifest, work)
    return RunResult(work, manifest)


def is_current(plan: Plan, work: Workspace) -> bool:
    """Return whether *work* holds a whole run of the same plan, inputs and program, with all of its tables."""
    is_whole = all(work.has(name) for name, maker in MAKERS.items() if maker in (*STAGE_NAMES, "run"))
    return is_whole and kept_seconds(plan, work).keys() >= set(STAGE_NAMES)


def run_stage(name: str, plan: Plan, work: Workspace, *, loading: Loading | None = None) -> None:
    """Run one stage and keep its headline figures."""
    found = _ingest(plan, work, loading) if name == "ingest" else STAGES[STAGE_NAMES.index(name)].run(plan, work)
    figures = pd.DataFrame(found, columns=["figure", "value", "unit", "text"])
    figures = figures.astype({"figure": "str", "value": "float64", "unit": "str", "text": "str"})
    kept = work.read("figures") if work.has("figures") else empty(Figures)
    kept = kept[kept["stage"] != name]
    work.write("figures", check(Figures, pd.concat([kept, figures.assign(stage=name)], ignore_index=True)))
