"""Following a log: who comes is known at once, and the tables are those of a full run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from omnistaff import identity, timeline
from omnistaff.follow import LiveHistory, _Desk, follow_log
from omnistaff.plan import make_plan
from omnistaff.tables import ContactLog, Contacts, Identifiers, Rejects, check, conform, empty
from omnistaff.tables.files import Workspace

PLAN = make_plan({"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "identity": {"default_region": "CO"}})
MONDAY = pd.Timestamp("2026-01-05 08:00", tz="UTC")


def log(*rows: tuple[str, float, str, str, dict[str, str]]) -> ContactLog:
    """Return a log from contact id, hours after Monday, channel, reason and identifiers of each contact."""
    table = pd.DataFrame(
        [{"contact_id": i, "arrived_at": MONDAY + pd.Timedelta(hours=h), "channel": c, "reason": r or None}
         for i, h, c, r, _ in rows]
    )  # fmt: skip
    table = table.assign(source="t", direction="inbound", effort_basis="measured", outcome="answered")
    table = table.assign(is_demand=True, legs=1)
    said = [(row[0], kind, value, "t") for row in rows for kind, value in row[4].items()]
    identifiers = pd.DataFrame(said, columns=["contact_id", "kind", "value", "source"])
    return ContactLog(
        check(Contacts, conform(Contacts, table)),
        check(Identifiers, conform(Identifiers, identifiers)),
        empty(Rejects),
    )


ANA = {"email": "Ana@Empresa.co", "phone": "300 123 4567"}
FIRST = log(
    ("m1", 0, "email", "card lost", ANA), ("v1", 1, "voice", "loan", {"phone": "3009998877"}),
    ("v2", 30, "voice", "loan", {"phone": "3009998877"}),
)  # fmt: skip
PIECES = [
    log(("w1", 96, "whatsapp", "card lost", {"phone": "+573001234567"}), ("x1", 97, "web_chat", "", {})),
    log(("v2", 30, "voice", "card lost", {"phone": "3001234567"})),  # the caller turned out to be Ana
    log(("c1", 100, "web_chat", "loan", {"email": "ana@empresa.co"})),
]


def test_an_arrival_says_who_it_is_and_what_they_came_with_before() -> None:
    found = LiveHistory(FIRST, PLAN).take(PIECES[0])
    seen, new = found
    assert (seen.contact.contact_id, seen.rule, seen.contacts_before) == ("w1", "exact:phone", 1)
    assert seen.before[0][1:] == ("m1", "email", "card lost", "answered")
    assert (new.rule, new.contacts_before, new.before) == ("single", 0, ())


def test_the_live_chronology_is_that_of_all_contacts_at_once() -> None:
    live = LiveHistory(FIRST, PLAN)
    for piece in PIECES:
        live.take(piece)
        whole = live.log()
        identities = live.identities(whole.contacts)
        expected = timeline.build_timeline(whole.contacts, identities, PLAN)
        for ours, theirs in zip(live.history(whole.contacts, identities), expected, strict=True):
            pd.testing.assert_frame_equal(ours, theirs)
    full = identity.resolve(whole.contacts, whole.identifiers, PLAN).identities
    groups = [set(table.groupby("customer_id")["contact_id"].agg(frozenset)) for table in (identities, full)]
    assert groups[0] == groups[1]
    pd.testing.assert_frame_equal(identities[["contact_id", "rule"]], full[["contact_id", "rule"]])


def test_the_tables_are_written_while_the_log_is_followed_and_whole_at_the_end(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    seen: list[Any] = []

    for found in follow_log(iter(PIECES), FIRST, PLAN, work, refresh_s=0.01):
        seen += [arrival.contact.contact_id for arrival in found]
    assert seen == ["w1", "x1", "v2", "c1"]
    identities = work.read("identities").set_index("contact_id")["customer_id"]
    assert identities["m1"] == identities["w1"] == identities["v2"] == identities["c1"] != identities["v1"]
    assert len(work.read("timeline")) == len(work.read("contacts")) == 6
    assert len(work.read("identity_edges")) > 0
    assert work.read("customers")["contacts"].sum() == 6


def test_tables_that_could_not_be_written_are_written_the_next_time(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    blocked = tmp_path / "tables"
    blocked.write_text("a file where the folder should be")
    desk = _Desk(LiveHistory(FIRST, PLAN), work, 60)
    with pytest.raises(OSError, match="tables"), desk:
        pass
    blocked.unlink()
    desk._write()
    assert len(work.read("contacts")) == 3
