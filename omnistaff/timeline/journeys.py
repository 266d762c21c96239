"""How matters travel between channels."""

from __future__ import annotations

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.tables import Timeline


def channel_matrix(timeline: DataFrame[Timeline]) -> pd.DataFrame:
    """Return from_channel, to_channel, contacts and share: where follow-ups of a matter come from and go.

    ``share`` is of all contacts that left *from_channel* for a follow-up, staying on it included.
    """
    rows = timeline.sort_values(["case_id", "case_position"], ignore_index=True)
    before = rows["channel"].shift().mask(rows["case_position"] == 1)
    steps = pd.DataFrame({"from_channel": before, "to_channel": rows["channel"]})[rows["is_repeat"] & before.notna()]
    counts = steps.groupby(["from_channel", "to_channel"], as_index=False).size().rename(columns={"size": "contacts"})
    return counts.assign(share=counts["contacts"] / counts.groupby("from_channel")["contacts"].transform("sum"))


def frequent_paths(timeline: DataFrame[Timeline], *, most: int = 20) -> pd.DataFrame:
    """Return path, cases, share and days: the most frequent orders of channels that matters took, and their length.

    Repeated use of one channel counts as one step, so a path shows where customers had to change.
    """
    rows = timeline.sort_values(["case_id", "case_position"], ignore_index=True)
    stays = (rows["channel"] == rows["channel"].shift()) & (rows["case_position"] > 1)
    path = rows[~stays].groupby("case_id")["channel"].agg(" > ".join)
    times = rows.groupby("case_id")["arrived_at"]
    days = (times.max() - times.min()).dt.total_seconds() / 86_400
    table = (
        pd.DataFrame({"path": path, "days": days}).groupby("path").agg(cases=("days", "size"), days=("days", "mean"))
    )
    table = table.reset_index().sort_values(["cases", "path"], ascending=[False, True], ignore_index=True)
    return table.assign(share=table["cases"] / max(len(path), 1))[["path", "cases", "share", "days"]].head(most)


def parallel_matters(timeline: DataFrame[Timeline]) -> pd.DataFrame:
    """Return first_channel, other_channel and cases: matters on a second channel before the first had answered."""
    first = timeline[timeline["case_position"] == 1].set_index("case_id")["channel"]
    twice = timeline[timeline["is_duplicate"]].drop_duplicates(["case_id", "channel"])
    pairs = pd.DataFrame({"first_channel": twice["case_id"].map(first), "other_channel": twice["channel"]})
    counts = pairs.groupby(["first_channel", "other_channel"], as_index=False).size()
    return counts.rename(columns={"size": "cases"}).sort_values("cases", ascending=False, ignore_index=True)
