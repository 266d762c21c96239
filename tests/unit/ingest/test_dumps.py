"""Dumps and reports that lack what they cannot be read without."""

from pathlib import Path
from typing import Any

import pytest

from omnistaff.errors import ParseError
from omnistaff.ingest import read_contacts
from omnistaff.plan import make_plan
from tests.unit.ingest.conftest import FORMATS


def test_a_dump_without_its_columns_is_told_all_that_it_lacks(tmp_path: Path) -> None:
    """A renamed column of one table and a lost one of another are named together."""
    (tmp_path / "conversations.csv").write_text("id,display_id,inbox_id,created\n1,1,1,2026-03-02 10:00:00\n")
    (tmp_path / "messages.csv").write_text("id,message_type,conversation_id,created_at,private\n1,0,1,,f\n")
    source = {"reader": "chatwoot", "path": "*.csv"}
    plan = make_plan(
        {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [source]}, folder=tmp_path
    )
    with pytest.raises(ParseError) as caught:
        read_contacts(plan)
    assert "table conversations has no column created_at: found id, display_id" in str(caught.value)
    assert "table messages has no column sender_type" in str(caught.value)


def test_five9_rows_without_a_call_id_are_rejects(read_sample: Any, tmp_path: Path) -> None:
    text = (FORMATS / "five9_call_log.csv").read_text()
    (tmp_path / "f.csv").write_text(text.replace("300000002,", '"",').replace("300000004,", ","))
    result = read_sample("f.csv", tmp_path, reader="five9_call_log", time_zone="America/Los_Angeles")
    assert result.log.contacts["contact_id"].tolist() == ["five9_call_log:300000001", "five9_call_log:300000003"]
    assert result.log.rejects["row"].tolist() == [3, 6]
    assert set(result.log.rejects["reason"]) == {"row has no CALL ID"}
