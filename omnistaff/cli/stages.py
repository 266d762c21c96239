"""One command a stage, and ``run`` for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omnistaff.cli.app import (
    DEFAULT_WORK,
    RUN,
    AsJson,
    PlanFile,
    WorkFolder,
    app,
    load,
    show_figures,
    show_record,
    show_table,
)
from omnistaff.cli.loading import show_arrivals, show_preview, stage_bars
from omnistaff.errors import ConfigError

if TYPE_CHECKING:
    from omnistaff.tables.files import Workspace


@app.command(rich_help_panel=RUN)
def run(
    plan: PlanFile,
    work: WorkFolder = DEFAULT_WORK,
    from_stage: Annotated[str, typer.Option("--from", help="First stage to run.")] = "ingest",
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Do nothing when plan, inputs and program are as in the last run.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the whole chain: raw logs to roster, simulation and report."""
    from omnistaff.pipeline import is_current, run_plan

    loaded, workspace = load(plan, work)
    if not (if_changed and is_current(loaded, workspace)):
        with stage_bars() as bars:
            run_plan(loaded, workspace.folder, from_stage=from_stage, progress=bars.stage, loading=bars.load)
    show_figures(workspace.read("figures"), as_json=as_json)
    if not as_json:
        show_record(_files(workspace), as_json=False)


@app.command(rich_help_panel=RUN)
def ingest(
    plan: PlanFile,
    work: WorkFolder = DEFAULT_WORK,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would be read; write nothing.")] = False,
    follow: Annotated[
        Path | None, typer.Option("--follow", help="Take lines from this file as it grows, or from a pipe (-).")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="With --follow: the plan's entry that says how lines are read.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load the logs as contacts; files that were loaded before are skipped, bad rows go to the rejects."""
    if (follow and (as_json or preview)) or (source and not follow):
        raise ConfigError("ingest: --follow goes without --json and --preview, and --source only with --follow")
    loaded, workspace = load(plan, work)
    if preview:
        show_preview(loaded, as_json=as_json)
    elif follow:
        show_arrivals(loaded, workspace, follow, source=source)
    else:
        _run_one("ingest", plan, work, as_json=as_json)


@app.command(rich_help_panel=RUN)
def identity(plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Resolve which contacts are the same customer's."""
    _run_one("identity", plan, work, as_json=as_json)


@app.command(rich_help_panel=RUN)
def timeline(plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Rebuild every customer's chronology and matters."""
    _run_one("timeline", plan, work, as_json=as_json)


@app.command(rich_help_panel=RUN)
def demand(plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Count the demand of every planned queue by interval."""
    _run_one("demand", plan, work, as_json=as_json)


@app.command(rich_help_panel=RUN)
def forecast(
    plan: PlanFile,
    work: WorkFolder = DEFAULT_WORK,
    backtest: Annotated[bool, typer.Option("--backtest", help="Show the accuracy of all models.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forecast demand as a distribution."""
    if backtest:
        from omnistaff.forecast import backtest as score_models
        from omnistaff.ingest import read_drivers

        loaded, workspace = load(plan, work)
        show_table(score_models(workspace.read("demand"), read_drivers(loaded)), as_json=as_json)
        return
    _run_one("forecast", plan, work, as_json=as_json)


@app.command(rich_help_panel=RUN)
def staffing(plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Turn the forecast into people: by queue and pooled across channels."""
    _run_one("staffing", plan, work, as_json=as_json)


@app.command(rich_help_panel=RUN)
def schedule(plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Build the roster with its bound and gap, and check every rule."""
    _run_one("schedule", plan, work, as_json=as_json)


@app.command(rich_help_panel=RUN)
def simulate(plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Prove the roster in the simulator."""
    _run_one("simulate", plan, work, as_json=as_json)


@app.command(rich_help_panel=RUN)
def report(plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Write the report page and the exports."""
    show_record(_files(_run_stage("report", plan, work)), as_json=as_json)


def _files(workspace: Workspace) -> dict[str, str]:
    files = {"report": workspace.folder / "report.html", "roster": workspace.exports / "roster.csv"}
    return {name: str(path) for name, path in files.items() if path.exists()}


def _run_one(name: str, plan_file: Path, work: Path, *, as_json: bool) -> None:
    figures = _run_stage(name, plan_file, work).read("figures")
    show_figures(figures[figures["stage"] == name], as_json=as_json)


def _run_stage(name: str, plan_file: Path, work: Path) -> Workspace:
    from omnistaff.pipeline import run_stages

    plan, workspace = load(plan_file, work)
    with stage_bars() as bars:
        run_stages([name], plan, workspace, progress=bars.stage, loading=bars.load)
    return workspace
