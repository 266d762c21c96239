"""What is known of each customer, side by side: the records that the link model compares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff.identity.evidence import Codes, Evidence

DAY_US = 86_400_000_000
COMPARED = ("email",)


def build_profiles(evidence: Evidence, matters: pd.DataFrame, group: Codes, matter_days: float) -> pd.DataFrame:
    """Return one row a group of contacts that says anything of its customer: group and the parts of its profile.

    *group* is each contact's group, -1 to leave it out; *matters* has each contact's reason and arrived_at.
    Parts: given_name, surname, second_surname, given_key (three letters), the most frequent value of every other
    describing kind, and matters, a list of reason and time buckets.
    """
    said = pd.concat([evidence.described, _nearly_alike(evidence)], ignore_index=True)
    rows = said.assign(group=group[said["contact"].to_numpy()])
    rows = rows[rows["group"] >= 0]
    counts = rows.groupby(["group", "value"], as_index=False).size()
    values = evidence.values.take(counts["value"].to_numpy())
    counts = counts.assign(kind=values["kind"].to_numpy(), text=values["value"].to_numpy())
    parts = _most_frequent(counts)
    profiles = _names(counts, parts)
    key = profiles["given_name"].str.extract(r"^([^\W\d]{1,3})", expand=False)
    profiles = profiles.assign(given_key=key).reset_index()
    times = _matter_lists(matters, group, matter_days)
    profiles["matters"] = times.reindex(profiles["group"]).to_numpy()
    return profiles.sort_values("group", ignore_index=True)


def _nearly_alike(evidence: Evidence) -> pd.DataFrame:
    """Return the values that link contacts when equal and are compared when they are not."""
    compared = (evidence.values["kind"].isin(COMPARED) & (evidence.values["reason"] == "")).to_numpy(dtype=bool)
    rows: pd.DataFrame = evidence.rows[compared[evidence.rows["value"].to_numpy()]]
    return rows


def _most_frequent(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the most frequent value of each kind, one row a group."""
    best = counts[counts["kind"] != "name"].sort_values(
        ["group", "kind", "size", "text"], ascending=[True, True, False, True]
    )
    best = best.drop_duplicates(["group", "kind"])
    return best.pivot(index="group", columns="kind", values="text").rename_axis(columns=None)


def _names(counts: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Return *parts* with the words of each group's fullest name where given names and surnames have no own kinds.

    With four words or more the last two are taken as surnames, since middle names are commoner than third surnames.
    """
    names = counts[counts["kind"] == "name"]
    words = names["text"].str.split(" ")
    fullness = names["text"].str.count(" ").clip(upper=2)
    names = names.assign(words=words, fullness=fullness)
    names = names.sort_values(["group", "fullness", "size", "text"], ascending=[True, False, False, True])
    best = names.drop_duplicates("group").set_index("group")["words"]
    size = best.str.len()
    spelt = pd.DataFrame(
        {
            "given_name": best.str[0],
            "surname": best.str[1].mask(size > 3, best.str[-2]),
            "second_surname": best.str[2].mask(size > 3, best.str[-1]),
        }
    )
    whole = parts.reindex(parts.index.union(spelt.index))
    for name in spelt:
        own = whole[name] if name in whole else pd.Series(np.nan, index=whole.index, dtype="str")
        whole[name] = own.where(own.notna(), spelt[name].reindex(whole.index)).astype("str")
    return whole.rename_axis(index="group")


def _matter_lists(matters: pd.DataFrame, group: Codes, days: float) -> pd.Series[Any]:
    """Return each group's reasons with their times, in buckets twice as long as *days* that overlap by half.

    Two contacts on one reason no further apart than *days* share a bucket; further than twice that, none.
    """
    known = matters["reason"].notna().to_numpy() & (group >= 0)
    bucket = (matters["arrived_at"].astype("int64").to_numpy()[known] // int(days * DAY_US)).astype("int64")
    reason = matters["reason"].to_numpy(dtype=object)[known]
    pieces = [
        pd.DataFrame({"group": group[known], "token": _tokens(reason, (bucket + shift) // 2, shift)})
        for shift in (0, 1)
    ]
    rows = pd.concat(pieces, ignore_index=True).drop_duplicates().sort_values(["group", "token"])
    return rows.groupby("group")["token"].agg(list)


def _tokens(reason: NDArray[Any], bucket: Codes, shift: int) -> NDArray[Any]:
    tokens: NDArray[Any] = reason + f"|{shift}|" + bucket.astype(str).astype(object)
    return tokens


def set_one_apart(labels: Codes, order: NDArray[np.uint64]) -> Codes:
    """Return 2 * cluster for the contact of each cluster that is first in the order of *order*, that + 1 for others.

    One contact and the others of its customer are two records known to be one person, and what the model is to
    find is mostly a single contact that belongs to somebody: so this is what it learns from.
    """
    rows = np.lexsort((order, labels))
    ranked = labels[rows]
    first = np.ones(len(ranked), dtype=bool)
    first[1:] = ranked[1:] != ranked[:-1]
    apart = np.empty(len(labels), dtype="int64")
    apart[rows] = ~first
    return labels * 2 + apart
