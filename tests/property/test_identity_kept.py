"""Customers kept on disk are those of all contacts at once, whatever the batches."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnistaff.errors import ConfigError
from omnistaff.identity.bulk import resolve_rows
from omnistaff.identity.kept import KeptCustomers
from omnistaff.plan import Identity

COLUMNS = {"phone": "phone", "mobile": "phone", "email": "email", "nid": "national_id", "account": "account"}
PLAN = Identity(unique_ids=["account", "national_id"])
_CONNECTION = duckdb.connect()


def draw(rng: np.random.Generator, size: int) -> pd.DataFrame:
    """Return contacts whose few values are often shared, so that statuses flip and unique ids meet."""
    many = {"phone": 2.0, "mobile": 3.0, "email": 1.5, "nid": 3.0, "account": 4.0}
    columns = {
        name: pd.Series([f"{name[0]}{k}" for k in rng.integers(0, size / per + 1, size)], dtype="str").where(
            rng.random(size) < 0.4
        )
        for name, per in many.items()
    }
    columns["mobile"] = columns["mobile"].str.replace("m", "p")  # both columns speak of the same phones
    return pd.DataFrame(columns).reset_index(names="row")


def select(table: pd.DataFrame) -> str:
    _CONNECTION.register("contacts", table.assign(row=range(len(table))))
    return "contacts"


@given(seed=st.integers(0, 2**32), size=st.integers(2, 150), cuts=st.integers(1, 4), fold=st.sampled_from([0.3, 1e9]))
@settings(max_examples=50, deadline=None)
def test_batches_give_the_customers_of_all_contacts_at_once(seed: int, size: int, cuts: int, fold: float) -> None:
    rng = np.random.default_rng(seed)
    table = draw(rng, size)
    ends = [*np.sort(rng.integers(1, size + 1, cuts)).tolist(), size]
    with tempfile.TemporaryDirectory() as name, patch("omnistaff.identity.kept.FOLD_SHARE", fold):
        folder = Path(name)
        kept = KeptCustomers.build(_CONNECTION, select(table[: ends[0]]), COLUMNS, PLAN, folder)
        for start, end in itertools.pairwise(ends):
            before = kept.labels()
            if rng.random() < 0.5:
                kept = KeptCustomers(folder, COLUMNS, PLAN)  # as another run opens it
            touched = kept.append(_CONNECTION, select(table[start:end]))
            expected = resolve_rows(_CONNECTION, select(table[:end]), COLUMNS, PLAN)
            np.testing.assert_array_equal(kept.labels(), expected)
            others = np.setdiff1d(np.arange(start), touched.rows)
            np.testing.assert_array_equal(before[others], expected[others])  # nobody else is renamed
            assert not np.isin(expected[others], touched.labels).any()  # and touched customers are told whole
        assert len(parts(folder)) == 2 + (kept._tail is not None)  # nothing of earlier batches stays


def parts(folder: Path) -> list[str]:
    return sorted(part.name for part in folder.iterdir() if part.name != ".lock")


def test_a_second_writer_is_refused_and_a_folder_without_customers_named(tmp_path: Path) -> None:
    table = draw(np.random.default_rng(6), 40)
    with pytest.raises(ConfigError, match="no customers are kept in"):
        KeptCustomers(tmp_path / "none", COLUMNS, PLAN)
    earlier = KeptCustomers.build(_CONNECTION, select(table[:20]), COLUMNS, PLAN, tmp_path)
    KeptCustomers(tmp_path, COLUMNS, PLAN).append(_CONNECTION, select(table[20:30]))
    with pytest.raises(ConfigError, match="another program has appended"):
        earlier.append(_CONNECTION, select(table[30:]))
    again = KeptCustomers(tmp_path, COLUMNS, PLAN)
    again.append(_CONNECTION, select(table[30:]))
    np.testing.assert_array_equal(again.labels(), resolve_rows(_CONNECTION, select(table), COLUMNS, PLAN))


def test_customers_made_with_other_settings_are_not_appended_to(tmp_path: Path) -> None:
    table = draw(np.random.default_rng(1), 20)
    KeptCustomers.build(_CONNECTION, select(table), COLUMNS, PLAN, tmp_path)
    other: Any = PLAN.model_copy(update={"max_unique_ids_per_value": 2})
    with pytest.raises(ConfigError, match="build the customers again"):
        KeptCustomers(tmp_path, COLUMNS, other)


def test_customers_can_be_built_anew_while_others_read_them(tmp_path: Path) -> None:
    table = draw(np.random.default_rng(2), 40)
    earlier = KeptCustomers.build(_CONNECTION, select(table), COLUMNS, PLAN, tmp_path)
    labels = earlier.labels()
    KeptCustomers.build(_CONNECTION, select(table[:5]), COLUMNS, PLAN, tmp_path)
    np.testing.assert_array_equal(earlier.labels(), labels)
    assert parts(tmp_path) == ["base-1", "parts.json"]


def test_an_append_that_was_cut_short_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = draw(np.random.default_rng(3), 80)
    KeptCustomers.build(_CONNECTION, select(table[:70]), COLUMNS, PLAN, tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr("omnistaff.identity.kept.commit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            KeptCustomers(tmp_path, COLUMNS, PLAN).append(_CONNECTION, select(table[70:72]))
    kept = KeptCustomers(tmp_path, COLUMNS, PLAN)
    assert kept.rows == 70
    kept.append(_CONNECTION, select(table[70:75]))
    np.testing.assert_array_equal(kept.labels(), resolve_rows(_CONNECTION, select(table[:75]), COLUMNS, PLAN))
    assert len(parts(tmp_path)) == 3  # nothing is left of the broken one


def test_a_batch_without_contacts_touches_nobody_and_writes_nothing(tmp_path: Path) -> None:
    table = draw(np.random.default_rng(4), 80)
    kept = KeptCustomers.build(_CONNECTION, select(table[:78]), COLUMNS, PLAN, tmp_path)
    kept.append(_CONNECTION, select(table[78:]))
    written = {part: part.stat().st_mtime_ns for part in tmp_path.rglob("*")}
    assert not len(kept.append(_CONNECTION, select(table[:0])).rows)
    assert {part: part.stat().st_mtime_ns for part in tmp_path.rglob("*")} == written
