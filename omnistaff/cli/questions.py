"""Questions about customers to a finished run: who waits, what comes, which segments pay, what channels do."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from omnistaff.cli.app import (
    ASK,
    DEFAULT_WORK,
    AsJson,
    PlanFile,
    WorkFolder,
    app,
    load,
    records,
    show_record,
    show_table,
)

Reasons = Annotated[list[str] | None, typer.Option("--reason", help="A reason family; repeatable; all if none.")]


@app.command(rich_help_panel=ASK)
def waiting(plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Show who waits for whom at the end of the log, by queue: matters, median and longest hours."""
    from omnistaff.timeline import waiting_by_queue

    _, workspace = load(plan, work)
    table = waiting_by_queue(workspace.read("waiting"))
    if table.empty and not as_json:
        typer.echo("nobody waits: every contact was answered and closed")
        return
    show_table(table, as_json=as_json)


@app.command(rich_help_panel=ASK)
def segments(
    plan: PlanFile,
    count: Annotated[int, typer.Option(help="Three or four.", min=3, max=4)] = 3,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Suggest customer segments as rules for the plan, and say how many customers keep theirs."""
    from omnistaff.customers import suggest_segments

    _, workspace = load(plan, work)
    found = suggest_segments(workspace, count=count)
    if as_json:
        show_record(dataclasses.asdict(found) | {"segments": records(found.segments)}, as_json=True)
        return
    show_table(found.segments, as_json=False)
    typer.echo(
        f"\n{found.kept_share:.0%} of customers seen in both halves of the history are in the same segment by either"
        f" half alone ({found.chance_share:.0%} by chance).\nThe segment of the first half foretells"
        f" {found.foretold_share:.0%} of the differences between customers in the second.\n\nFor the plan:\n\n"
        "timeline:\n  segments:"
    )
    for name, rule in found.rules.items():
        typer.echo(f'    {name}: "{rule}"')


@app.command("reasons", rich_help_panel=ASK)
def reasons_ahead(plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Show what the contacts to come are about, by queue; with --json day by day, with variances."""
    from omnistaff.forecast import forecast_reasons, sum_reasons
    from omnistaff.pipeline import read_forecast

    settings, workspace = load(plan, work)
    demand, contacts = workspace.read("demand"), workspace.read("contacts")
    found = forecast_reasons(read_forecast(workspace), demand, contacts, settings)
    if as_json:
        show_table(found, as_json=True)
        return
    if found.empty:
        typer.echo("no queue of the forecast has past contacts to tell reasons from")
        return
    told = sum_reasons(found).sort_values(["queue", "contacts"], ascending=[True, False])
    show_table(told.assign(share=told["share"].map("{:.0%}".format)), as_json=False, limit=len(told))
    typer.echo(f"\ncontacts expected in the {found['date'].nunique()} days from {found['date'].min():%Y-%m-%d} on")


@app.command(rich_help_panel=ASK)
def channels(  # noqa: PLR0913 - each is an option of the command
    plan: PlanFile,
    leaves: Annotated[
        str | None, typer.Option("--from", help="Channel that matters leave; all others if none.")
    ] = None,
    goes: Annotated[
        str | None, typer.Option("--to", help="Where they go; if none, where such matters go now.")
    ] = None,
    reason: Reasons = None,
    share: Annotated[float, typer.Option(help="Share of these matters that moves.", min=0.0, max=1.0)] = 1.0,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Show which reasons fail on which channel, or with --from or --to what moving, opening or closing would do."""
    from omnistaff.customers import change_channels, worst_channels

    _, workspace = load(plan, work)
    if leaves is None and goes is None:
        show_table(workspace.read("channel_fit") if as_json else worst_channels(workspace), as_json=as_json)
        return
    found = change_channels(workspace, from_channel=leaves, to_channel=goes, reasons=reason, share=share)
    if as_json:
        show_record(dataclasses.asdict(found) | {"cells": records(found.cells)}, as_json=True)
        return
    show_table(found.cells, as_json=False)
    typer.echo(f"\n{found.matters:,.0f} matters in {found.days:,.0f} days would begin elsewhere. A month, that makes")
    for row in found.monthly().itertuples():
        typer.echo(f"  {row.added:+,.0f} {row.measure} ({row.low:+,.0f} to {row.high:+,.0f}, 95 %)")
    typer.echo("assuming that " + "; ".join(found.assumed) + ".")
