"""What ``omnistaff ingest`` shows: a bar for long loads, the preview, and contacts as they arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from omnistaff.cli.app import show_tables

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from omnistaff.follow import Arrival
    from omnistaff.ingest import LoadStep
    from omnistaff.plan import Plan
    from omnistaff.tables import ContactLog
    from omnistaff.tables.files import Workspace

SHOWN_ARRIVALS = 20


class StageBars:
    """A line with a clock for the stage at work, with a bar while logs are loaded."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def stage(self, name: str) -> None:
        """Show that a stage begins, and that the one before is done."""
        self.finish()
        self._task = self._bars.add_task(name, total=None)

    def load(self, step: LoadStep) -> None:
        """Show how far the load of a source is."""
        if self._task is not None:
            text = f"ingest {step.source}: {step.contacts:,} contacts"
            self._bars.update(self._task, total=step.all_bytes or None, completed=step.done_bytes, description=text)

    def finish(self) -> None:
        """Show that the stage at work is done."""
        if self._task is not None:
            self._bars.update(self._task, total=1, completed=1)


@contextmanager
def stage_bars() -> Iterator[StageBars]:
    """Give the bars of a run: on a terminal; in a pipe they stay silent."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        shown = StageBars(bars)
        yield shown
        shown.finish()


def show_preview(plan: Plan, *, as_json: bool) -> None:
    """Print what the plan's logs would give."""
    from omnistaff.ingest import preview

    show_tables(preview(plan), as_json=as_json)


def show_arrivals(plan: Plan, work: Workspace, stream: Path, *, source: str | None) -> None:
    """Take lines into the store as they come, say who each contact is from, and keep the tables current."""
    import io
    import sys

    from omnistaff.follow import follow_log
    from omnistaff.ingest import follow
    from omnistaff.intake import protection
    from omnistaff.tables.store import Store

    lines = io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False)) if str(stream) == "-" else stream
    with Store(work.store) as store:
        pieces = _until_interrupted(follow(plan, lines, store, source=source, loading=protection(plan, work)))
        for found in follow_log(pieces, store.log(), plan, work):
            for arrival in found[-SHOWN_ARRIVALS:]:
                typer.echo(_spoken(arrival))
            if len(found) != 1:
                typer.echo(f"{len(found)} contacts")


def _until_interrupted(pieces: Iterable[ContactLog]) -> Iterator[ContactLog]:
    """Yield the pieces until Ctrl-C, the usual end of a log that has none."""
    with suppress(KeyboardInterrupt):
        yield from pieces


def _spoken(arrival: Arrival) -> str:
    """Return a line that says who a contact is from and what they came with before."""
    contact, before = arrival.contact, arrival.before
    at = datetime.fromtimestamp(contact.at / 1e6, UTC)
    line = f"{at:%Y-%m-%d %H:%M:%S}Z {contact.channel:<10} {arrival.customer_id} {arrival.rule}"
    if not before:
        return f"{line}: first contact"
    last = before[0]
    hours = (contact.at - last.at) / 3.6e9
    ago = f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
    about = f" about {last.reason}" if last.reason else ""
    return f"{line}: {arrival.contacts_before} before, last {ago} ago by {last.channel}{about}, {last.outcome}"
