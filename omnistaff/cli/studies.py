"""Questions to a finished run: changes of the plan, opening hours, silos and pools, training."""

from __future__ import annotations

from typing import Annotated

import typer

from omnistaff.cli.app import ASK, DEFAULT_WORK, AsJson, PlanFile, WorkFolder, app, load, show_record, show_table

LEFT_OUT = ("today", "contacts", "basis")  # a terminal is narrow; --json has them


@app.command(rich_help_panel=ASK)
def whatif(
    plan: PlanFile,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="queues.chat.target.answered_share=0.9; repeatable.")
    ] = None,
    bots: Annotated[
        list[str] | None,
        typer.Option("--bot", help="cards=0.2: a bot settles 20 % of that reason, else of that queue; repeatable."),
    ] = None,
    repeats: Annotated[int, typer.Option(help="Searches for the people needed; two or more give limits.", min=1)] = 3,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Show what a change of the plan costs and gives against the run in the work folder, with 95 % limits."""
    from omnistaff.compare import add_bots, change_plan, compare_plans, reasons_unknown

    loaded, workspace = load(plan, work)
    changed = add_bots(change_plan(loaded, changes or []), workspace, bots or [])
    for queue, share in reasons_unknown(changed, workspace, bots or []).items():
        typer.echo(
            f"{queue}: {share:.0%} of its contacts give no reason, so that a bot for a reason settles none of them; "
            f"--bot {queue}=SHARE settles a share of whatever it is asked",
            err=True,
        )
    show_table(compare_plans(loaded, changed, workspace.folder, repeats=repeats).table, as_json=as_json, limit=200)


@app.command(rich_help_panel=ASK)
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
    shown = table if as_json else table.drop(columns=[*LEFT_OUT], errors="ignore")
    show_table(shown, as_json=as_json, limit=200)


@app.command(rich_help_panel=ASK)
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


@app.command(rich_help_panel=ASK)
def training(
    plan: PlanFile,
    in_turn: Annotated[
        int | None, typer.Option("--in-turn", help="So many trainings, each the best after those before it.", min=1)
    ] = None,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Show what one more person of each skill set saves by learning each queue, most first."""
    from omnistaff.studies import trainings

    loaded, workspace = load(plan, work)
    show_table(trainings(loaded, workspace, in_turn=in_turn), as_json=as_json)
