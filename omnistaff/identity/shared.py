"""Whose contact is it, when several people use one phone?

A shared value joins nobody by itself, so a call from it that gives no name and no number is left alone. But who uses
the phone is known from the contacts that do say, and so is how soon people come back about a matter. Each candidate
is taken at the rate at which such a contact is to be expected of them at that time: their usual contacts on that
reason, and those that follow a contact on the same reason shortly before or after (a self-exciting process, Hawkes,
1971, with the rates measured on customers that exact links hold together). The rates' shares are the probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff.identity.evidence import Codes, Evidence
from omnistaff.identity.model import Links, no_links
from omnistaff.plan import Identity

DAY_US = 86_400_000_000
#: Days between two contacts on one reason; what is usual by chance is taken from the last step.
STEPS = np.array([0.0, 0.25, 1.0, 2.0, 4.0, 7.0, 14.0, 28.0])
MOST_AHEAD = 50  # contacts on one reason by one customer within the last step, looked at after each
FEWEST_CONTACTS = 200  # fewer tell too little of how soon people come back
UNSEEN = 0.5  # contacts of people not seen yet, taken to use a value, and as much again for each user seen once
PRIOR_AGREE, PRIOR_SEEN = 1.0, 2.0


@dataclass(frozen=True)
class Past:
    """Every contact's cluster, reason (code, -1 without) and day, and how common each reason is (1 without)."""

    rows: pd.DataFrame
    span_days: float
    frequency: NDArray[np.float64]


def find_users(
    evidence: Evidence, judged: pd.DataFrame, ordered: pd.DataFrame, labels: Codes, settings: Identity
) -> Links:
    """Return links from clusters without name and unique id to the likeliest user of a value that they share.

    left, right (labels), weight (bits), probability and evidence, as ``model.find_links``; *ordered* has arrived_at
    and reason of each contact. Values with more known users than the plan's ``most_users`` link nobody.
    """
    uses = _uses(evidence, judged, labels, settings)
    pairs = _candidates(uses, settings.model_links.most_users)
    if pairs.empty or len(ordered) < FEWEST_CONTACTS:
        return no_links()
    past = _past(ordered, labels)
    pairs = pairs.assign(rate=_rates(pairs, past) * _agreement(pairs, evidence, labels))
    unseen = uses[uses["is_known"]].groupby("value")["uses"].agg(lambda used: UNSEEN * (1 + (used == 1).sum()))
    found = _likeliest(pairs, unseen, past)
    found = found[found["probability"] >= settings.model_links.review_share]
    kinds = judged["kind"].to_numpy(dtype=object)[found["value"].to_numpy()]
    told = [
        f"{kind} of {users} known users, {share:.0%} of its known contacts are this one's"
        for kind, users, share in zip(kinds, found["users"], found["uses"] / found["all_uses"], strict=True)
    ]
    left, right = np.sort(found[["fragment", "home"]].to_numpy(dtype="int64"), axis=1).T
    odds = found["probability"] / (1 - found["probability"]).clip(lower=1e-9)
    links = pd.DataFrame({"left": left, "right": right, "weight": np.log2(odds.to_numpy())})
    links = links.assign(probability=found["probability"].to_numpy(), evidence=pd.Series(told, dtype="str"))
    return links.sort_values(["weight", "left", "right"], ascending=[False, True, True], ignore_index=True)


def list_shared(
    groups: pd.Series[int], evidence: Evidence, judged: pd.DataFrame, labels: Codes, settings: Identity
) -> pd.Series[Any]:
    """Return for each of *groups* (labels) the shared values that it uses beside a few other known users."""
    uses = _uses(evidence, judged, labels, settings)
    known = uses[uses["is_known"]]
    users = known.groupby("value")["label"].transform("size")
    few = known[users.between(2, settings.model_links.most_users)]
    lists = few["value"].astype("str").groupby(few["label"]).agg(list).reindex(groups.to_numpy())
    return pd.Series([found if isinstance(found, list) else [] for found in lists], index=groups.index, dtype=object)


def _uses(evidence: Evidence, judged: pd.DataFrame, labels: Codes, settings: Identity) -> pd.DataFrame:
    """Return value, label, uses (contacts) and is_known (by name or unique id) of everybody with a shared value."""
    unique = judged["kind"].isin(settings.unique_ids).to_numpy(dtype=bool)
    usable = (judged["status"] != "blocked").to_numpy(dtype=bool)
    contact, value = evidence.rows["contact"].to_numpy(), evidence.rows["value"].to_numpy()
    known = np.zeros(evidence.contacts, dtype=bool)  # by label, which is a contact's code
    known[labels[contact[(unique & usable)[value]]]] = True
    known[labels[evidence.names >= 0]] = True
    shared = (judged["status"] == "shared").to_numpy(dtype=bool)[value]
    rows = pd.DataFrame({"value": value[shared], "label": labels[contact[shared]]})
    uses = rows.groupby(["value", "label"], as_index=False).size().rename(columns={"size": "uses"})
    return uses.assign(is_known=known[uses["label"].to_numpy()])


def _candidates(uses: pd.DataFrame, most_users: int) -> pd.DataFrame:
    """Return value, fragment (cluster of nobody known), home (a known user), uses, users and all_uses."""
    known = uses[uses["is_known"]]
    users = known.groupby("value")["uses"].agg(users="size", all_uses="sum").reset_index()
    homes = known.merge(users[users["users"] <= most_users], on="value").drop(columns="is_known")
    fragments = uses.loc[~uses["is_known"], ["value", "label"]].rename(columns={"label": "fragment"})
    pairs = fragments.merge(homes.rename(columns={"label": "home"}), on="value")
    return pairs.sort_values(["fragment", "value", "home"], ignore_index=True)


