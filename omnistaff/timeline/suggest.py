"""Segments worth having: three or four, told by rules, that foretell need and that customers keep.

The history is cut in the middle. Rules are tried on the first half and judged on the second, in which they were not
chosen: by how much of the differences between customers in contacts (frequency), agents' hours (value) and
follow-ups (need) they foretell, and by how many customers each half alone files alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import ConfigError
from omnistaff.plan import TimelineSettings
from omnistaff.tables import Contacts, Timeline
from omnistaff.timeline.order import Rows
from omnistaff.timeline.segments import Terms, assign_segments, final_terms

FEWEST_CUSTOMERS = 200
SMALLEST_SHARE = 0.05
KEPT_ENOUGH = 2 / 3
LEVELS = (0.5, 0.7, 0.8, 0.9, 0.95)
TARGETS = ("contacts", "hours", "repeats")


@dataclass(frozen=True)
class SuggestedSegments:
    """``rules`` to paste into the plan (section timeline, segments) and what they are worth.

    ``kept_share``: of the customers seen in both halves of the history, the share that each half alone files in the
    same segment; ``chance_share`` what that would be by chance. ``foretold_share``: the mean share of the differences
    between customers in later contacts, hours and follow-ups that the segment of the first half foretells.
    ``segments`` has segment, customers, customer_share, contact_share, contacts_each, hours_each of the first half.
    """

    rules: dict[str, str]
    kept_share: float
    chance_share: float
    foretold_share: float
    segments: pd.DataFrame


@dataclass(frozen=True)
class _Halves:
    """What is known of each customer from either half, and what the second half brought to those of the first."""

    first: Terms
    second: Terms
    both: tuple[np.ndarray, np.ndarray]  # rows of the customers in both halves, in first and in second
    later: pd.DataFrame


def suggest_segments(
    contacts: DataFrame[Contacts], timeline: DataFrame[Timeline], *, count: int = 3
) -> SuggestedSegments:
    """Return *count* segments (three or four) that foretell most among those that most customers keep.

    Where no rules keep two customers of three in their segment, the ones most keep are taken. Raises ConfigError for
    another count or fewer than 200 customers in the first half.
    """
    if count not in (3, 4):
        raise ConfigError(f"{count} segments were asked for, expected 3 or 4: more make every cell thin")
    halves = _halve(contacts, timeline)
    if len(halves.later) < FEWEST_CUSTOMERS:
        raise ConfigError(f"{len(halves.later)} customers in the first half of the history, at least 200 are needed")
    found = [judged for rules in _candidates(halves.first, count) if (judged := _judge(rules, halves)) is not None]
    if not found:
        raise ConfigError(f"no rules make {count} segments of at least 5 % of customers each: too few come again")
    steady = [one for one in found if one.kept_share >= KEPT_ENOUGH]
    if steady:
        return max(steady, key=lambda one: one.foretold_share)
    return max(found, key=lambda one: one.kept_share)


def _halve(contacts: pd.DataFrame, timeline: pd.DataFrame) -> _Halves:
    marks = timeline[["contact_id", "customer_id", "case_id", "case_position", "is_repeat"]]
    rows = contacts[["contact_id", "arrived_at", "effort_s"]].merge(marks, on="contact_id", validate="1:1")
    rows = rows.sort_values(["customer_id", "arrived_at", "contact_id"], ignore_index=True)
    middle = rows["arrived_at"].min() + (rows["arrived_at"].max() - rows["arrived_at"].min()) / 2
    early = (rows["arrived_at"] < middle).to_numpy()
    parts = [rows[early].reset_index(drop=True), rows[~early].reset_index(drop=True)]
    names = [part["customer_id"].unique() for part in parts]
    later = (
        parts[1]
        .groupby("customer_id")
        .agg(contacts=("contact_id", "size"), hours=("effort_s", "sum"), repeats=("is_repeat", "sum"))
    )
    place = pd.Index(names[1]).get_indexer(pd.Index(names[0]))
    both = np.flatnonzero(place >= 0), place[place >= 0]
    terms = [_terms(part, end) for part, end in zip(parts, (middle, rows["arrived_at"].max()), strict=True)]
    return _Halves(terms[0], terms[1], both, later.reindex(names[0]).fillna(0.0).astype("float64"))


def _terms(rows: pd.DataFrame, end: pd.Timestamp) -> Terms:
    """Return what segment rules speak of, from these rows alone, as of *end*."""
    customer = pd.factorize(rows["customer_id"])[0]
    opening = rows.drop_duplicates("case_id").reset_index()[["index", "case_id"]].set_index("case_id")["index"]
    case = rows["case_id"].map(opening).to_numpy(dtype="int64")
    at = rows["arrived_at"].astype("int64").to_numpy()
    blank = np.zeros(len(rows), dtype="int64")
    terms = final_terms(
        Rows(customer, at, blank, blank, blank, blank.astype(bool)), case, rows["effort_s"].to_numpy()
    )
    late = (end - rows["arrived_at"].max()).total_seconds() / 86_400
    return terms | {name: terms[name] + late for name in ("days_known", "days_silent")}


def _candidates(terms: Terms, count: int) -> Iterator[dict[str, str]]:
    """Yield rules, first match wins: how often, how much work, and whether they come back about one matter."""
    often = _levels(terms["contacts_90d"])
    hours = [round(level, 1) for level in _levels(terms["effort_hours"]) if level >= 0.1]
    steps = [(low, high) for low in often for high in often if low < high]
    if count == 3:
        for low, high in steps:
            yield {"frequent": f"contacts_90d >= {high:g}", "regular": f"contacts_90d >= {low:g}", "rare": "True"}
        for level in often:
            yield {"frequent": f"contacts_90d >= {level:g}", "returning": "contacts > cases", "calm": "True"}
            for most in hours:
                yield {
                    "costly": f"effort_hours >= {most:g}",
                    "frequent": f"contacts_90d >= {level:g}",
                    "calm": "True",
                }
        return
    for low, high in steps:
        rest = {"frequent": f"contacts_90d >= {high:g}", "regular": f"contacts_90d >= {low:g}"}
        yield {**rest, "returning": "contacts > cases", "rare": "True"}
        for most in hours:
            yield {"costly": f"effort_hours >= {most:g}", **rest, "rare": "True"}


def _levels(values: np.ndarray) -> list[float]:
    return sorted({float(level) for level in np.quantile(values, LEVELS, method="higher") if level > values.min()})


def _judge(rules: dict[str, str], halves: _Halves) -> SuggestedSegments | None:
    """Return the rules with what they are worth, or None where a segment would be too small."""
    settings = TimelineSettings(segments=rules)
    first, second = assign_segments(halves.first, settings), assign_segments(halves.second, settings)
    sizes = first.value_counts(normalize=True).reindex(list(rules)).fillna(0.0)
    if sizes.min() < SMALLEST_SHARE:
        return None
    before, after = first.to_numpy()[halves.both[0]], second.to_numpy()[halves.both[1]]
    mix = [pd.Series(side).value_counts(normalize=True).reindex(list(rules)).fillna(0.0) for side in (before, after)]
    foretold = [_explained(halves.later[name], first) for name in TARGETS]
    worth = pd.DataFrame(
        {"segment": first, "contacts": halves.first["contacts"], "hours": halves.first["effort_hours"]}
    )
    table = worth.groupby("segment").agg(
        customers=("contacts", "size"), contact_share=("contacts", "sum"), contacts_each=("contacts", "mean"),
        hours_each=("hours", "mean"),
    )  # fmt: skip
    table = table.assign(contact_share=table["contact_share"] / table["contact_share"].sum(), customer_share=sizes)
    return SuggestedSegments(
        rules=rules,
        kept_share=float((before == after).mean()) if len(before) else 0.0,
        chance_share=float((mix[0] * mix[1]).sum()),
        foretold_share=float(np.mean(foretold)),
        segments=table.reindex(list(rules)).reset_index(),
    )


def _explained(later: pd.Series[float], segment: pd.Series[str]) -> float:
    """Return the share of the variance between customers that lies between their segments."""
    whole = float(later.var(ddof=0))
    between = later.reset_index(drop=True).groupby(segment).transform("mean")
    return float(between.var(ddof=0)) / whole if whole > 0 else 0.0
