"""Commands that begin a project and play with a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omnistaff.cli.app import DEFAULT_WORK, AsJson, PlanFile, WorkFolder, app, load, show_table

Now = Annotated[str, typer.Option("--now", help="Local time, 2026-03-18 12:00; contacts after it are not used.")]


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="An empty or new folder.")],
    seed: Annotated[int, typer.Option(help="Seed of the sample logs.")] = 7,
) -> None:
    """Begin a project: a commented plan, sample logs of six systems, agents, absences, preferences."""
    from omnistaff.samples import write_project

    for path in write_project(folder, seed=seed):
        typer.echo(str(path))
    typer.echo(f"next: omnistaff run {folder / 'plan.yaml'} --work {folder / 'run'}")


@app.command()
def whatif(
    plan: PlanFile,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="queues.chat.target.answered_share=0.9; repeatable.")
    ] = None,
    bots: Annotated[
        list[str] | None, typer.Option("--bot", help="cards=0.2: a bot settles 20 % of that reason; repeatable.")
    ] = None,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Show what a change of the plan costs and gives against the run in the work folder."""
    from omnistaff.compare import add_bots, change_plan, compare_plans

    loaded, workspace = load(plan, work)
    changed = add_bots(change_plan(loaded, changes or []), workspace, bots or [])
    show_table(compare_plans(loaded, changed, workspace.folder).table, as_json=as_json)


@app.command()
def intraday(
    plan: PlanFile,
    now: Now,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Correct the rest of the day, and tomorrow, by what came so far; writes exports/intraday.csv."""
    from omnistaff.daily import update_day

    loaded, workspace = load(plan, work)
    show_table(update_day(loaded, workspace, now), as_json=as_json)


@app.command()
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


@app.command()
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


@app.command()
def replay(
    plan: PlanFile,
    day: Annotated[str, typer.Option("--day", help="First local day of the past, 2026-03-02.")],
    days: Annotated[int, typer.Option("--days", help="How many days.", min=1)] = 7,
    gap: Annotated[float, typer.Option("--gap", help="Minutes between two contacts of a person still on duty.")] = 15,
    work: WorkFolder = DEFAULT_WORK,
    as_json: AsJson = False,
) -> None:
    """Replay days of the past: the real contacts and people, simulated, beside what happened."""
    from omnistaff.daily import replay_days
    from omnistaff.timegrid import parse_instant

    loaded, workspace = load(plan, work)
    first = parse_instant(day, loaded.time_zone).tz_convert(loaded.time_zone).date()
    show_table(replay_days(loaded, workspace, day=first, days=days, gap_minutes=gap), as_json=as_json)


@app.command("demo-logs", hidden=True)
def demo_logs(folder: Path, seed: int = 7) -> None:
    """Write the sample logs of the demo plan, unless they are there."""
    from omnistaff.samples import write_demo

    if not (folder / "truth").exists():
        write_demo(folder, seed=seed)
