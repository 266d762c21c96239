"""Commands that answer questions about a finished run: hours, pooling, training."""

from __future__ import annotations

from typing import Annotated

import typer

from omnistaff.cli.app import DEFAULT_WORK, AsJson, PlanFile, WorkFolder, app, load, show_record, show_table


@app.command()
def hours(
    plan: PlanFile,
    worth: Annotated[
        float | None, typer.Option(help="What serving a contact is worth; twice its usual cost if not given.", min=0)
    ] = None,
    all_hours: Annotated[bool, typer.Option("--all", help="Also the hours that should stay as they are.")] = False,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Recommend opening hours: which hours of the week pay, whom they serve and what each costs."""
    from omnistaff.studies import hours_that_pay

    loaded, workspace = load(plan, work)
    table = hours_that_pay(loaded, workspace, worth_of_contact=worth, all_hours=all_hours)
    show_table(table, as_json=as_json, limit=200)


@app.command()
def pooling(
    plan: PlanFile,
    repeats: Annotated[int, typer.Option(help="Proofs on other contacts; two or more give limits.", min=1)] = 1,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Compare silos with pools at equal quality, each certified by simulation, and say where the saving is from."""
    from omnistaff import studies

    loaded, workspace = load(plan, work)
    show_table(studies.pooling(loaded, workspace, repeats=repeats), as_json=as_json)
    if not as_json:
        show_record(studies.sources(loaded, workspace), as_json=False)


@app.command()
def training(plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Show what one more person of each skill set saves by learning each queue, most first."""
    from omnistaff.studies import trainings

    loaded, workspace = load(plan, work)
    show_table(trainings(loaded, workspace), as_json=as_json)
