"""Customers in a work folder: find one, see the whole chronology, split, join, erase.

Decisions are kept in the edge table, so they hold in every later run; after each one the identities and the timeline
are made again. Beside the pipeline, because it needs two stages.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.intake import forget_stored
from omnistaff.pipeline import ERASE_KEY, read_resolution, run_stages
from omnistaff.plan import Plan
from omnistaff.tables import ContactLog, History, Resolution
from omnistaff.tables.files import Workspace
from omnistaff.timeline.channels import ChannelChange
from omnistaff.timeline.context import ContextCard
from omnistaff.timeline.suggest import SuggestedSegments

REMADE = ("identity", "timeline")
FIT = ["reason", "channel", "contacts", "back_likely", "moves_share", "transfer_share", "matter_s", "fails"]


def find_customer(who: str, plan: Plan, work: Workspace) -> str:
    """Return the id of the customer that *who* means: a customer or contact id, phone, e-mail, handle or account.

    ConfigError when nobody or several customers are meant; several are listed.
    """
    from omnistaff.identity import find_customers

    found = find_customers(who, work.read("identities"), work.read("identifiers"), plan.identity)
    if not found:
        raise ConfigError(f"no customer is known by {who!r}: expected an id, phone, e-mail, handle or account")
    if len(found) > 1:
        raise ConfigError(f"{who!r} may be one of {len(found)} customers, name one by its id", found[:20])
    return found[0]


def show_customer(who: str, plan: Plan, work: Workspace) -> ContextCard:
    """Return the context card of the customer that *who* means: chronology, open cases, likely next reason."""
    from omnistaff.timeline import context, train_reasons

    contacts, history = work.read("contacts"), _history(work)
    customer_id = find_customer(who, plan, work)
    reasons = train_reasons(contacts, history)
    return context(customer_id, contacts, history, plan, reasons=reasons)


def suggest_segments(work: Workspace, *, count: int = 3) -> SuggestedSegments:
    """Return *count* segments, as rules for the plan, that foretell need and that customers keep."""
    from omnistaff import timeline

    return timeline.suggest_segments(work.read("contacts"), work.read("timeline"), count=count)


def worst_channels(work: Workspace) -> pd.DataFrame:
    """Return what becomes of each reason on each channel, those whose customers come back most likely first."""
    return work.read("channel_fit")[FIT].sort_values("back_likely", ascending=False, ignore_index=True)


def change_channels(
    work: Workspace,
    *,
    from_channel: str | None = None,
    to_channel: str | None = None,
    reasons: Collection[str] | None = None,
    share: float = 1.0,
) -> ChannelChange:
    """Return what it does to the work when matters begin on another channel, or one opens or closes."""
    from omnistaff import timeline

    ends = {"from_channel": from_channel, "to_channel": to_channel}
    return timeline.change_channels(work.read("contacts"), _history(work), **ends, reasons=reasons, share=share)


def split_off(contact_ids: Sequence[str], plan: Plan, work: Workspace) -> None:
    """Make *contact_ids*, part of one customer, a customer of their own, now and in every later run."""
    from omnistaff.identity import split_customer

    _decide(split_customer(read_resolution(work), contact_ids, _now(work)), plan, work)


def join_contacts(left_id: str, right_id: str, plan: Plan, work: Workspace) -> None:
    """Make the customers of two contacts one, now and in every later run."""
    from omnistaff.identity import link_contacts

    _decide(link_contacts(read_resolution(work), left_id, right_id, _now(work)), plan, work)


def undo_edge(edge_id: str, plan: Plan, work: Workspace) -> None:
    """Take an edge back, so that what it joined falls apart unless something else holds it."""
    from omnistaff.identity import revoke_edge

    _decide(revoke_edge(read_resolution(work), edge_id, _now(work)), plan, work)


def erase(who: str, plan: Plan, work: Workspace) -> int:
    """Erase the person that *who* means from every table; return how many contacts were theirs.

    Identifiers, names, threads and ids go; the contacts stay as anonymous counts, so demand is unchanged. The key in
    ``erase.key`` keeps logs that are read again from bringing the person back: keep it, and keep it secret.
    """
    from omnistaff.identity import erase_customer

    customer_id = find_customer(who, plan, work)
    identities = work.read("identities")
    log = ContactLog(work.read("contacts"), work.read("identifiers"), work.read("rejects"))
    key = _erase_key(work.folder / ERASE_KEY)
    gone = erase_customer(log, read_resolution(work), customer_id, plan.identity, key, _now(work))
    for name, table in gone.log._asdict().items():
        work.write(name, table)
    forget_stored(plan, work, identities.loc[identities["customer_id"] == customer_id, "contact_id"])
    shutil.rmtree(work.folder / "whatif", ignore_errors=True)  # copies of the tables as they were
    _decide(gone.resolution, plan, work)
    return int((identities["customer_id"] == customer_id).sum())


def _history(work: Workspace) -> History:
    return History(work.read("timeline"), work.read("cases"), work.read("customers"))


def _decide(resolution: Resolution, plan: Plan, work: Workspace) -> None:
    work.write("identity_edges", resolution.edges)
    work.write("identity_events", resolution.events)
    work.write("identity_review", resolution.review)
    work.write("identities", resolution.identities)
    run_stages(REMADE, plan, work)


def _now(work: Workspace) -> pd.Timestamp:
    """Return the time of a decision: the log's last contact, so that the same decisions give the same tables."""
    return pd.Timestamp(work.read("contacts")["arrived_at"].max())


def _erase_key(path: Path) -> bytes:
    if not path.exists():
        path.write_bytes(secrets.token_bytes(32))
        path.chmod(0o600)
    return path.read_bytes()
