"""What happened to customers: made, merged, split, and joins that were refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandera.typing import DataFrame

from omnistaff.tables import IdentityEvents, Resolution, check
from omnistaff.tables.keys import combine, hash_text, spell

COLUMNS = ("kind", "customer_id", "other_id", "edge_id", "at")


def record_events(
    ordered: pd.DataFrame,
    customers: NDArray[Any],
    refused: pd.DataFrame,
    judged: pd.DataFrame,
    previous: Resolution | None,
) -> DataFrame[IdentityEvents]:
    """Return earlier events and the new ones: create, merge and split against *previous*, refuse, block.

    An event is dated by the arrival of the contact behind it, so it does not depend on when the run was.
    """
    found = pd.DataFrame({"contact_id": ordered["contact_id"], "customer_id": customers, "at": ordered["arrived_at"]})
    parts = [_changes(found, previous), _refusals(found, refused), _blocks(judged, ordered)]
    events = pd.concat([part for part in parts if len(part)] or [_frame({})], ignore_index=True)
    texts = [hash_text(events[name].fillna("").astype("str").to_numpy()) for name in COLUMNS[:4]]
    hashes = combine(*texts, events["at"].astype("int64").to_numpy().astype(np.uint64))
    events = events.assign(event_id=pd.Series(spell("V", hashes), dtype="str"))
    if previous is not None:
        events = pd.concat([previous.events, events], ignore_index=True)
    return check(IdentityEvents, events.drop_duplicates("event_id"))


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {name: columns.get(name, pd.NA) for name in COLUMNS[:4]}, index=columns.get("index", pd.RangeIndex(0))
    )
    at = pd.to_datetime(pd.Series(columns.get("at", pd.NaT), index=frame.index), utc=True).dt.as_unit("us")
    return frame.astype("str").assign(at=at)


def _changes(found: pd.DataFrame, previous: Resolution | None) -> pd.DataFrame:
    """Return create, merge and split events against the earlier customers."""
    first = found.drop_duplicates("customer_id")
    if previous is None:
        return _frame(
            {"kind": "create", "customer_id": first["customer_id"], "at": first["at"], "index": first.index}
        )
    earlier = previous.identities[["contact_id", "customer_id"]].rename(columns={"customer_id": "earlier_id"})
    both = found.merge(earlier, on="contact_id", how="left", validate="1:1")
    new = first[~first["customer_id"].isin(earlier["earlier_id"])]
    moved = both[both["earlier_id"].notna() & (both["earlier_id"] != both["customer_id"])]
    moved = moved.drop_duplicates(["customer_id", "earlier_id"])
    survives = moved["earlier_id"].isin(found["customer_id"])
    created = _frame({"kind": "create", "customer_id": new["customer_id"], "at": new["at"], "index": new.index})
    changed = _frame(
        {
            "kind": np.where(survives, "split", "merge"),
            "customer_id": moved["customer_id"],
            "other_id": moved["earlier_id"],
            "at": moved["at"],
            "index": moved.index,
        }
    )
    return pd.concat([created, changed], ignore_index=True)


def _refusals(found: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    """Return one event for each edge that would have joined two values of a unique id."""
    rows = found.iloc[refused["contact"].to_numpy()]
    return _frame(
        {
            "kind": "refuse",
            "customer_id": rows["customer_id"].to_numpy(),
            "edge_id": refused["edge_id"].to_numpy(),
            "at": rows["at"].array,
            "index": pd.RangeIndex(len(rows)),
        }
    )


def _blocks(judged: pd.DataFrame, ordered: pd.DataFrame) -> pd.DataFrame:
    """Return one event for each value that identifies nobody alone, named as ``kind:value``."""
    barred = judged[(judged["status"] != "ok") & (judged["contacts"] > 1)]
    key = barred["kind"] + ":" + barred["value"]
    at = ordered["arrived_at"].max() if len(ordered) else pd.NaT
    return _frame({"kind": "block", "customer_id": "", "other_id": key, "at": at, "index": barred.index})
