"""The timeline of the customers that a batch touches, laid over the earlier one, is the timeline of all contacts."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from omnistaff.plan import TimelineSettings
from omnistaff.timeline.bulk import update_timeline, write_timeline

SETTINGS = TimelineSettings(segments={"back": "cases >= 1", "new": "True"})


def draw(rng: np.random.Generator, size: int) -> pd.DataFrame:
    """Return contacts of a file, some at one instant, some without a reason."""
    arrived = pd.Timestamp("2026-03-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 4e4, size), unit="m")
    answered = pd.Series(arrived + pd.to_timedelta(rng.integers(0, 9000, size), unit="s")).where(
        rng.random(size) < 0.8
    )
    return pd.DataFrame(
        {
            "contact_id": [f"k{k:05d}" for k in rng.permutation(size)], "source": "s", "arrived_at": arrived,
            "channel": rng.choice(["voice", "email"], size), "is_demand": rng.random(size) < 0.9,
            "reason": pd.Series(rng.choice(["card", "loan"], size)).where(rng.random(size) < 0.8),
            "thread_id": pd.Series(rng.choice(["a", "b"], size)).where(rng.random(size) < 0.3),
            "outcome": rng.choice(["answered", "open"], size), "answered_at": answered, "ended_at": answered,
        }
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_touched_customers_laid_over_the_rest_give_the_timeline_of_all(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    contacts = draw(rng, 400)
    old = 330
    before = rng.integers(0, 60, 400)
    after = np.where(before % 9 == 0, before // 2, before)  # some customers turn out to be one
    touched = np.flatnonzero(np.isin(after, after[(before != after) | (np.arange(400) >= old)]))
    folder = tmp_path / "planner's"
    folder.mkdir()
    files = [folder / f"{name}.parquet" for name in ("old", "new", "all")]
    contacts[:old].assign(customer_id=before[:old]).to_parquet(files[0], row_group_size=100)
    contacts[old:].to_parquet(files[1])
    contacts.assign(customer_id=after).to_parquet(files[2])
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    earlier, update, whole = (folder / f"timeline_{name}.parquet" for name in ("old", "update", "all"))
    write_timeline(connection, files[0], earlier, SETTINGS)
    update_timeline(connection, files[:2], (touched, after[touched]), update, SETTINGS)
    write_timeline(connection, files[2], whole, SETTINGS)
    changed = pd.read_parquet(update).set_index("row")
    expected = pd.read_parquet(whole)
    found = pd.read_parquet(earlier).reindex(range(400))
    found.loc[changed.index] = changed
    kept = pd.read_parquet(earlier).loc[np.setdiff1d(np.arange(old), touched)]
    pd.testing.assert_frame_equal(kept, expected.loc[kept.index])
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert len(changed) < 400