def _past(ordered: pd.DataFrame, labels: Codes) -> Past:
    days = ordered["arrived_at"].astype("int64").to_numpy() / DAY_US
    reason = pd.factorize(ordered["reason"])[0]
    counts = np.bincount(reason[reason >= 0])
    rows = pd.DataFrame({"label": labels, "reason": reason, "days": days})
    return Past(rows, max(float(np.ptp(days)), 1.0), np.append(counts / max(counts.sum(), 1), 1.0))


def _rates(pairs: pd.DataFrame, past: Past) -> NDArray[np.float64]:
    """Return at which rate a day each home makes contacts with its value like those of the fragment.

    The geometric mean over the fragment's contacts: what is usual of the home on their reasons, and the echo of its
    contacts on the same reason near them, as far as it uses this value.
    """
    size = np.bincount(past.rows["label"])
    mine = pairs[["fragment", "home"]].assign(pair=np.arange(len(pairs)))
    mine = mine.merge(past.rows, left_on="fragment", right_on="label").drop(columns="label")
    mine["row"] = np.arange(len(mine))
    theirs = past.rows.rename(columns={"label": "home", "days": "near"})
    close = mine[mine["reason"] >= 0].merge(theirs, on=["home", "reason"])
    step = np.searchsorted(STEPS, (close["days"] - close["near"]).abs().to_numpy(), side="right") - 1
    echo = np.bincount(close["row"], weights=_echo(past.rows)[step], minlength=len(mine))
    usual = size[mine["home"].to_numpy()] / past.span_days * past.frequency[mine["reason"].to_numpy()]
    logs = np.bincount(mine["pair"], weights=np.log(usual + echo)) / np.bincount(mine["pair"])
    used = (pairs["uses"].to_numpy() + 0.5) / (size[pairs["home"].to_numpy()] + 1)
    rates: NDArray[np.float64] = np.exp(logs) * used
    return rates


def _echo(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return for each of STEPS how many more contacts a day a customer makes beside one on the same reason."""
    known = rows[rows["reason"] >= 0].sort_values(["label", "reason", "days"])
    days, key = known["days"].to_numpy(), known[["label", "reason"]].to_numpy()
    counts = np.zeros(len(STEPS))
    for ahead in range(1, min(MOST_AHEAD, len(known))):
        apart = days[ahead:] - days[:-ahead]
        near = (key[ahead:] == key[:-ahead]).all(axis=1) & (apart < STEPS[-1])
        counts += np.bincount(np.searchsorted(STEPS, apart[near], side="right") - 1, minlength=len(STEPS))
    rate = counts[:-1] / np.diff(STEPS) / max(len(known), 1)  # a pair is seen from both sides, over both sides
    return np.append(np.maximum(rate - rate[-1], 0.0), 0.0)


def _agreement(pairs: pd.DataFrame, evidence: Evidence, labels: Codes) -> NDArray[np.float64]:
    """Return how much likelier what the fragment says of its customer is of the home than of another user."""
    rows = evidence.described.assign(label=labels[evidence.described["contact"].to_numpy()])
    rows["kind"] = evidence.values["kind"].to_numpy(dtype=object)[rows["value"].to_numpy()]
    ratio = np.ones(len(pairs))
    for _, said in rows.groupby("kind"):
        counts = said.groupby(["label", "value"], as_index=False).size().sort_values(["label", "size", "value"])
        usual = counts.drop_duplicates("label", keep="last").set_index("label")["value"]
        own = said["value"].to_numpy() == said["label"].map(usual).to_numpy()
        several = said.groupby("label")["value"].transform("size").to_numpy() > 1
        right = float((own & several).sum() + PRIOR_AGREE) / float(several.sum() + PRIOR_SEEN)
        mine, theirs = pairs["fragment"].map(usual).to_numpy(), pairs["home"].map(usual).to_numpy()
        both = ~(pd.isna(mine) | pd.isna(theirs))
        chance = _chance(pairs.assign(said=theirs).dropna(subset=["said"]))
        ratio = np.where(both, ratio * np.where(mine == theirs, right / chance, (1 - right) / (1 - chance)), ratio)
    return ratio


def _chance(said: pd.DataFrame) -> float:
    """Return how often two users of one value say the same."""
    users = said.drop_duplicates(["value", "home"])
    size, alike = users.groupby("value").size(), users.groupby(["value", "said"]).size()
    agree, possible = float((alike * (alike - 1)).sum()), float((size * (size - 1)).sum())
    return (agree + PRIOR_AGREE) / (possible + PRIOR_SEEN)


def _likeliest(pairs: pd.DataFrame, unseen: pd.Series[float], past: Past) -> pd.DataFrame:
    """Return the likeliest home of each fragment with its probability; it may also be someone unseen."""
    reason = past.rows.drop_duplicates("label").set_index("label")["reason"]
    usual = past.frequency[pairs["fragment"].map(reason).to_numpy()] / past.span_days
    nobody = pairs["value"].map(unseen).to_numpy() * usual
    whole = pairs.groupby(["fragment", "value"])["rate"].transform("sum").to_numpy() + nobody
    found = pairs.assign(probability=pairs["rate"].to_numpy() / whole)
    order = {"fragment": True, "probability": False, "value": True, "home": True}
    return found.sort_values(list(order), ascending=list(order.values())).drop_duplicates("fragment")
