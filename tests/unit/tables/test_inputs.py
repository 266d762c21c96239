"""What ``omnistaff check`` finds before anything is read."""

from pathlib import Path

import pytest

from omnistaff.errors import ConfigError
from omnistaff.plan import make_plan
from omnistaff.tables.inputs import check_inputs


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
