"""A project to begin with: the demo plan beside its logs."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from omnistaff.errors import ConfigError
from omnistaff.samples.demo import write_demo
from omnistaff.samples.world import WEEKS
from omnistaff.tables.files import write_text

LOGS_IN_CHECKOUT, LOGS_IN_PROJECT = "../runs/demo-logs/", "logs/"


def write_project(folder: str | Path, *, seed: int = 7, weeks: int = WEEKS, scale: float = 1.0) -> list[Path]:
    """Return what was written to *folder*: ``plan.yaml`` and its ``logs``, people and truth among them.

    Raises ConfigError when the folder already holds a plan.
    """
    target = Path(folder)
    plan = target / "plan.yaml"
    if plan.exists():
        raise ConfigError(f"{plan} is there already, expected an empty or new folder")
    write_demo(target / "logs", seed=seed, weeks=weeks, scale=scale)
    write_text(plan, demo_plan().replace(LOGS_IN_CHECKOUT, LOGS_IN_PROJECT))
    return [plan, target / "logs"]


def demo_plan() -> str:
    """Return the text of the demo plan, as in ``configs/omnichannel_demo.yaml``."""
    return (files("omnistaff.samples") / "omnichannel_demo.yaml").read_text(encoding="utf-8")
