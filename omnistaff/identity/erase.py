"""Forgetting a person: nothing that points at them stays, and what was demand stays demand.

The erased contacts keep their time, channel, reason and work under ids that nobody can trace back without the key,
held together so that the chronology counts the same first contacts and repeats. The new ids are also the
suppression list: the same logs read again get them again, and no identifiers.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.identity.decide import make_decisions
from omnistaff.identity.normalise import normalise
from omnistaff.plan import Identity
from omnistaff.tables import (
    ContactLog,
    Contacts,
    Identifiers,
    Identities,
    IdentityEdges,
    IdentityEvents,
    IdentityReview,
    Rejects,
    Resolution,
    check,
)
from omnistaff.tables.keys import hash_text, spell

PREFIX = "erased:"
FORGOTTEN = ("thread_id", "language")


class Erased(NamedTuple):
    """The tables without the person; resolve again with ``resolution`` as previous to get identities."""

    log: ContactLog
    resolution: Resolution


def erase_customer(
    log: ContactLog, resolution: Resolution, customer_id: str, settings: Identity, key: bytes, at: pd.Timestamp
) -> Erased:
    """Return the tables without *customer_id*: identifiers, names, thread, ids and edges are gone, demand is not.

    *key* hides the erased contact ids; keep it secret and keep it, so that logs read again stay erased. Raises
    ConfigError when there is no such customer.
    """
    chosen = resolution.identities.loc[resolution.identities["customer_id"] == customer_id, "contact_id"]
    if chosen.empty:
        raise ConfigError(f"no customer is called {customer_id}: look it up by phone or e-mail with find_customers")
    new_id = {contact: _hidden(contact, key) for contact in chosen}
    mine = log.identifiers["contact_id"].isin(new_id)
    traces = _traces(log.identifiers[mine], settings) | set(chosen) | {customer_id}
    nobody = "Z" + _hidden(customer_id, key).removeprefix(PREFIX)[:16]
    return Erased(_forget_log(log, new_id, traces), _forget_resolution(resolution, new_id, nobody, traces, at))


def suppress(log: ContactLog, erased_ids: set[str], key: bytes) -> ContactLog:
    """Return a log read again with the contacts that were erased before under their new ids, without identifiers."""
    if not erased_ids:
        return log
    hidden = {contact: _hidden(contact, key) for contact in log.contacts["contact_id"]}
    new_id = {contact: new for contact, new in hidden.items() if new in erased_ids}
    mine = log.identifiers["contact_id"].isin(new_id)
    return _forget_log(log, new_id, set(log.identifiers.loc[mine, "value"]) | set(new_id))


def _hidden(text: str, key: bytes) -> str:
    return PREFIX + hmac.digest(key, text.encode(), hashlib.sha256)[:16].hex()


def _traces(identifiers: pd.DataFrame, settings: Identity) -> set[str]:
    """Return the person's values as they were written and as they are spelt."""
    if identifiers.empty:
        return set()
    spelt = normalise(identifiers[["kind", "value"]], settings)
    return set(identifiers["value"]) | set(spelt["value"])


def _mentions(text: pd.Series[str], traces: set[str]) -> pd.Series[bool]:
    found = [any(trace in value for trace in traces) for value in text.fillna("").tolist()]
    return pd.Series(found, index=text.index, dtype="bool")


def _forget_log(log: ContactLog, new_id: dict[str, str], traces: set[str]) -> ContactLog:
    contacts = log.contacts
    mine = contacts["contact_id"].isin(new_id)
    renamed = contacts["contact_id"].map(new_id).fillna(contacts["contact_id"]).astype("str")
    blank = {name: contacts[name].mask(mine) for name in FORGOTTEN}
    text = log.rejects["text"].mask(_mentions(log.rejects["text"], traces), "erased")
    return ContactLog(
        check(Contacts, contacts.assign(contact_id=renamed, **blank)),
        check(Identifiers, log.identifiers[~log.identifiers["contact_id"].isin(new_id)]),
        check(Rejects, log.rejects.assign(text=text.astype("str"))),
    )


def _forget_resolution(
    resolution: Resolution, new_id: dict[str, str], nobody: str, traces: set[str], at: pd.Timestamp
) -> Resolution:
    identities, edges, events, review = resolution
    mine = identities["contact_id"].isin(new_id)
    renamed = identities.assign(
        contact_id=identities["contact_id"].map(new_id).fillna(identities["contact_id"]).astype("str"),
        customer_id=identities["customer_id"].mask(mine, nobody),
    )
    gone = edges["left_id"].isin(new_id) | edges["right_id"].isin(new_id)
    ids = sorted(new_id.values())
    held = make_decisions("must_link", ids[:-1], ids[1:], at)
    kept_events = events[
        ~events["edge_id"].isin(edges.loc[gone, "edge_id"])
        & ~_mentions(events["other_id"], traces)
        & ~events["customer_id"].isin(traces)
    ]
    seen = review["left_id"].isin(new_id) | review["right_id"].isin(new_id)
    return Resolution(
        check(Identities, renamed),
        check(IdentityEdges, pd.concat([part for part in (edges[~gone], held) if len(part)] or [held])),
        check(IdentityEvents, pd.concat([kept_events, _erase_event(nobody, at)], ignore_index=True)),
        check(IdentityReview, review[~seen].reset_index(drop=True)),
    )


def _erase_event(nobody: str, at: pd.Timestamp) -> pd.DataFrame:
    event = pd.DataFrame(
        {"kind": ["erase"], "customer_id": [nobody], "other_id": [None], "edge_id": [None]}, dtype="str"
    )
    event_id = spell("V", hash_text((event["kind"] + event["customer_id"]).to_numpy()))
    return event.assign(event_id=pd.Series(event_id, dtype="str"), at=at.as_unit("us"))
