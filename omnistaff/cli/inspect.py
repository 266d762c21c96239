"""Commands that look at plans, tables, formats and customers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omnistaff.cli.app import DEFAULT_WORK, AsJson, PlanFile, WorkFolder, app, load, show_record, show_table


@app.command()
def check(plan: PlanFile, as_json: AsJson = False) -> None:
    """Check a plan file: all problems at once, each with its key and a hint."""
    from omnistaff.intake import check_plan
    from omnistaff.plan import load_plan

    loaded = load_plan(plan)
    files = check_plan(loaded)
    record = {"plan": loaded.name, "queues": len(loaded.queues), "sources": len(loaded.ingest), "files": files}
    show_record({**record, "status": "ok"}, as_json=as_json)


@app.command()
def schema() -> None:
    """Print the JSON schema of plan files, for editors."""
    from omnistaff.plan import plan_schema

    typer.echo(plan_schema())


@app.command()
def readers(as_json: AsJson = False) -> None:
    """List the log formats that can be read, with an example plan entry each."""
    from omnistaff.ingest import list_readers

    formats = list_readers()
    if as_json:
        show_table(formats, as_json=True)
        return
    for row in formats.to_dict("records"):
        typer.echo(f"{row['reader']}: {row['about']}, gives {row['gives']}\n    {row['example']}")


@app.command()
def tables(
    name: Annotated[str | None, typer.Argument(help="A table; all are listed if none is named.")] = None,
    work: Annotated[Path | None, typer.Option("--work", "-w", help="Show the rows kept in this work folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the data dictionary, or the rows of a table in a work folder."""
    from omnistaff.tables.dictionary import describe_table, list_tables
    from omnistaff.tables.files import Workspace

    if work is not None and name is not None:
        describe_table(name)  # an unknown name is the first thing to say
        show_table(Workspace(work).read(name), as_json=as_json, limit=20)
    else:
        show_table(describe_table(name) if name else list_tables(), as_json=as_json, limit=500)


@app.command("check-roster")
def check_roster(
    plan: PlanFile,
    work: WorkFolder = DEFAULT_WORK,
    roster: Annotated[
        Path | None, typer.Option(help="A roster as CSV or Parquet; the work folder's if none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a roster against every rule; exit 3 when a hard rule is broken."""
    from omnistaff.daily import check_roster_file

    loaded, workspace = load(plan, work)
    violations = check_roster_file(loaded, workspace, roster)
    if as_json or len(violations):
        show_table(violations, as_json=as_json)
    else:
        typer.echo("0 violations")
    if violations["is_hard"].any():
        raise typer.Exit(3)


@app.command()
def export(plan: PlanFile, work: WorkFolder = DEFAULT_WORK) -> None:
    """Write the exports again from the tables in the work folder."""
    from omnistaff.report import write_exports

    loaded, workspace = load(plan, work)
    write_exports(workspace, loaded)
    for path in sorted(workspace.exports.rglob("*")):
        if path.is_file():
            typer.echo(str(path))
