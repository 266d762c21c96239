"""Commands that begin a project: a plan with samples, its check, its schema, the log formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omnistaff.cli.app import BEGIN, AsJson, PlanFile, app, show_record, show_table


@app.command(rich_help_panel=BEGIN)
def init(
    folder: Annotated[Path, typer.Argument(help="An empty or new folder.")],
    seed: Annotated[int, typer.Option(help="Seed of the sample logs.")] = 7,
) -> None:
    """Begin a project: a commented plan, sample logs of six systems, agents, absences, preferences."""
    from omnistaff.samples import write_project

    for path in write_project(folder, seed=seed):
        typer.echo(str(path))
    typer.echo(f"next: omnistaff run {folder / 'plan.yaml'} --work {folder / 'run'}")


@app.command(rich_help_panel=BEGIN)
def check(plan: PlanFile, as_json: AsJson = False) -> None:
    """Check a plan file: all problems at once, each with its key and a hint."""
    from omnistaff.intake import check_plan
    from omnistaff.plan import load_plan

    loaded = load_plan(plan)
    files = check_plan(loaded)
    record = {"plan": loaded.name, "queues": len(loaded.queues), "sources": len(loaded.ingest), "files": files}
    show_record({**record, "status": "ok"}, as_json=as_json)


@app.command(rich_help_panel=BEGIN)
def readers(as_json: AsJson = False) -> None:
    """List the log formats that can be read, with an example plan entry each."""
    from omnistaff.ingest import list_readers

    formats = list_readers()
    if as_json:
        show_table(formats, as_json=True)
        return
    for row in formats.to_dict("records"):
        typer.echo(f"{row['reader']}: {row['about']}, gives {row['gives']}\n    {row['example']}")


@app.command(rich_help_panel=BEGIN)
def schema() -> None:
    """Print the JSON schema of plan files, for editors."""
    from omnistaff.plan import plan_schema

    typer.echo(plan_schema())


@app.command("demo-logs", hidden=True)
def demo_logs(folder: Path, seed: int = 7) -> None:
    """Write the sample logs of the demo plan, unless they are there."""
    from omnistaff.samples import write_demo

    if not (folder / "truth").exists():
        write_demo(folder, seed=seed)
