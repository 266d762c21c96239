"""From day to day: correct, move, adapt and check a roster in use, replay the past."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omnistaff.cli.app import DAILY, DEFAULT_WORK, AsJson, PlanFile, WorkFolder, app, load, show_table

Now = Annotated[str, typer.Option("--now", help="Local time, 2026-03-18 12:00; contacts after it are not used.")]


@app.command(rich_help_panel=DAILY)
def intraday(
    plan: PlanFile,
    now: Now,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Correct the rest of the day, and tomorrow, by what came so far; writes exports/intraday.csv."""
    from omnistaff.daily import update_day
    from omnistaff.forecast import tell_unseen

    loaded, workspace = load(plan, work)
    table = update_day(loaded, workspace, now)
    show_table(table, as_json=as_json)
    for line in tell_unseen(table):
        typer.echo(line, err=True)


@app.command(rich_help_panel=DAILY)
def sameday(
    plan: PlanFile,
    now: Now,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Move breaks and deferred work, offer overtime or time off for the rest of the day; writes exports/moves.csv."""
    from omnistaff.daily import move_day

    loaded, workspace = load(plan, work)
    show_table(move_day(loaded, workspace, now), as_json=as_json)


@app.command(rich_help_panel=DAILY)
def replan(
    plan: PlanFile,
    frozen_until: Annotated[str, typer.Option("--from", help="First local day that may change, 2026-03-20.")],
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Adapt the published roster to new absences and a new need with few changes; writes exports/changes.csv."""
    from omnistaff.daily import replan as replan_work

    loaded, workspace = load(plan, work)
    show_table(replan_work(loaded, workspace, frozen_until), as_json=as_json)


@app.command("check-roster", rich_help_panel=DAILY)
def check_roster(
    plan: PlanFile,
    work: WorkFolder = DEFAULT_WORK,
    roster: Annotated[
        Path | None, typer.Option(help="A roster table, or an edited roster.csv; the work folder's if none.")
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


@app.command(rich_help_panel=DAILY)
def replay(
    plan: PlanFile,
    day: Annotated[str, typer.Option("--day", help="First local day of the past, 2026-03-02.")],
    days: Annotated[int, typer.Option("--days", help="How many days.", min=1)] = 7,
    gap: Annotated[float, typer.Option("--gap", help="Minutes between two contacts of a person still on duty.")] = 5,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Replay days of the past: the real contacts and people, simulated, beside what happened."""
    from omnistaff.daily import replay_days
    from omnistaff.timegrid import parse_instant

    loaded, workspace = load(plan, work)
    first = parse_instant(day, loaded.time_zone).tz_convert(loaded.time_zone).date()
    show_table(replay_days(loaded, workspace, day=first, days=days, gap_minutes=gap), as_json=as_json)
