"""Which copy of a contact counts, decided in the store: a rule of the copies alone, not of the order they came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

OLDER = "older copy of a redelivered contact"
REJECTED_LEGS = "other rows of a rejected contact"
NOT_UNIQUE = "contact id is not unique"

#: Contacts with more than one row, and those whose counting copy may have gone.
_TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched AS
WITH again AS (
    SELECT hash(contact_id) AS h FROM contacts WHERE source = $source {among} GROUP BY h HAVING count(*) > 1
    UNION SELECT hash(contact_id) FROM contacts WHERE source = $source AND NOT is_newest
)
SELECT rowid AS place, contact_id, file, "row", updated_at, legs, is_newest, hash({content}) AS content,
       list_contains($files, file) AS is_fresh
FROM contacts WHERE source = $source AND hash(contact_id) IN (FROM again)
"""
_AMONG = "AND contact_id IN ({among})"
_FRESH = "source = $source AND list_contains($files, file)"

#: Within one file: the first by the rule stays, the others go.
_IN_FILE = f"""
CREATE OR REPLACE TEMP TABLE beaten AS
WITH ranked AS (
    SELECT *, row_number() OVER ranks AS rank, first_value(updated_at) OVER ranks AS best_update,
           first_value(content) OVER ranks AS best_content, first_value("row") OVER ranks AS best_row
    FROM touched WHERE is_fresh
    WINDOW ranks AS (
        PARTITION BY contact_id, file
        ORDER BY updated_at DESC NULLS LAST, CASE WHEN updated_at IS NULL THEN "row" ELSE -"row" END, place
    )
)
SELECT *, CASE WHEN best_update IS NOT NULL OR content = best_content THEN '{OLDER}' ELSE '{NOT_UNIQUE}' END AS why
FROM ranked WHERE rank > 1
"""
_REJECT = f"""
INSERT INTO rejects BY NAME
SELECT $source AS source, file, "row", why || CASE WHEN n = 1 THEN '' ELSE ' (' || n || ')' END AS reason, '' AS text
FROM (SELECT *, row_number() OVER (PARTITION BY file, "row" ORDER BY contact_id, place) AS n
      FROM beaten WHERE why = '{NOT_UNIQUE}')
"""
_ASIDE = f"""
SELECT file, coalesce(sum(legs) FILTER (why = '{OLDER}'), 0), coalesce(sum(legs - 1) FILTER (why = '{NOT_UNIQUE}'), 0)
FROM beaten GROUP BY file
"""
_DROP_BEATEN = (
    "DELETE FROM contacts WHERE rowid IN (SELECT place FROM beaten)",
    "DELETE FROM identifiers USING beaten WHERE identifiers.source = $source "
    "AND identifiers.contact_id = beaten.contact_id AND identifiers.file = beaten.file "
    'AND identifiers."row" = beaten."row" AND beaten."row" <> beaten.best_row',
    "DELETE FROM touched WHERE place IN (SELECT place FROM beaten)",
)

#: Over all files: the newest counts.
_NEWEST = """
CREATE OR REPLACE TEMP TABLE changed AS
SELECT place, contact_id, file, is_best FROM (
    SELECT *, 1 = row_number() OVER (PARTITION BY contact_id ORDER BY updated_at DESC NULLS LAST, file DESC)
           AS is_best
    FROM touched
) WHERE is_best <> is_newest OR is_fresh
"""
_MARK = (
    "UPDATE contacts SET is_newest = is_best FROM changed WHERE contacts.rowid = changed.place",
    "UPDATE identifiers SET is_newest = is_best FROM changed WHERE identifiers.source = $source "
    "AND identifiers.contact_id = changed.contact_id AND identifiers.file = changed.file",
)


def settle(
    connection: Any, source: str, files: Sequence[str], columns: Sequence[str], *, among: str = ""
) -> dict[str, Counter[str]]:
    """Mark the copy of each contact of *source* that counts; return {file: {reason: rows set aside}}.

    *files* are those just added, *among* a query for the ids that they brought; *columns* are compared to tell equal
    copies. A file's own rows settle among themselves first, so that a file is the same whatever else is loaded.
    """
    given = {"source": source, "files": list(files)}
    if not among and not _all_are_fresh(connection, given):
        among = f"SELECT contact_id FROM contacts WHERE {_FRESH}"
    content = ", ".join(f'"{name}"' for name in columns)
    where = _AMONG.format(among=among) if among else ""
    _run(connection, _TOUCHED.format(among=where, content=content), given)
    aside: dict[str, Counter[str]] = {}
    if _run(connection, "SELECT count(*) FROM touched", {})[0][0]:
        _run(connection, _IN_FILE, {})
        _run(connection, _REJECT, given)
        for file, older, lost in _run(connection, _ASIDE, {}):
            aside[file] = +Counter({OLDER: int(older), REJECTED_LEGS: int(lost)})
        for statement in (*_DROP_BEATEN, _NEWEST, *_MARK):
            _run(connection, statement, given)
    return aside


def _all_are_fresh(connection: Any, given: dict[str, Any]) -> bool:
    """Return whether all that is kept of the source was just added."""
    query = f"SELECT count(*) = count(*) FILTER ({_FRESH}) FROM contacts WHERE source = $source"
    return bool(_run(connection, query, given)[0][0])


def _run(connection: Any, statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    used = {name: value for name, value in given.items() if f"${name}" in statement}
    rows: list[tuple[Any, ...]] = connection.execute(statement, used or None).fetchall()
    return rows
