"""What ``omnistaff check`` finds before anything is read."""

from pathlib import Path

import pytest

from omnistaff.errors import ConfigError
from omnistaff.plan import make_plan
from omnistaff.tables.inputs import check_inputs, input_files, matching_files


def plan_with(folder: Path, **sections: object):
    """Return a small plan whose relative paths start in *folder*."""
    settings = {"name": "check", "time_zone": "Europe/Madrid", "queues": [{"name": "voice"}], **sections}
    return make_plan(settings, folder=folder)


def test_a_sound_plan_counts_its_files(tmp_path: Path) -> None:
    """Every file is counted once, also when two entries name it."""
    (tmp_path / "a.csv").write_text("x\n")
    plan = plan_with(
        tmp_path,
        ingest=[{"reader": "csv", "name": "one", "path": "*.csv"}, {"reader": "csv", "name": "two", "path": "a.csv"}],
    )
    assert check_inputs(plan) == 1


def test_all_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    """Files, contact columns, words and countries, each with its plan key and what was meant."""
    queues = [
        {"name": "voice", "contacts": {"chanel": ["voice"]}},
        {"name": "chat", "contacts": {"channel": ["webchat"], "queue": ["whatever they call it"]}},
        {"name": "mail", "country": "XX"},
    ]
    plan = plan_with(tmp_path, queues=queues, ingest=[{"reader": "csv", "path": "no/*.csv"}], agents="staff.csv")
    with pytest.raises(ConfigError) as caught:
        check_inputs(plan)
    problems = caught.value.problems
    assert len(problems) == 5
    text = "\n".join(problems)
    assert "ingest.0.path: no/*.csv matches no file" in text
    assert "agents: staff.csv is not a file" in text
    assert "queues.voice.contacts: contacts have no column 'chanel', did you mean channel?" in text
    assert "queues.chat.contacts.channel: 'webchat' is unknown, did you mean web_chat?" in text
    assert "no holidays are known for XX" in text


def test_files_of_one_name_beside_the_plans_folder_stay_apart(tmp_path: Path) -> None:
    """A path outside the folder is written from it, so that both count and both are hashed."""
    for site in ("bogota", "lima"):
        (tmp_path / "logs" / site).mkdir(parents=True)
        (tmp_path / "logs" / site / "calls.csv").write_text(site)
    (tmp_path / "configs").mkdir()
    plan = plan_with(tmp_path / "configs", ingest=[{"reader": "csv", "path": "../logs/*/calls.csv"}])
    assert check_inputs(plan) == 2
    assert [name for name, _ in input_files(plan)] == ["../logs/bogota/calls.csv", "../logs/lima/calls.csv"]


def test_a_folder_with_brackets_in_its_name_is_taken_as_it_is(tmp_path: Path) -> None:
    """Only the plan's own pattern is a pattern."""
    folder = tmp_path / "run [1]"
    folder.mkdir()
    (folder / "a.csv").write_text("x\n")
    assert [file.name for file in matching_files(folder, "*.csv")] == ["a.csv"]


def test_drivers_and_the_previous_roster_are_inputs(tmp_path: Path) -> None:
    """When they change, a run is no longer the same run; when they are missing, the check says so."""
    sections = {
        "forecast": {"drivers": [{"name": "orders", "path": "orders.csv"}]},
        "schedule": {"previous_roster": "last.csv"},
    }
    plan = plan_with(tmp_path, **sections)
    with pytest.raises(ConfigError) as caught:
        check_inputs(plan)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "forecast.drivers.0.path",
        "schedule.previous_roster",
    ]
    for name in ("orders.csv", "last.csv"):
        (tmp_path / name).write_text("x\n")
    assert [name for name, _ in input_files(plan)] == ["last.csv", "orders.csv"]
