"""The plan's sources to contacts, identifiers and rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omnistaff.ingest.load import PLAIN, Loaded, Loading, load_into
from omnistaff.ingest.registry import find_reader
from omnistaff.plan import Plan
from omnistaff.tables import ContactLog
from omnistaff.tables.store import IN_MEMORY, Store


@dataclass(frozen=True)
class Tally:
    """Where the rows of one source went: rows = legs + rejects + the sum of set_aside."""

    source: str
    rows: int
    contacts: int
    legs: int
    rejects: int
    set_aside: Counter[str]
    unknown: Counter[tuple[str, str]]


@dataclass(frozen=True)
class Ingested:
    """The contact log and the account of every source's rows."""

    log: ContactLog
    tallies: tuple[Tally, ...]


def read_contacts(plan: Plan, *, loading: Loading = PLAIN) -> ContactLog:
    """Return contacts, identifiers and rejects of every source in the plan that holds contacts.

    Raises ConfigError and ParseError of all sources at once: unknown readers, files that do not exist, files that
    are not of the format named, sources of which every row was rejected.
    """
    return _read(plan, loading, may_be_useless=False).log


def read_all(plan: Plan) -> Ingested:
    """Return what ``read_contacts`` does, with the account of every source's rows, useful or not."""
    return _read(plan, PLAIN, may_be_useless=True)


def _read(plan: Plan, loading: Loading, *, may_be_useless: bool) -> Ingested:
    with Store(IN_MEMORY) as store:
        load_into(plan, store, loading=loading, may_be_useless=may_be_useless)
        return Ingested(store.log(), tallies(plan, store))


def tallies(plan: Plan, store: Store) -> tuple[Tally, ...]:
    """Return the account of all rows that *store* keeps of the plan's sources."""
    found = []
    for source in plan.ingest:
        if find_reader(source.reader).gives == "contacts":
            contacts, legs, rejects = store.totals(source.label)
            rows, aside, unknown = store.counts(source.label)
            found.append(Tally(source.label, rows, contacts, legs, rejects, aside, unknown))
    return tuple(found)


def account(plan: Plan, store: Store, loaded: Sequence[Loaded]) -> list[dict[str, Any]]:
    """Return where the rows of each source went: files read and skipped, rows, rejects by reason, unknown codes."""
    files = {one.source: one for one in loaded}
    return [
        {
            "source": tally.source,
            "files_read": files[tally.source].new_files,
            "files_skipped": files[tally.source].skipped_files,
            "rows_read_now": files[tally.source].rows,
            "rows": tally.rows,
            "contacts": tally.contacts,
            "joined_rows": tally.legs,
            "set_aside": dict(sorted(tally.set_aside.items())),
            "rejects": store.reasons(tally.source),
            "unknown_codes": {f"{field}: {code}": n for (field, code), n in sorted(tally.unknown.items())},
        }
        for tally in tallies(plan, store)
    ]
