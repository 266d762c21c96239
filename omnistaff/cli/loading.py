"""What ``omnistaff ingest`` shows: a bar for long loads, the preview, and contacts as they arrive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from omnistaff.cli.app import show_tables

if TYPE_CHECKING:
    from omnistaff.ingest import LoadStep
    from omnistaff.plan import Plan
    from omnistaff.tables.files import Workspace


def load_with_bar(plan: Plan, work: Workspace) -> None:
    """Load the plan's logs into the store with a bar a source on a terminal, silently in a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    from omnistaff.intake import load_logs

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: LoadStep) -> None:
            if step.source not in tasks:
                tasks[step.source] = bars.add_task(step.source, total=step.all_bytes or None)
            text = f"{step.source}: {step.contacts:,} contacts"
            bars.update(tasks[step.source], completed=step.done_bytes, description=text)

        load_logs(plan, work, progress=show)


def show_preview(plan: Plan, *, as_json: bool) -> None:
    """Print what the plan's logs would give."""
    from omnistaff.ingest import preview

    show_tables(preview(plan), as_json=as_json)


def show_arrivals(plan: Plan, work: Workspace, stream: Path, *, source: str | None) -> None:
    """Take lines into the store as they come and print a line for each portion: how many contacts and rejects."""
    import io
    import sys

    from omnistaff.ingest import follow
    from omnistaff.intake import protection
    from omnistaff.tables.store import Store

    lines = io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False)) if str(stream) == "-" else stream
    with Store(work.store) as store:
        for log in follow(plan, lines, store, source=source, loading=protection(plan, work)):
            newest = f", last {log.contacts['arrived_at'].max():%Y-%m-%d %H:%M:%S}Z" if len(log.contacts) else ""
            typer.echo(f"{len(log.contacts)} contacts, {len(log.rejects)} rejects{newest}")
