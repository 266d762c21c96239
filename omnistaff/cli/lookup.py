"""What is in a work folder: its tables, its exports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omnistaff.cli.app import DEFAULT_WORK, LOOK_UP, AsJson, PlanFile, WorkFolder, app, load, show_table


@app.command(rich_help_panel=LOOK_UP)
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


@app.command(rich_help_panel=LOOK_UP)
def export(plan: PlanFile, work: WorkFolder = DEFAULT_WORK) -> None:
    """Write the exports again from the tables in the work folder."""
    from omnistaff.report import write_exports

    loaded, workspace = load(plan, work)
    workspace.refuse_empty()
    write_exports(workspace, loaded)
    for path in sorted(workspace.exports.rglob("*")):
        if path.is_file():
            typer.echo(str(path))
