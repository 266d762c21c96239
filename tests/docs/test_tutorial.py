"""The tutorial, done as it says in an empty folder."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
COMMAND = Path(sys.executable).parent / "omnistaff"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder after files were saved and every omnistaff command of the page was run in its order."""
    folder = tmp_path_factory.mktemp("tutorial")
    text = TUTORIAL.read_text(encoding="utf-8")
    for name, body in re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", text, re.DOTALL):
        (folder / name).write_text(body, encoding="utf-8")
    subprocess.run([sys.executable, "make_calls.py"], cwd=folder, check=True, timeout=60)
    commands = re.findall(r"^omnistaff (.+)$", text, re.MULTILINE)
    assert commands[:2] == ["check plan.yaml", "run plan.yaml --work monday"]
    for command in commands[:2] + commands[3:]:  # the third is the second with another folder
        subprocess.run([COMMAND, *command.split()], cwd=folder, check=True, capture_output=True, timeout=300)
    return folder


@pytest.mark.slow
def test_tutorial_ends_with_a_roster_that_keeps_its_rules_and_its_promise(folder):
    run = json.loads((folder / "monday" / "run.json").read_text(encoding="utf-8"))
    assert run["status"] == "done"
    assert run["figures"]["schedule.violations"]["value"] == 0
    assert run["figures"]["ingest.rejects"]["value"] == 0
    outcomes = pd.read_parquet(folder / "monday" / "tables" / "outcomes.parquet")
    whole = outcomes[(outcomes["period"] == "horizon") & (outcomes["queue"] == "support")].iloc[0]
    assert whole["service_level"] > 0.8


@pytest.mark.slow
def test_tutorial_counts_the_calls_that_hung_up(folder):
    log = pd.read_csv(folder / "calls.csv")
    contacts = pd.read_parquet(folder / "monday" / "tables" / "contacts.parquet")
    left = contacts["outcome"].isin(["abandoned", "short_abandoned"])
    assert len(contacts) == len(log)
    assert left.sum() == (log["Result"] == "hung up").sum()


@pytest.mark.slow
def test_tutorial_leaves_the_files_it_names(folder):
    work = folder / "monday"
    for name in ("report.html", "exports/roster.csv", "exports/roster.xlsx", "exports/agents/A1/roster.ics"):
        assert (work / name).stat().st_size > 500
