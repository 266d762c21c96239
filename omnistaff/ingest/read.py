"""The plan's sources to contacts, identifiers and rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import ConfigError, OmnistaffError, ParseError
from omnistaff.ingest.files import find_files
from omnistaff.ingest.finish import finish
from omnistaff.ingest.parsed import Input, join
from omnistaff.ingest.registry import Reader, find_reader
from omnistaff.plan import Plan, Source
from omnistaff.tables import ContactLog, Contacts, Identifiers, Rejects, check, empty


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


def read_contacts(plan: Plan) -> ContactLog:
    """Return contacts, identifiers and rejects of every source in the plan that holds contacts.

    Raises ConfigError and ParseError of all sources at once: unknown readers, files that do not exist, files that
    are not of the format named.
    """
    read = read_all(plan)
    rejects = read.log.rejects
    unusable = [tally.source for tally in read.tallies if tally.rejects and not tally.contacts]
    if unusable:
        raise together([_nothing_usable(name, rejects[rejects["source"] == name]) for name in unusable])
    return read.log


def read_all(plan: Plan) -> Ingested:
    """Return what ``read_contacts`` does, with the account of every source's rows."""
    logs: list[ContactLog] = []
    tallies: list[Tally] = []
    failures: list[OmnistaffError] = []
    for source in plan.ingest:
        try:
            reader = find_reader(source.reader)
            if reader.gives == "contacts":
                log, tally = read_source(source, reader, plan)
                logs.append(log)
                tallies.append(tally)
        except OmnistaffError as error:
            failures.append(error)
    if failures:
        raise together(failures)
    return Ingested(_stack(logs), tuple(tallies))


def read_source(source: Source, reader: Reader, plan: Plan) -> tuple[ContactLog, Tally]:
    """Return one source's contact log and the account of its rows."""
    files = [] if source.query else find_files(source, plan.folder)
    parsed = join(list(reader.load()(Input(source, files))))
    log = finish(parsed, source)
    aside = Counter({reason: n for reason, n in parsed.set_aside.items() if n})
    legs = int(log.contacts["legs"].sum())
    tally = Tally(source.label, parsed.rows, len(log.contacts), legs, len(log.rejects), aside, parsed.unknown)
    return log, tally


def _nothing_usable(label: str, rejects: pd.DataFrame) -> ParseError:
    """Return the error for a source of which every row was rejected: the settings are wrong, not the rows."""
    reasons = rejects["reason"].value_counts()
    first = rejects.iloc[0]
    return ParseError(
        f"{label}: all {len(rejects)} rows were rejected, first {first['file']} row {first['row']}; "
        "check the entry's columns, time_zone and formats with `omnistaff ingest --preview`",
        [f"{count} rows: {reason}" for reason, count in reasons.head(5).items()],
    )


def together(failures: Sequence[OmnistaffError]) -> OmnistaffError:
    """Return one error that names every failure."""
    if len(failures) == 1:
        return failures[0]
    return ConfigError(f"{len(failures)} ingest sources cannot be read", [str(error) for error in failures])


def _stack(logs: Sequence[ContactLog]) -> ContactLog:
    if not logs:
        return ContactLog(empty(Contacts), empty(Identifiers), empty(Rejects))
    if len(logs) == 1:
        return logs[0]
    contacts = pd.concat([log.contacts for log in logs], ignore_index=True)
    identifiers = pd.concat([log.identifiers for log in logs], ignore_index=True)
    rejects = pd.concat([log.rejects for log in logs], ignore_index=True)
    return ContactLog(
        cast("DataFrame[Contacts]", check(Contacts, contacts)),
        cast("DataFrame[Identifiers]", check(Identifiers, identifiers)),
        cast("DataFrame[Rejects]", check(Rejects, rejects)),
    )
