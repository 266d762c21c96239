"""The typer application, the arguments that many commands share, and how figures are shown."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    import pandas as pd

    from omnistaff.plan import Plan
    from omnistaff.tables.files import Workspace

app = typer.Typer(
    name="omnistaff",
    help="From what customers did on every channel to who should work when.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan file (YAML).")]
WorkFolder = Annotated[Path, typer.Option("--work", "-w", help="Folder for tables, exports and report.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
DEFAULT_WORK = Path("runs/default")
MOST_WHOLE = 12  # characters of a cell that a narrow terminal does not break
#: Headings of ``omnistaff --help``.
BEGIN, RUN, ASK = "Begin", "Run: the chain, or a stage of it", "Ask a finished run"
DAILY, LOOK_UP = "From day to day", "Look up"


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        import omnistaff

        typer.echo(omnistaff.__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise typer.Exit


def load(plan_file: Path, work: Path) -> tuple[Plan, Workspace]:
    """Return the plan and the work folder that a command was given."""
    from omnistaff.plan import load_plan
    from omnistaff.tables.files import Workspace

    plan = load_plan(plan_file)
    limit_threads(plan.threads)
    return plan, Workspace(work)


def limit_threads(threads: int) -> None:
    """Hold the libraries that start their own threads to the plan's number, before they are loaded."""
    import os

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, str(threads))


def show_figures(figures: pd.DataFrame, *, as_json: bool) -> None:
    """Print headline figures in the order of the stages, or as JSON records with their values."""
    from omnistaff.pipeline import STAGE_NAMES

    ordered = figures.sort_values("stage", key=lambda names: names.map(STAGE_NAMES.index), kind="stable")
    if as_json:
        show_table(ordered, as_json=True)
        return
    told = ordered[ordered["text"] != ""]
    shown = told[["stage", "text"]].assign(stage=told["stage"].mask(told["stage"].duplicated(), ""))
    show_table(shown, as_json=False, limit=len(shown))


def show_table(frame: pd.DataFrame, *, as_json: bool, limit: int = 50) -> None:
    """Print a frame as a rich table, or as JSON records."""
    if as_json:
        typer.echo(frame.to_json(orient="records", date_format="iso", indent=2))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(show_edge=False, header_style="bold")
    rows = [[escape(_cell(value)) for value in row] for row in frame.head(limit).itertuples(index=False)]
    for place, name in enumerate(frame.columns):
        heading = str(name).replace("_", " ")  # so that narrow terminals break it between words
        justify: Literal["left", "right"] = "right" if frame[name].dtype.kind in "if" else "left"
        whole = min(MOST_WHOLE, max((len(row[place]) for row in rows), default=0))
        table.add_column(heading, justify=justify, overflow="fold", min_width=whole)
    for row in rows:
        table.add_row(*row)
    console = Console()
    console.print(table)
    if len(frame) > limit:
        console.print(f"... and {len(frame) - limit} more rows", style="dim")


def show_record(record: dict[str, Any], *, as_json: bool) -> None:
    """Print one record, a line a field, or as JSON."""
    if as_json:
        typer.echo(json.dumps({name: _plain(value) for name, value in record.items()}, indent=2, default=str))
        return
    width = max(map(len, record), default=0)
    for name, value in record.items():
        typer.echo(f"{name:<{width}}  {_cell(value)}")


def show_tables(frames: dict[str, pd.DataFrame], *, as_json: bool) -> None:
    """Print named frames one after another, or as one JSON object."""
    if as_json:
        show_record({name: records(frame) for name, frame in frames.items()}, as_json=True)
        return
    for name, frame in frames.items():
        typer.echo(f"\n{name}")
        show_table(frame, as_json=False)


def records(frame: pd.DataFrame) -> Any:
    """Return the rows of a frame as JSON takes them."""
    return json.loads(frame.to_json(orient="records", date_format="iso"))


def _plain(value: Any) -> Any:
    """Return a value that every JSON reader takes: no infinity, no NaN."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if value != value else f"{value:,.4g}" if abs(value) < 100 else f"{value:,.0f}"
    if value is None or str(value) in ("NaT", "<NA>", "nan"):
        return ""
    return str(value)
