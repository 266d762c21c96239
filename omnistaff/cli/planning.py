"""Commands that begin a project and play with a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omnistaff.cli.app import app


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


@app.command("demo-logs", hidden=True)
def demo_logs(folder: Path, seed: int = 7) -> None:
    """Write the sample logs of the demo plan, unless they are there."""
    from omnistaff.samples import write_demo

    if not (folder / "truth").exists():
        write_demo(folder, seed=seed)
