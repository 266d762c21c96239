"""Rows protected before the store sees them: identifiers hashed, erased people under their hidden ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.ingest.parsed import is_among
from omnistaff.tables import ContactLog, Contacts, Identifiers, Rejects, check, empty
from omnistaff.tables.store import Piece

#: Takes contacts, identifiers and rejects and gives the same contacts, some under other ids, with other identifiers.
Protect = Callable[[ContactLog], ContactLog]


def protect_piece(piece: Piece, protect: Protect) -> Piece:
    """Return *piece* after *protect*, each row still with the file and row it is from.

    A contact that is there more than once is protected copy by copy, for a table has each id once.
    """
    copy = piece.contacts.groupby("contact_id").cumcount()
    done = [
        _protect_copies(piece, piece.contacts[copy == k], protect)
        for k in range(int(copy.max()) + 1 if len(copy) else 0)
    ]
    rejects = protect(ContactLog(empty(Contacts), empty(Identifiers), cast("DataFrame[Rejects]", piece.rejects)))
    if not done:
        return piece._replace(rejects=rejects.rejects)
    contacts, identifiers = (pd.concat(parts, ignore_index=True) for parts in zip(*done, strict=True))
    return Piece(contacts, identifiers, rejects.rejects)


def _protect_copies(piece: Piece, contacts: pd.DataFrame, protect: Protect) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (contacts, identifiers) of one copy of each contact."""
    origin = contacts[["contact_id", "file", "row", "updated_at"]]
    own = piece.identifiers.merge(origin[["contact_id", "file", "row"]], on=["contact_id", "file", "row"])
    log = _log(contacts, own)
    done = protect(log)
    hidden = origin.loc[~is_among(origin["contact_id"], done.contacts["contact_id"]), "contact_id"]
    new_id = {one: _new_id(log, one, protect) for one in hidden}
    if new_id:
        renamed = origin["contact_id"].map(new_id).fillna(origin["contact_id"]).astype("str")
        origin = origin.assign(contact_id=renamed)
    return (
        done.contacts.merge(origin, on="contact_id", validate="1:1"),
        done.identifiers.merge(origin.drop(columns="updated_at"), on="contact_id", validate="m:1"),
    )


def _log(contacts: pd.DataFrame, identifiers: pd.DataFrame) -> ContactLog:
    return ContactLog(
        check(Contacts, contacts[Contacts.column_names()]),
        check(Identifiers, identifiers[Identifiers.column_names()]),
        empty(Rejects),
    )


def _new_id(log: ContactLog, contact_id: str, protect: Protect) -> str:
    """Return the id that *protect* gives to one contact."""
    one = log.contacts[log.contacts["contact_id"] == contact_id]
    return str(protect(_log(one, log.identifiers[:0])).contacts["contact_id"].iloc[0])
