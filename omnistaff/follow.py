"""Contacts as they happen: who it is, what they came with before, and the tables kept current within seconds.

One contact changes only the customer it belongs to: identity looks at that cluster alone, and the chronology is built
again for the customers that changed. Beside the pipeline, because it needs two stages.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.identity.live import LiveCustomers
from omnistaff.pipeline import RESOLUTION_TABLES, read_resolution, run_stages
from omnistaff.plan import Plan
from omnistaff.tables import (
    Cases,
    ContactLog,
    Contacts,
    Customers,
    History,
    Identifiers,
    Identities,
    Rejects,
    Resolution,
    Timeline,
    check,
)
from omnistaff.tables.files import Workspace
from omnistaff.timeline import build_timeline

REFRESH_S = 2.0
SHOWN = 3


class Earlier(NamedTuple):
    """A contact that an agent should know of; ``at`` is in microseconds since 1970."""

    at: int
    contact_id: str
    channel: str
    reason: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A contact that has just come in, its customer, how they were recognised, and their latest contacts before."""

    contact: Earlier
    customer_id: str
    rule: str
    contacts_before: int
    before: tuple[Earlier, ...]


class LiveHistory:
    """Customers and chronology of a log that grows."""

    def __init__(self, log: ContactLog, plan: Plan, previous: Resolution | None = None) -> None:
        self._plan = plan
        self._logs = [log]
        self._live = LiveCustomers.load(log.contacts, log.identifiers, plan.identity, previous)
        self._facts: dict[str, Earlier] = {}
        self._history: History | None = None
        self._touched: set[str] = set()
        self._note(log.contacts)

    def take(self, log: ContactLog) -> list[Arrival]:
        """Take some contacts, in their order of arrival; return who they are and what came before."""
        said: dict[str, list[tuple[str, str]]] = {}
        columns = (log.identifiers[name].tolist() for name in ("contact_id", "kind", "value"))
        for contact, kind, value in zip(*columns, strict=True):
            said.setdefault(contact, []).append((kind, value))
        self._logs.append(log)
        return [self.add(fact, said.get(fact.contact_id, [])) for fact in sorted(self._note(log.contacts))]

    def add(self, contact: Earlier, identifiers: Iterable[tuple[str, str]]) -> Arrival:
        """Find the customer of one contact and what they came with before."""
        own = self._live.customer.get(contact.contact_id)
        if own is not None:
            self._touched.add(own)
        self._facts[contact.contact_id] = contact
        for changed in self._live.add(contact.contact_id, contact.at, identifiers):
            self._touched.add(self._live.customer[changed])
        customer = self._live.customer[contact.contact_id]
        facts = [self._facts[other] for other in self._live.contacts_with(contact.contact_id)]
        before = sorted(fact for fact in facts if fact < contact)
        return Arrival(
            contact, customer, self._live.rule(contact.contact_id), len(before), tuple(before[: -SHOWN - 1 : -1])
        )

    def log(self) -> ContactLog:
        """Return all contacts, identifiers and rejects; of a contact that came again, what was said last."""
        contacts = _numbered(log.contacts for log in self._logs).drop_duplicates("contact_id", keep="last")
        identifiers = _numbered(log.identifiers for log in self._logs)
        newest = identifiers["contact_id"].map(contacts.set_index("contact_id")["piece"])
        identifiers = identifiers[(identifiers["piece"] == newest).to_numpy(dtype=bool)]
        rejects = _numbered(log.rejects for log in self._logs).drop_duplicates(Rejects.key_columns(), keep="last")
        whole = ContactLog(
            check(Contacts, contacts.drop(columns="piece")),
            check(Identifiers, identifiers.drop(columns="piece")),
            check(Rejects, rejects.drop(columns="piece")),
        )
        self._logs = [whole]
        return whole

    def identities(self, contacts: DataFrame[Contacts]) -> DataFrame[Identities]:
        """Return the identities of *contacts*, with probability 1 until a full run has weighed the evidence."""
        ids = contacts["contact_id"]
        rules = [self._live.rule(contact) for contact in ids.tolist()]
        table = pd.DataFrame({"contact_id": ids, "customer_id": ids.map(self._live.customer), "rule": rules})
        return check(Identities, table.astype("str").assign(probability=1.0))

    def history(self, contacts: DataFrame[Contacts], identities: DataFrame[Identities]) -> History:
        """Return the chronology; only the customers that changed since the last call are built again."""
        if self._history is None:
            self._history = build_timeline(contacts, identities, self._plan)
        elif self._touched:
            mine = identities[identities["customer_id"].isin(self._touched)]
            rows = contacts[contacts["contact_id"].isin(mine["contact_id"])]
            fresh = build_timeline(check(Contacts, rows), check(Identities, mine), self._plan)
            self._history = History(
                check(Timeline, self._renewed(self._history.timeline, fresh.timeline)),
                check(Cases, self._renewed(self._history.cases, fresh.cases)),
                check(Customers, self._renewed(self._history.customers, fresh.customers)),
            )
        self._touched.clear()
        return self._history

    def _renewed(self, before: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
        kept = before[~before["customer_id"].isin(self._touched)]
        return pd.concat([part for part in (kept, fresh) if len(part)] or [before], ignore_index=True)

    def _note(self, contacts: pd.DataFrame) -> list[Earlier]:
        known = contacts["reason"].notna().tolist()
        columns = [contacts["arrived_at"].astype("int64"), *(contacts[name] for name in Earlier._fields[1:])]
        rows = zip(*(column.tolist() for column in columns), strict=True)
        facts = [
            Earlier(*row) if has else Earlier(*row)._replace(reason="") for row, has in zip(rows, known, strict=True)
        ]
        self._facts.update((fact.contact_id, fact) for fact in facts)
        return facts


def follow_log(
    pieces: Iterable[ContactLog], log: ContactLog, plan: Plan, work: Workspace, *, refresh_s: float = REFRESH_S
) -> Iterator[list[Arrival]]:
    """Yield who came, portion by portion, and keep the tables of *work* current while the log grows.

    *log* is what was known before, *pieces* what comes (``ingest.follow``). Contacts, identities, timeline, cases
    and customers are written at most *refresh_s* seconds (and the time that writing takes) after a change. When the
    pieces end, identity and timeline run once more as stages, for the model's links, the evidence and the events.
    """
    previous = read_resolution(work) if all(map(work.has, RESOLUTION_TABLES)) else None
    live = LiveHistory(log, plan, previous)
    desk = _Desk(live, work, refresh_s)
    with work.held():
        with desk:
            for piece in pieces:
                with desk.lock:
                    found = live.take(piece)
                    desk.is_stale = True
                yield found
        run_stages(("identity", "timeline"), plan, work)


class _Desk:
    """Writes the tables now and then, in a thread, while the log is followed."""

    def __init__(self, live: LiveHistory, work: Workspace, refresh_s: float) -> None:
        self.lock = threading.Lock()
        self.is_stale = True
        self._live, self._work, self._refresh_s = live, work, refresh_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep_current, daemon=True)

    def __enter__(self) -> _Desk:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()
        self._write()

    def _keep_current(self) -> None:
        while not self._done.wait(self._refresh_s):
            self._write()

    def _write(self) -> None:
        if not self.is_stale:
            return
        try:
            for name, table in self._tables().items():
                self._work.write(name, table)
        except BaseException:
            self.is_stale = True  # so that the last write tries again and says what is wrong
            raise

    def _tables(self) -> dict[str, pd.DataFrame]:
        with self.lock:
            self.is_stale = False
            log = self._live.log()
            identities = self._live.identities(log.contacts)
            history = self._live.history(log.contacts, identities)
        return {**log._asdict(), "identities": identities, **history._asdict()}


def _numbered(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return all rows of *frames* with the number of their frame in ``piece``."""
    return pd.concat([frame.assign(piece=k) for k, frame in enumerate(frames)], ignore_index=True)
