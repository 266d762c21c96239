"""Whole runs of both plans, made once a session: a smaller demo world, and the real call centre as it ships."""

from pathlib import Path

import pytest
import yaml

from omnistaff.pipeline import RunResult, run_plan
from omnistaff.plan import load_plan, make_plan
from omnistaff.samples import write_project

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh project: six weeks of logs of a quarter-size bank, one week to be rostered."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder, weeks=6, scale=0.25)
    plan = yaml.safe_load((folder / "plan.yaml").read_text(encoding="utf-8"))
    plan["forecast"] |= {"horizon_days": 7, "paths": 50, "backtest_origins": 2}
    plan["schedule"]["weeks"] = 1
    plan["simulate"] = {"replications": 20}
    plan["staffing"]["certify_rounds"] = 3  # the search for the cheapest proof has tests of its own
    (folder / "plan.yaml").write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def demo(project: Path) -> RunResult:
    """The project, run once."""
    return run_plan(load_plan(project / "plan.yaml"), project / "run")


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """The real call centre, run once with fewer replications."""
    path = ROOT / "configs" / "anonymous_bank.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["simulate"] = {"replications": 20}
    content["staffing"]["certify_rounds"] = 3
    return run_plan(make_plan(content, folder=path.parent), tmp_path_factory.mktemp("bank"))
