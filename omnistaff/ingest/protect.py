"""Rows protected before the store sees them: identifiers hashed, erased people under their hidden ids."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.ingest.parsed import is_among
from omnistaff.tables import ContactLog, Contacts, Identifiers, Rejects, check, empty
from omnistaff.tables.store import Piece, Store

#: Takes contacts, identifiers and rejects and gives the same contacts, some under other ids, with other identifiers.
Protect = Callable[[ContactLog], ContactLog]


class Protector:
    """One load's protection. Rejects wait for its end: what they must not mention may come with a later row."""

    def __init__(self, protect: Protect) -> None:
        self._protect = protect
        self._rejects: list[pd.DataFrame] = []
        self._hidden: list[tuple[pd.DataFrame, pd.DataFrame]] = []

    def piece(self, piece: Piece) -> Piece:
        """Return *piece* protected, each row still with the file and row it is from, its rejects kept back.

        A contact that is there more than once is protected copy by copy, for a table has each id once.
        """
        self._rejects.append(piece.rejects)
        copy = piece.contacts.groupby("contact_id").cumcount()
        done = [self._copies(piece, rows) for _, rows in piece.contacts.groupby(copy)]
        if not done:
            return piece._replace(rejects=empty(Rejects))
        contacts, identifiers = (pd.concat(parts, ignore_index=True) for parts in zip(*done, strict=True))
        return Piece(contacts, identifiers, empty(Rejects))

    def rejects(self) -> DataFrame[Rejects]:
        """Return the rejects of all pieces so far, protected."""
        rejects = pd.concat([empty(Rejects), *self._rejects], ignore_index=True)
        contacts = [empty(Contacts), *(contacts for contacts, _ in self._hidden)]
        identifiers = [empty(Identifiers), *(identifiers for _, identifiers in self._hidden)]
        log = ContactLog(
            check(Contacts, pd.concat(contacts, ignore_index=True).drop_duplicates("contact_id")),
            check(Identifiers, pd.concat(identifiers, ignore_index=True).drop_duplicates()),
            check(Rejects, rejects),
        )
        self._rejects = []
        return self._protect(log).rejects

    def _copies(self, piece: Piece, contacts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return (contacts, identifiers) of one copy of each contact."""
        origin = contacts[["contact_id", "file", "row", "updated_at"]]
        own = piece.identifiers.merge(origin[["contact_id", "file", "row"]], on=["contact_id", "file", "row"])
        log = _log(contacts, own)
        done = self._protect(log)
        hidden = origin.loc[~is_among(origin["contact_id"], done.contacts["contact_id"]), "contact_id"]
        if len(hidden):
            new_id = {contact_id: self._new_id(log, contact_id) for contact_id in hidden}
            renamed = origin["contact_id"].map(new_id).fillna(origin["contact_id"]).astype("str")
            origin = origin.assign(contact_id=renamed)
        return (
            done.contacts.merge(origin, on="contact_id", validate="1:1"),
            done.identifiers.merge(origin.drop(columns="updated_at"), on="contact_id", validate="m:1"),
        )

    def _new_id(self, log: ContactLog, contact_id: str) -> str:
        """Return the id that hides one contact, and remember what it was."""
        one = log.contacts[log.contacts["contact_id"] == contact_id]
        named = log.identifiers[log.identifiers["contact_id"] == contact_id]
        self._hidden.append((one, named))
        return str(self._protect(_log(one, named)).contacts["contact_id"].iloc[0])


def _log(contacts: pd.DataFrame, identifiers: pd.DataFrame) -> ContactLog:
    return ContactLog(
        check(Contacts, contacts[Contacts.column_names()]),
        check(Identifiers, identifiers[Identifiers.column_names()]),
        empty(Rejects),
    )


def protect_stored(store: Store, contact_ids: pd.Series[str], rejects: DataFrame[Rejects], protect: Protect) -> None:
    """Protect what *store* holds of some contacts, in all their copies, and its rejects.

    What *rejects* say of the store's rejected rows replaces what the store says: they are protected already, by more
    than the store knows of these contacts. The file is written anew, so that nothing of the rows is left in it.
    """
    protector = Protector(protect)
    with store.loading():
        kept, key = store.read("rejects"), Rejects.key_columns()
        newest = pd.concat([rejects, kept], ignore_index=True).drop_duplicates(key)
        known = kept[key].merge(newest, on=key, validate="1:1")
        hidden = protector.piece(store.take(contact_ids)._replace(rejects=known))
        store.add(hidden)
        for source in hidden.contacts["source"].unique():
            store.settle(source, [], among=hidden.contacts["contact_id"])
        store.put_rejects(protector.rejects())
    store.compact()
