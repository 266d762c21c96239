"""Which values identify somebody: from normalised identifiers to ties between contacts and values.

A value used by several people must not join them. How often it occurs says nothing (heavy customers would lose their
own number); what tells is how many *different* unique ids, or given names, it was seen with. Such a shared
value still counts together with a given name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff.identity.normalise import normalise
from omnistaff.plan import Identity

Codes = NDArray[np.int64]

#: Prior of the share of values of a kind that belong to one person: 95 %, worth 20 values.
PRIOR_RIGHT, PRIOR_SEEN = 19.0, 20.0


@dataclass(frozen=True)
class Evidence:
    """What contacts say of who their customer is, as integer codes.

    ``values`` has one row a different value: kind, value, reason. ``rows`` has one row for each contact and value
    that may link: contact, value; ``described`` the same for values that only describe. ``names`` is each contact's
    given-name code, -1 without.
    """

    contacts: int
    values: pd.DataFrame
    rows: pd.DataFrame
    described: pd.DataFrame
    names: Codes
    name_keys: NDArray[Any]


def gather(contact_ids: pd.Series[str], identifiers: pd.DataFrame, settings: Identity) -> Evidence:
    """Return the evidence in *identifiers*; contact codes follow the order of *contact_ids*."""
    raw = pd.factorize(identifiers["kind"] + "\x1f" + identifiers["value"])[0]
    first = np.unique(raw, return_index=True)[1]
    spelt = normalise(identifiers[["kind", "value"]].iloc[first].reset_index(drop=True), settings)
    code, keys = pd.factorize(spelt["kind"] + "\x1f" + spelt["value"], sort=True)
    # of spellings that meet in one value, a reason not to use it outweighs none
    order = np.lexsort((spelt["reason"].to_numpy(dtype=object), code))
    values = spelt.iloc[order[np.append(np.diff(code[order]) > 0, True)]] if len(order) else spelt
    contact = pd.Index(contact_ids).get_indexer(pd.Index(identifiers["contact_id"])).astype("int64")
    pair = np.unique((contact * len(keys) + code[raw])[contact >= 0])
    rows = pd.DataFrame({"contact": pair // max(len(keys), 1), "value": pair % max(len(keys), 1)})
    values = values.reset_index(drop=True)
    names, name_keys = _given_names(len(contact_ids), values, rows)
    describes = values["kind"].isin(settings.descriptive).to_numpy(dtype=bool)
    describing = describes[rows["value"].to_numpy()]
    links, described = rows[~describing].reset_index(drop=True), rows[describing].reset_index(drop=True)
    return Evidence(len(contact_ids), values, links, described, names, name_keys)


def _given_names(contacts: int, values: pd.DataFrame, rows: pd.DataFrame) -> tuple[Codes, NDArray[Any]]:
    """Return each contact's given-name code and the keys that the codes stand for."""
    is_name = values["kind"].isin(["given_name", "name"]).to_numpy(dtype=bool)
    key_of = values["value"].where(is_name, "").str.extract(r"^([^\W\d]{1,3})", expand=False).fillna("")
    code, found = pd.factorize(key_of, sort=True)
    keys = np.asarray(found, dtype=object)
    code = np.where(key_of == "", -1, code).astype("int64")
    result = np.full(contacts, -1, dtype="int64")
    value = rows["value"].to_numpy()
    named = is_name[value] & (code[value] >= 0)
    # the last assignment wins, and rows are sorted: turn them round so that the first name counts
    result[rows["contact"].to_numpy()[named][::-1]] = code[value[named]][::-1]
    return result, keys


