"""Logs into the store of a work folder, as identity asks: hashed where the plan says so, without erased people.

Below the pipeline, because ingest and identity are siblings that do not know each other.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.plan import Plan
from omnistaff.tables import ContactLog
from omnistaff.tables.files import Workspace, write_text
from omnistaff.tables.inputs import check_inputs
from omnistaff.tables.manifest import ACCOUNT
from omnistaff.tables.store import Store

if TYPE_CHECKING:
    from omnistaff.ingest import Loading, LoadStep

ERASE_KEY = "erase.key"


def check_plan(plan: Plan) -> int:
    """Return how many input files the plan names; ConfigError lists all that a run would stumble over in them.

    Beside what ``check_inputs`` finds: readers, channels, column maps, zones and formats that do not fit the first
    rows of each source, and mistakes in the files of people.
    """
    from omnistaff.ingest import list_mistakes

    files = 0
    mistakes: list[str] = []
    try:
        files = check_inputs(plan)
    except ConfigError as error:
        mistakes += error.problems
    mistakes += [problem for problem in list_mistakes(plan) if problem not in mistakes]
    if mistakes:
        raise ConfigError(f"plan {plan.name} asks for what is not there", mistakes)
    return files


def read_contacts(plan: Plan) -> ContactLog:
    """Return contacts, identifiers and rejects of every source in the plan that holds contacts.

    Identifiers are hashed where the plan names the environment variable of a key (``identity.hash_key_env``).
    Raises ConfigError and ParseError of all sources at once: unknown readers, files that do not exist, files that
    are not of the format named, sources of which every row was rejected.
    """
    from omnistaff import ingest

    return ingest.read_contacts(plan, loading=protection(plan))


def load_logs(plan: Plan, work: Workspace, *, progress: Callable[[LoadStep], None] | None = None) -> ContactLog:
    """Bring the work folder's store to what the plan's logs hold and return all of it; tell *progress* of long loads.

    ``ingest.json`` in the work folder says where the rows of each source went, for ``run.json``. Raises what
    ``read_contacts`` raises.
    """
    from omnistaff import ingest

    loading = protection(plan, work, progress=progress)
    with Store(work.store) as store:
        loaded = ingest.load_into(plan, store, loading=loading)
        account = ingest.account(plan, store, loaded)
        log = store.log()
    write_text(work.folder / ACCOUNT, json.dumps({"sources": account}, indent=2) + "\n")
    return log


def protection(
    plan: Plan, work: Workspace | None = None, *, progress: Callable[[LoadStep], None] | None = None
) -> Loading:
    """Return how logs of *plan* are loaded: what is done to rows before the store of *work* sees them."""
    from omnistaff.ingest import Loading

    key, erased = _hash_key(plan), _hide_erased(work) if work else None
    steps = [step for step in (erased, _hide_values(plan, key) if key else None) if step]
    if not steps:
        return Loading(progress=progress)
    settings = plan.identity.model_dump_json().encode()
    way = hmac.digest(key, b"omnistaff" + settings, hashlib.sha256).hex() if key else ""

    def protect(log: ContactLog) -> ContactLog:
        for step in steps:
            log = step(log)
        return log

    return Loading(protect=protect, protection=way, progress=progress)


def forget_stored(plan: Plan, work: Workspace, contact_ids: pd.Series[str]) -> None:
    """Take people who were erased from the tables of *work* out of its store too; *contact_ids* are their old ids."""
    from omnistaff.ingest import protect_stored

    protect = protection(plan, work).protect
    if work.store.exists() and protect:
        with Store(work.store) as store:
            protect_stored(store, contact_ids, work.read("rejects"), protect)


def _hash_key(plan: Plan) -> bytes | None:
    name = plan.identity.hash_key_env
    if name is None:
        return None
    if not os.environ.get(name):
        raise ConfigError(
            f"identity.hash_key_env is {name}, but this environment variable is not set: set it to the key"
        )
    return os.environ[name].encode()


def _hide_values(plan: Plan, key: bytes) -> Callable[[ContactLog], ContactLog]:
    from omnistaff.identity import hash_identifiers

    return lambda log: log._replace(identifiers=hash_identifiers(log.identifiers, plan.identity, key))


def _hide_erased(work: Workspace) -> Callable[[ContactLog], ContactLog] | None:
    """Return what keeps people erased who were erased from this work folder, None where nobody was."""
    from omnistaff.identity import suppress

    path = work.folder / ERASE_KEY
    if not path.exists():
        return None
    erased = _erased(work.read("contacts")) if work.has("contacts") else set()
    if work.store.exists():
        with Store(work.store) as store:
            erased |= store.ids_like("erased:%")
    key = path.read_bytes()
    return lambda log: suppress(log, erased, key)


def _erased(contacts: pd.DataFrame) -> set[str]:
    ids = contacts["contact_id"]
    return set(ids[ids.str.startswith("erased:")])
