"""The command line starts without heavy libraries and turns errors into exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from omnistaff.cli.app import show_figures

HEAVY = ("pandas", "numpy", "pandera", "scipy", "sklearn", "matplotlib", "pulp", "numba", "duckdb", "statsmodels")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from omnistaff.cli import main; sys.argv[0] = 'omnistaff'; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def test_help_and_import_load_nothing_heavy() -> None:
    code = (
        "import sys, omnistaff, omnistaff.cli as cli\n"
        "sys.argv = ['omnistaff', '--help']\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip().endswith("[]")


@pytest.mark.parametrize("command", ["run", "ingest", "schedule", "erlang", "tables", "check-roster", "init"])
def test_every_command_explains_itself(command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    assert "Usage" in result.stdout


def test_a_mistake_in_the_plan_is_exit_code_2_without_a_traceback(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: x\ntime_zone: Mars/Olympus\nqueues: []\n")
    result = run("check", str(plan))
    assert result.returncode == 2
    assert "Mars/Olympus" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_work_folder_that_is_a_file_is_the_users_mistake(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: x\ntime_zone: UTC\nqueues: [{name: voice}]\n")
    result = run("demand", str(plan), "--work", str(plan))
    assert result.returncode == 2
    assert result.stderr == f"omnistaff: {plan}: File exists: choose another place\n"


@pytest.mark.parametrize("command", ["report", "export"])
def test_a_folder_without_any_table_is_not_reported_on(command: str, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: x\ntime_zone: UTC\nqueues: [{name: voice}]\n")
    result = run(command, str(plan), "--work", str(tmp_path / "typo"))
    assert result.returncode == 2
    assert f"no tables are in {tmp_path / 'typo'}" in result.stderr
    assert not (tmp_path / "typo").exists()


def test_a_stage_without_its_input_says_which_command_comes_first(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: x\ntime_zone: UTC\nqueues: [{name: voice}]\n")
    result = run("demand", str(plan), "--work", str(tmp_path / "work"))
    assert result.returncode == 2
    assert "run `omnistaff ingest` first" in result.stderr
    assert json.loads((tmp_path / "work" / "run.json").read_text())["status"] == "failed"


def test_check_names_every_path_that_matches_nothing(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "name: x\ntime_zone: UTC\nqueues: [{name: voice}]\nagents: people.csv\n"
        "ingest: [{reader: csv, path: a.csv}, {reader: csv, name: b, path: 'b/*.csv'}]\n"
    )
    result = run("check", str(plan))
    assert result.returncode == 2
    assert "ingest.0.path" in result.stderr
    assert "ingest.1.path" in result.stderr
    assert "agents: people.csv" in result.stderr


def test_tables_can_be_read_by_a_program() -> None:
    result = run("tables", "roster", "--json")
    assert result.returncode == 0
    assert [row["column"] for row in json.loads(result.stdout)][:2] == ["agent_id", "start_at"]


def test_the_calculator_gives_the_third_of_any_two() -> None:
    volume = ["--handle", "180", "--per-hour", "2000"]
    result = run("erlang", *volume, "--agents", "100", "--patience", "300", "--json")
    assert json.loads(result.stdout)["service_level"] == pytest.approx(0.75885, abs=1e-5)  # exact Erlang A
    result = run("erlang", "--handle", "180", "--per-hour", "200", "--answered", "0.8", "--json")
    assert json.loads(result.stdout)["agents"] == 14
    result = run("erlang", *volume)
    assert result.returncode == 2
    assert "give two of" in result.stderr


def test_a_roster_file_that_is_none_is_the_users_mistake(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: x\ntime_zone: UTC\nqueues: [{name: voice}]\n")
    missing = run("check-roster", str(plan), "--roster", str(tmp_path / "none.csv"))
    assert missing.returncode == 2
    assert "cannot be read" in missing.stderr
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    other = run("check-roster", str(plan), "--roster", str(tmp_path / "other.csv"))
    assert other.returncode == 2
    assert "column agent_id is missing" in other.stderr


def test_an_endless_wait_is_no_number_in_json() -> None:
    result = run("erlang", "--handle", "180", "--per-hour", "200", "--agents", "5", "--json")
    assert json.loads(result.stdout, parse_constant=lambda name: pytest.fail(name))["asa_s"] is None


def test_a_figure_that_another_one_tells_is_not_printed_but_is_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("forecast", "volume", 10.0, "contacts", "10 contacts (80 %: 8 to 12)")]
    rows += [("forecast", "volume_low", 8.0, "contacts", "")]
    figures = pd.DataFrame(rows, columns=["stage", "figure", "value", "unit", "text"])
    show_figures(figures, as_json=False)
    assert len(capsys.readouterr().out.strip().splitlines()) == 3  # head, rule, one figure
    show_figures(figures, as_json=True)
    assert [row["figure"] for row in json.loads(capsys.readouterr().out)] == ["volume", "volume_low"]
