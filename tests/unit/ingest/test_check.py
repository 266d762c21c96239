"""What `omnistaff check` finds in the beginning of each source, all together, with keys and nearest names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omnistaff.errors import ConfigError
from omnistaff.intake import check_plan
from omnistaff.plan import make_plan
from tests.unit.ingest.conftest import FORMATS

GOOD = {
    "reader": "csv", "path": "b.csv", "channel": "voice", "time_zone": "Europe/Madrid",
    "columns": {"contact_id": "id", "arrived_at": "opened"},
}  # fmt: skip


def check(folder: Path, *sources: dict[str, Any], **more: Any) -> int:
    content = {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": list(sources), **more}
    return check_plan(make_plan(content, folder=folder))


def test_a_sound_plan_passes(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("id,opened\n1,2026-04-05 09:00\n")
    assert check(tmp_path, GOOD) == 1


def test_all_mistakes_come_together_with_key_and_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("id,opened\n1,2026-04-05 09:00\n")
    (tmp_path / "agents.csv").write_text("agent,skills\na,q\n")
    with pytest.raises(ConfigError) as caught:
        check(
            tmp_path,
            {**GOOD, "name": "map", "columns": {"contact_idd": "id", "arrived_at": "openned"}},
            {**GOOD, "name": "channel", "channel": "voise"},
            {**GOOD, "name": "zone", "time_zone": None},
            {**GOOD, "name": "file", "path": "c.csv"},
            {"reader": "zendesk_ticket", "path": "b.csv"},
            {
                "reader": "interval_csv", "path": str(FORMATS / "generic_interval_european.csv"),
                "columns": {"interval_start": "Datums", "queue": "Queue", "offered": "Angebot"},
            },
            {**GOOD, "name": "format", "time_format": "%d/%m/%Y %H:%M"},
            agents="agents.csv",
        )  # fmt: skip
    text = str(caught.value)
    for part in (
        "ingest.0.columns.contact_idd: unknown, did you mean contact_id?",
        "ingest.0.columns.arrived_at: b.csv has no column 'openned', did you mean 'opened'?",
        "ingest.1.channel: 'voise' is unknown, did you mean voice?",
        "ingest.2: every row would be rejected, first row 2: arrived_at: stamp has no time zone",
        "ingest.3.path: c.csv matches no file",
        "ingest.4.reader: reader 'zendesk_ticket' is unknown, did you mean zendesk_tickets",
        "ingest.5.columns.interval_start: no column 'Datums'",
        "ingest.6: every row would be rejected, first row 2: arrived_at: stamp is not understood: 2026-04-05 09:00"
        " (time_format is %d/%m/%Y %H:%M)",
        "agent_id",
    ):
        assert part in text