def judge(evidence: Evidence, settings: Identity) -> pd.DataFrame:
    """Return the values with what they were seen with and whether they identify somebody.

    Adds contacts, unique_ids (the most of any unique kind), names, confirmed (contacts with a unique id) and
    status: ``ok``, ``shared`` (counts only with a given name) or ``blocked``.
    """
    contact, value = evidence.rows["contact"].to_numpy(), evidence.rows["value"].to_numpy()
    size = len(evidence.values)
    kinds = evidence.values["kind"].to_numpy(dtype=str)
    usable = evidence.values["reason"].to_numpy(dtype=str) == ""
    unique_ids, confirmed = np.zeros(size, dtype="int64"), np.zeros(size, dtype="int64")
    for kind in settings.unique_ids:
        owner = owners(evidence, (kinds == kind) & usable)
        other = (kinds[value] != kind) & (owner[contact] >= 0)
        unique_ids = np.maximum(unique_ids, _distinct(value[other], owner[contact[other]], size))
        confirmed = np.maximum(confirmed, np.bincount(value[other], minlength=size))
    named = evidence.names[contact] >= 0
    names = _distinct(value[named], evidence.names[contact[named]], size)
    is_unique = np.isin(kinds, settings.unique_ids)
    # a typing error in one unique id must not lose another, so they bear one more
    many = unique_ids > settings.max_unique_ids_per_value + is_unique
    several = (names > settings.max_names_per_value) & ~is_unique
    status = np.where(~usable, "blocked", np.where(many | several, "shared", "ok"))
    reason = np.select(
        [~usable, many, several],
        [evidence.values["reason"].to_numpy(dtype=str), "several unique ids", "several given names"],
        "",
    )
    return evidence.values.assign(
        reason=pd.Series(reason, dtype="str"),
        status=pd.Series(status, dtype="str"),
        contacts=np.bincount(value, minlength=size).astype("int64"),
        unique_ids=unique_ids,
        names=names,
        confirmed=confirmed.astype("int64"),
    )


def owners(evidence: Evidence, chosen: NDArray[np.bool_]) -> Codes:
    """Return each contact's first value among the *chosen* ones, -1 where it has none."""
    contact, value = evidence.rows["contact"].to_numpy(), evidence.rows["value"].to_numpy()
    found = np.full(evidence.contacts, -1, dtype="int64")
    rows = chosen[value]
    found[contact[rows][::-1]] = value[rows][::-1]
    return found


def _distinct(group: Codes, member: Codes, size: int) -> Codes:
    """Return how many different members each group was seen with."""
    if not len(group):
        return np.zeros(size, dtype="int64")
    pairs = np.unique(group * (member.max() + 1) + member)
    return np.bincount(pairs // (member.max() + 1), minlength=size).astype("int64")


def tie(evidence: Evidence, judged: pd.DataFrame, settings: Identity) -> pd.DataFrame:
    """Return the ties: contact, value, name (-1 unless the value is shared), node, rank, probability.

    Contacts with the same ``node`` are one customer as far as that tie goes; a lower ``rank`` is better evidence.
    Values and names seen in one contact only tie nothing and are left out.
    """
    contact, value = evidence.rows["contact"].to_numpy(), evidence.rows["value"].to_numpy()
    status = judged["status"].to_numpy(dtype=str)[value]
    shared = status == "shared"
    name = np.where(shared, evidence.names[contact], -1)
    keep = (status == "ok") | (shared & (name >= 0))
    contact, value, name, shared = contact[keep], value[keep], name[keep], shared[keep]
    node = np.unique(value * (len(evidence.name_keys) + 1) + name + 1, return_inverse=True)[1]
    several = np.bincount(node, minlength=1)[node] > 1
    contact, value, name, shared = contact[several], value[several], name[several], shared[several]
    kinds = judged["kind"].to_numpy(dtype=str)
    return pd.DataFrame(
        {
            "contact": contact,
            "value": value,
            "name": name,
            "node": np.unique(node[several], return_inverse=True)[1].astype("int64"),
            "rank": (2 * ranks(kinds, settings)[value] + shared).astype("int64"),
            "probability": trust(judged, settings)[value],
        }
    )


def ranks(kinds: NDArray[Any], settings: Identity) -> Codes:
    """Return the place of each kind in the plan's priority; kinds not named come last."""
    place = {kind: k for k, kind in enumerate(settings.priority)}
    unique, code = np.unique(kinds, return_inverse=True)
    last = len(place)
    found = [place.get(kind, place.get(kind.partition(":")[0], last)) for kind in unique.tolist()]
    return np.array(found, dtype="int64")[code] if len(unique) else np.zeros(0, dtype="int64")


def trust(judged: pd.DataFrame, settings: Identity) -> NDArray[np.float64]:
    """Return for each value how likely a value of its kind belongs to one person, measured on this data.

    Of the values of a kind seen in two contacts or more with a unique id, the share that saw one id only, shrunk
    to a prior of 95 % worth 20 values; 1 for unique ids.
    """
    known = judged[judged["confirmed"] > 1]
    right = known.assign(right=known["unique_ids"] == 1).groupby("kind")["right"].agg(["sum", "count"])
    share = (right["sum"] + PRIOR_RIGHT) / (right["count"] + PRIOR_SEEN)
    result = judged["kind"].map(share).fillna(PRIOR_RIGHT / PRIOR_SEEN).to_numpy(dtype="float64")
    return np.where(judged["kind"].isin(settings.unique_ids).to_numpy(dtype=bool), 1.0, result)
