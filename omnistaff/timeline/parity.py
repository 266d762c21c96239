"""The same matter should get the same treatment on every channel: is it so, and where do channels fail?

Channels get different matters, so plain means mislead. Each mean here is taken by reason and weighted with the mix
of reasons of all contacts (direct standardisation), with the interval that follows from the spread within reasons.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.tables import Contacts, History

Z_95 = 1.959964
FEWEST = 30
MEASURES = {"wait_s": "seconds to the answer", "answered": "share answered", "comes_back": "share that repeats"}


def join_history(contacts: DataFrame[Contacts], history: History) -> pd.DataFrame:
    """Return the customers' contacts with their place in the chronology and what came of them.

    ``reason`` is the family of the reason given, so that systems that call one thing differently can be compared;
    unknown without one: a reason taken from neighbours is known only of those who came again.
    ``comes_back``: a later contact of the same matter repeats this one. ``moves_on``: it does so on another
    channel. ``answered``: somebody, or a machine to the customer's content, took it.
    """
    marks = history.timeline[["contact_id", "case_id", "case_position", "is_repeat", "is_switch", "segment"]]
    family = history.cases.set_index("case_id")["reason"]
    rows = contacts.merge(marks, on="contact_id", validate="1:1").sort_values(["case_id", "case_position"])
    rows = rows[rows["is_demand"].to_numpy(dtype=bool)].reset_index(drop=True)
    later = (rows["case_id"] == rows["case_id"].shift(-1)).to_numpy(dtype=bool)
    repeat = rows["is_repeat"].shift(-1, fill_value=False).to_numpy(dtype=bool)
    switch = rows["is_switch"].shift(-1, fill_value=False).to_numpy(dtype=bool)
    return rows.assign(
        comes_back=(later & repeat).astype("float64"),
        moves_on=(later & switch).astype("float64"),
        answered=rows["outcome"].isin(["answered", "contained"]).astype("float64"),
        reason=rows["case_id"].map(family).where(rows["reason"].notna()).fillna("unknown").astype("str"),
        segment=rows["segment"].fillna("all"),
    )


def compare_channels(contacts: DataFrame[Contacts], history: History) -> pd.DataFrame:
    """Return measure, segment, channel, contacts, plain, value, low, high, reference and is_gap.

    ``value`` is the mean standardised by reason with its 95 % interval, ``reference`` the mean of all channels in
    the segment, ``plain`` the mean as it is. ``is_gap`` marks a channel whose interval lies apart from the reference
    by more than a tenth of it. Channels with fewer than 30 contacts in a segment are left out, as are contacts
    whose reason only one channel knows.
    """
    rows = join_history(contacts, history)
    tables = [
        _standardise(part.dropna(subset=[measure]), measure).assign(measure=measure, segment=segment)
        for segment, part in rows.groupby("segment")
        for measure in MEASURES
    ]
    columns = ["measure", "segment", "channel", "contacts", "plain", "value", "low", "high", "reference", "is_gap"]
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    return found[columns].sort_values(["measure", "segment", "channel"], ignore_index=True)


def _standardise(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    shared = rows.groupby("reason")["channel"].transform("nunique") > 1
    rows = rows[shared.to_numpy(dtype=bool)]
    mix = rows["reason"].value_counts(normalize=True)
    cells = rows.groupby(["channel", "reason"])[measure].agg(["size", "mean", "var"]).reset_index()
    spread = float(rows[measure].var()) if len(rows) > 1 else 0.0
    cells["var"] = cells["var"].fillna(spread)  # one contact tells nothing of its spread
    cells["weight"] = cells["reason"].map(mix).astype("float64")
    cells["weight"] /= cells.groupby("channel")["weight"].transform("sum")
    cells["part"] = cells["weight"] * cells["mean"]
    cells["square"] = cells["weight"] ** 2 * cells["var"] / cells["size"]
    table = cells.groupby("channel").agg(contacts=("size", "sum"), value=("part", "sum"), square=("square", "sum"))
    table["plain"] = rows.groupby("channel")[measure].mean()
    table["reference"] = float(rows[measure].mean()) if len(rows) else np.nan
    margin = Z_95 * np.sqrt(table.pop("square"))
    table = table.assign(low=table["value"] - margin, high=table["value"] + margin)
    apart = (table["low"] > table["reference"]) | (table["high"] < table["reference"])
    large = (table["value"] - table["reference"]).abs() > 0.1 * table["reference"].abs()
    return table.assign(is_gap=apart & large)[table["contacts"] >= FEWEST].reset_index()


def fit_channels(contacts: DataFrame[Contacts], history: History) -> pd.DataFrame:
    """Return how each reason fares on each channel: where customers come back, move on, and what a matter costs.

    reason, channel, contacts, then back_share, moves_share and transfer_share with 95 % limits (Wilson), effort_s of
    one contact, and matter_s, the agents' seconds that a matter opened there costs in all. ``back_likely`` is the
    share to expect: where contacts are few it is drawn to that of the reason, as far as channels differ at all.
    ``fails`` marks cells whose customers come back, for certain, more often than with that reason on all channels.
    """
    rows = join_history(contacts, history).assign(is_transfer=lambda t: t["outcome"] == "flowed_out")
    cells = rows.groupby(["reason", "channel"], as_index=False).agg(
        contacts=("contact_id", "size"),
        back=("comes_back", "sum"),
        moves=("moves_on", "sum"),
        transfer=("is_transfer", "sum"),
        effort_s=("effort_s", "mean"),
    )
    spent = rows.assign(spent=rows.groupby("case_id")["effort_s"].transform("sum"))
    opened = (
        spent[spent["case_position"] == 1]
        .groupby(["reason", "channel"], as_index=False)
        .agg(matter_s=("spent", "mean"))
    )
    cells = cells.merge(opened, on=["reason", "channel"], how="left")
    usual = cells["reason"].map(rows.groupby("reason")["comes_back"].mean()).to_numpy()
    cells["back_likely"] = shrink(cells["back"].to_numpy(), cells["contacts"].to_numpy(), usual)
    for name in ("back", "moves", "transfer"):
        hits = cells.pop(name)
        cells[f"{name}_share"] = hits / cells["contacts"]
        cells[f"{name}_low"], cells[f"{name}_high"] = wilson(hits.to_numpy(), cells["contacts"].to_numpy())
    return cells.assign(fails=cells["back_low"].to_numpy() > usual)


def shrink(hits: np.ndarray, size: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return the shares to expect of cells, drawn to *usual* by as many contacts as their differences tell.

    Beta-binomial, its strength by moments (Kleinman, 1973): where cells differ no more than chance makes them, all
    are as usual.

    >>> shrink(np.array([0, 500, 100]), np.array([2, 1000, 1000]), np.array([0.3, 0.3, 0.3])).round(2)
    array([0.2, 0.5, 0.1])
    """
    noise = float(np.sum(usual * (1 - usual)))
    between = float(np.sum(size * (hits / size - usual) ** 2)) - noise
    spread = between / max(float(np.sum(size * usual * (1 - usual))) - noise, 1e-9)
    if spread <= 0:
        return usual
    strength = max(1 / spread - 1, 0.0)
    likely: np.ndarray = (hits + strength * usual) / (size + strength)
    return likely


def wilson(hits: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's 95 % limits of a share (Wilson, 1927).

    >>> low, high = wilson(np.array([5]), np.array([10]))
    >>> low.round(4), high.round(4)
    (array([0.2366]), array([0.7634]))
    """
    share, square = hits / size, Z_95**2
    centre = (share + square / (2 * size)) / (1 + square / size)
    margin = Z_95 / (1 + square / size) * np.sqrt(share * (1 - share) / size + square / (4 * size**2))
    return np.clip(centre - margin, 0.0, 1.0), np.clip(centre + margin, 0.0, 1.0)
