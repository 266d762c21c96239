"""Tables on disk: the work folder, Parquet and CSV in and out, always written to a temporary name first."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import ConfigError, MissingTableError, TableError
from omnistaff.tables.catalog import TABLES, Roster
from omnistaff.tables.check import check, conform

OFFSET = r"(?:Z|[+-]\d\d:?\d\d)$"
#: The stage that makes each table, for messages.
MAKERS = {
    "contacts": "ingest", "identifiers": "ingest", "rejects": "ingest",
    "agents": "ingest", "absences": "ingest", "preferences": "ingest",
    "identities": "identity", "identity_edges": "identity", "identity_events": "identity",
    "identity_review": "identity",
    "timeline": "timeline", "cases": "timeline", "customers": "timeline",
    "channel_parity": "timeline", "channel_fit": "timeline", "journeys": "timeline",
    "waiting": "timeline",
    "demand": "demand", "patience": "demand",
    "forecast": "forecast", "forecast_quantiles": "forecast", "forecast_paths": "forecast", "scores": "forecast",
    "calibration": "forecast",
    "requirement": "staffing", "pool": "staffing", "allocation": "staffing",
    "certainty": "staffing", "opening_hours": "staffing", "staffing_curve": "staffing",
    "roster": "schedule", "coverage": "schedule", "violations": "schedule", "gaps": "schedule",
    "changes": "replan", "moves": "sameday",
    "outcomes": "simulate", "figures": "run",
}  # fmt: skip


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside *path*; it takes its place when the block ends well, else it goes away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write *text* to *path* whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


class Workspace:
    """A work folder: ``tables/``, ``exports/``, ``store.duckdb``, ``report.html``, ``run.json``."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @property
    def exports(self) -> Path:
        """The folder for files made for other programs."""
        return self.folder / "exports"

    @property
    def store(self) -> Path:
        """The DuckDB file that keeps contacts, identities and timeline between runs."""
        return self.folder / "store.duckdb"

    def path(self, table: str) -> Path:
        """Return where *table* is kept."""
        return self.folder / "tables" / f"{table}.parquet"

    def has(self, table: str) -> bool:
        """Return whether *table* has been made."""
        return self.path(table).exists()

    def read(self, table: str) -> DataFrame[Any]:
        """Return *table*; MissingTableError names the command that makes it."""
        path = self.path(table)
        if not path.exists():
            raise MissingTableError(
                f"table {table} is not in {self.folder}: run `omnistaff {MAKERS.get(table, 'run')}` first"
            )
        try:
            frame = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise TableError(f"{path} cannot be read as Parquet: {error}") from error
        return check(TABLES[table], frame)

    def write(self, table: str, frame: pd.DataFrame) -> None:
        """Check *frame* against the catalogue and write it."""
        checked = check(TABLES[table], frame)
        with replacing(self.path(table)) as temporary:
            checked.to_parquet(temporary, index=False)

    def refuse_empty(self) -> None:
        """Raise MissingTableError when there is no table at all: the folder is another than the user means."""
        if not any(self.has(table) for table in TABLES):
            raise MissingTableError(f"no tables are in {self.folder}: run `omnistaff run` first, or give its --work")

    def held(self) -> AbstractContextManager[None]:
        """Keep other programs from writing here; ConfigError when one already does."""
        return held(self.folder, "wait for it to end, or give --work another folder")

    def write_export(self, name: str, write: Callable[[Path], None]) -> Path:
        """Let *write* fill a temporary file that becomes ``exports/<name>``; return its path."""
        target = self.exports / name
        with replacing(target) as temporary:
            write(temporary)
        return target


@contextmanager
def held(folder: Path, advice: str) -> Iterator[None]:
    """Keep other programs from writing in *folder*; ConfigError with *advice* when one already does.

    The lock goes with the program, however it ends, and may be taken again inside the block.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=0, is_singleton=True)
    try:
        lock.acquire()
    except Timeout as error:
        raise ConfigError(f"another program is writing in {folder}: {advice}") from error
    try:
        yield
    finally:
        lock.release()


def read_roster(path: Path) -> DataFrame[Roster]:
    """Return a roster from a CSV or Parquet file: the roster table, or ``exports/roster.csv`` as people edit it.

    Raises ConfigError for a file that cannot be read and TableError for one that is no roster.
    """
    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"roster {path} cannot be read as CSV or Parquet: {error}") from error
    frame = _exported_times(frame, path)
    missing = [f"column {name} is missing" for name in Roster.column_names() if name not in frame]
    if missing:
        raise TableError(f"{path} is no roster table (see `omnistaff tables roster`)", missing)
    return check(Roster, conform(Roster, frame))


def _exported_times(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return *frame* with ``start_at`` and ``end_at`` from an export's local and UTC stamps, which must agree."""
    found, problems = frame.copy(), []
    for end in ("start", "end"):
        told = [name for name in (f"{end}_local", f"{end}_utc") if name in frame]
        if f"{end}_at" in frame or not told:
            continue
        texts = [frame[name].astype("str") for name in told]
        times = [
            pd.to_datetime(text.where(text.str.contains(OFFSET)), utc=True, format="ISO8601", errors="coerce")
            for text in texts
        ]
        for name, text, time in zip(told, texts, times, strict=True):
            problems += [
                f"row {row + 2}: {name} {text[row]!r} is no time with offset" for row in np.flatnonzero(time.isna())
            ]
        unlike = np.flatnonzero((times[0] != times[-1]) & times[0].notna() & times[-1].notna())
        problems += [f"row {row + 2}: {told[0]} {texts[0][row]} is not {told[-1]} {texts[-1][row]}" for row in unlike]
        found[f"{end}_at"] = times[0]
    if problems:
        advice = "expected 2026-03-16T13:30:00+01:00, and the same instant in UTC or no such column"
        raise TableError(f"{path} has times that cannot be used, {advice}", problems)
    return found
