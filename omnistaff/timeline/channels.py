"""What it does to the work when matters begin on another channel: moved, or because one opens or closes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import ConfigError
from omnistaff.tables import Contacts, History
from omnistaff.timeline.parity import Z_95, join_history

MOST_PRIOR = 20
MEASURES = ("contacts", "hours")
DAYS_A_MONTH = 365.25 / 12
ASSUMED = (
    "people who move are like those who open such matters on the other channel now",
    "nobody comes or stays away because of the change",
    "follow-ups take the ways they take now",
)


@dataclass(frozen=True)
class ChannelChange:
    """What a change adds to the work over the time of the log, with 95 % limits; negative is a saving.

    ``matters`` move; ``contacts`` and ``hours`` (agents' own) are the difference they make, follow-ups included.
    ``cells`` has reason, from_channel, to_channel, matters, contacts and hours; ``assumed`` what it rests on.
    """

    matters: float
    days: float
    contacts: float
    contacts_low: float
    contacts_high: float
    hours: float
    hours_low: float
    hours_high: float
    cells: pd.DataFrame
    assumed: tuple[str, ...] = ASSUMED

    def monthly(self) -> pd.DataFrame:
        """Return measure (contacts, hours), and what the change adds to it in a month, with low and high."""
        rows = [(name, *(getattr(self, f"{name}{end}") for end in ("", "_low", "_high"))) for name in MEASURES]
        table = pd.DataFrame(rows, columns=["measure", "added", "low", "high"])
        return table.assign(**{name: table[name] / self.days * DAYS_A_MONTH for name in ("added", "low", "high")})


def change_channels(
    contacts: DataFrame[Contacts],
    history: History,
    *,
    from_channel: str | None = None,
    to_channel: str | None = None,
    reasons: Collection[str] | None = None,
    share: float = 1.0,
) -> ChannelChange:
    """Return the effect of *share* of the matters on *reasons* beginning on *to_channel* instead of *from_channel*.

    Without *from_channel* the matters of every other channel move (*to_channel* opens for them); without *to_channel*
    they spread over the other channels as such matters do now (*from_channel* closes). A matter costs what those
    opened on a channel with that reason cost now; where there are few, the mean is drawn to what the reason costs on
    all channels times what the channel costs for all reasons. Raises ConfigError where nothing would move.
    """
    if not 0 < share <= 1:
        raise ConfigError(f"share {share} of the matters cannot move, expected more than 0 and at most 1")
    if (from_channel is None and to_channel is None) or from_channel == to_channel:
        raise ConfigError("name the channel that matters leave, the one they go to, or both, and not the same one")
    matters = open_matters(contacts, history)
    for name in (from_channel, to_channel):
        if name is not None and name not in set(matters["channel"]):
            known = ", ".join(sorted(matters["channel"].unique()))
            raise ConfigError(
                f"no matter begins on channel {name!r}, expected one of {known}: nothing tells its cost"
            )
    moves = _moves(matters, from_channel, to_channel, reasons).assign(matters=lambda t: t["matters"] * share)
    if moves.empty:
        raise ConfigError("no matter of these reasons begins on the channel that they would leave")
    found = {name: _difference(matters, moves, name) for name in MEASURES}
    cells = moves.assign(**{name: by_cell for name, (by_cell, _) in found.items()})
    total = {name: float(by_cell.sum()) for name, (by_cell, _) in found.items()}
    margin = {name: Z_95 * error for name, (_, error) in found.items()}
    days = (contacts["arrived_at"].max() - contacts["arrived_at"].min()).total_seconds() / 86_400
    return ChannelChange(
        matters=float(moves["matters"].sum()),
        days=days,
        contacts=total["contacts"],
        contacts_low=total["contacts"] - margin["contacts"],
        contacts_high=total["contacts"] + margin["contacts"],
        hours=total["hours"],
        hours_low=total["hours"] - margin["hours"],
        hours_high=total["hours"] + margin["hours"],
        cells=cells,
    )


def open_matters(contacts: DataFrame[Contacts], history: History) -> pd.DataFrame:
    """Return one row a matter: reason and channel it began with, its contacts and the agents' hours it took."""
    rows = join_history(contacts, history)
    grouped = rows.groupby("case_id", as_index=False).agg(
        reason=("reason", "first"), channel=("channel", "first"), contacts=("contact_id", "size"),
        hours=("effort_s", "sum"),
    )  # fmt: skip
    return grouped.assign(hours=grouped["hours"] / 3600)


def _moves(
    matters: pd.DataFrame, from_channel: str | None, to_channel: str | None, reasons: Collection[str] | None
) -> pd.DataFrame:
    """Return reason, from_channel, to_channel and matters of a whole move."""
    if reasons is not None:
        matters = matters[matters["reason"].isin(list(reasons))]
    counts = matters.groupby(["reason", "channel"], as_index=False).size()
    leaving = counts[counts["channel"] == from_channel] if from_channel else counts[counts["channel"] != to_channel]
    leaving = leaving.rename(columns={"channel": "from_channel", "size": "matters"})
    if to_channel:
        return leaving.assign(to_channel=to_channel).reset_index(drop=True)
    others = counts[counts["channel"] != from_channel]
    anywhere = others.groupby("channel", as_index=False)["size"].sum()
    alone = leaving.loc[~leaving["reason"].isin(others["reason"]), "reason"]  # known on this channel only
    filled = anywhere.merge(pd.DataFrame({"reason": alone}), how="cross")
    others = pd.concat([others, filled[["reason", "channel", "size"]]], ignore_index=True)
    others["part"] = others["size"] / others.groupby("reason")["size"].transform("sum")
    spread = leaving.merge(others[["reason", "channel", "part"]], on="reason").rename(
        columns={"channel": "to_channel"}
    )
    return spread.assign(matters=spread["matters"] * spread["part"]).drop(columns="part")


def _difference(matters: pd.DataFrame, moves: pd.DataFrame, measure: str) -> tuple[np.ndarray, float]:
    """Return what each row of *moves* adds of a measure, and the standard error of their sum."""
    costs = _costs(matters, measure, pd.concat([moves["from_channel"], moves["to_channel"]]).unique())
    weights = pd.Series(0.0, index=costs.index)
    added = np.zeros(len(moves))
    for side, sign in (("to_channel", 1.0), ("from_channel", -1.0)):
        keys = pd.MultiIndex.from_frame(moves[["reason", side]])
        added += sign * moves["matters"].to_numpy() * costs["mean"].reindex(keys).to_numpy()
        part = pd.Series(sign * moves["matters"].to_numpy(), index=keys).groupby(level=[0, 1]).sum()
        weights = weights.add(part.rename_axis(weights.index.names), fill_value=0.0)
    variance = costs["variance"].reindex(weights.index)
    return added, float(np.sqrt((weights**2 * variance).sum()))


def _costs(matters: pd.DataFrame, measure: str, channels: Collection[str]) -> pd.DataFrame:
    """Return mean and variance of a matter's cost by reason and channel, as known after few or many matters.

    Normal means with a normal prior (Lindley and Smith, 1972): reason mean times channel factor, as spread around it
    as the cells with data are, and worth at most MOST_PRIOR matters.
    """
    reasons = sorted(matters["reason"].unique())
    by_reason = matters.groupby("reason")[measure].mean()
    expected = matters["reason"].map(by_reason)
    factor = matters.groupby("channel")[measure].sum() / expected.groupby(matters["channel"]).sum().clip(lower=1e-9)
    index = pd.MultiIndex.from_product([reasons, sorted(channels)], names=["reason", "channel"])
    known = matters.groupby(["reason", "channel"])[measure].agg(["size", "mean"]).reindex(index)
    size, mean = known["size"].fillna(0).to_numpy(), known["mean"].fillna(0.0).to_numpy()
    prior = (
        by_reason.reindex(index.get_level_values(0)).to_numpy() * factor.reindex(index.get_level_values(1)).to_numpy()
    )
    inside = matters[measure] / matters.groupby(["reason", "channel"])[measure].transform("mean").clip(lower=1e-9) - 1
    noise = np.maximum(float((inside**2).mean()), 1e-9) * np.maximum(prior, 1e-9) ** 2  # of one matter
    enough = size > 1
    apart = ((mean - prior) ** 2 - noise / np.maximum(size, 1))[enough] / noise[enough]
    differ = float(np.average(apart, weights=size[enough])) if enough.any() else 0.0
    between = noise * max(differ, 1 / MOST_PRIOR)
    weight = size / noise / (size / noise + 1 / between)
    seen = {
        name: matters.groupby(name).size().reindex(index.get_level_values(name)).to_numpy()
        for name in ("reason", "channel")
    }
    of_prior = noise * (1 / seen["reason"] + 1 / seen["channel"])
    table = {
        "mean": weight * mean + (1 - weight) * prior,
        "variance": 1 / (size / noise + 1 / between) + (1 - weight) ** 2 * of_prior,
    }
    return pd.DataFrame(table, index=index)
