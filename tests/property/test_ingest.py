"""Laws of ingest: no row vanishes, whatever is written; conversations follow the stated silence."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from omnistaff.ingest import load_store, read_all, tallies
from omnistaff.ingest.sessions import group_messages
from omnistaff.plan import Source, make_plan
from omnistaff.tables.store import Store

CELLS = st.one_of(
    st.sampled_from(["2026-04-05T09:00Z", "2026-04-05 09:00", "60", "1:30", "", "-1", "x", "1", "2"]),
    st.text(st.characters(exclude_characters=',"\r\n', exclude_categories=["Cs"]), max_size=8),
)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=12))
def test_every_csv_row_is_a_leg_a_reject_or_set_aside(rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        lines = [",".join(row) for row in rows]
        Path(name, "a.csv").write_text("id,at,effort\n" + "\n".join(lines), encoding="utf-8")
        columns = {"contact_id": "id", "arrived_at": "at", "effort_s": "effort"}
        source = {"reader": "csv", "path": "a.csv", "columns": columns}
        plan = make_plan(
            {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [source]}, folder=name
        )
        (tally,) = read_all(plan).tallies
    filled = [line for line in lines if line.strip(",").strip()]
    assert tally.rows == tally.legs + tally.rejects + sum(tally.set_aside.values())
    assert tally.rows <= len(rows)
    assert tally.rows >= len([line for line in filled if line.count(",") != 2])


@settings(max_examples=25, deadline=None)
@given(
    minutes=st.lists(st.integers(0, 5000), min_size=1, max_size=30, unique=True),
    threads=st.lists(st.sampled_from("ab"), min_size=30, max_size=30),
    gap=st.integers(1, 2000),
)
def test_a_conversation_ends_exactly_where_the_silence_is_longer_than_stated(
    minutes: list[int], threads: list[str], gap: int
) -> None:
    n = len(minutes)
    messages = pd.DataFrame(
        {
            "thread_id": pd.Series(threads[:n], dtype="str"),
            "message_id": pd.Series([f"m{k}" for k in range(n)], dtype="str"),
            "at": (pd.Timestamp("2026-04-05", tz="UTC") + pd.to_timedelta(minutes, unit="min")).as_unit("us"),
            "is_inbound": True,
            "is_human": True,
            "agent_id": pd.Series([None] * n, dtype="str"),
            "file": pd.Series(["f"] * n, dtype="str"),
            "row": range(n),
            "legs": 1,
        }
    )
    source = Source(reader="telegram", path="x", session_gap_minutes=gap)
    sessions, number = group_messages(messages, source)
    assert sessions["legs"].sum() == n
    expected = 0
    for thread in set(threads[:n]):
        times = sorted(minute for minute, own in zip(minutes, threads, strict=False) if own == thread)
        expected += 1 + sum(later - sooner > gap for sooner, later in pairwise(times))
    assert len(sessions) == number.nunique() == expected


ROWS = st.tuples(
    st.sampled_from(["1", "2", "3", ""]),
    st.sampled_from(["2026-04-05T09:00Z", "2026-04-05T10:00Z", "when", ""]),
    st.sampled_from(["2026-04-06T00:00Z", "2026-04-07T00:00Z", ""]),
    st.sampled_from(["+34600000011", ""]),
)


@settings(max_examples=12, deadline=None)
@given(
    files=st.lists(st.lists(ROWS, max_size=5), min_size=1, max_size=4),
    order=st.permutations(range(4)),
    cuts=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_files_loaded_in_any_portions_and_order_give_what_one_reading_gives(
    files: list[list[tuple[str, ...]]], order: list[int], cuts: list[bool]
) -> None:
    columns = {"contact_id": "id", "arrived_at": "at", "updated_at": "upd", "phone": "tel"}
    source = {"reader": "csv", "path": "*.csv", "columns": columns}
    content = {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [source]}
    with tempfile.TemporaryDirectory() as name:
        folder, store = Path(name), Path(name, "s.duckdb")
        plan = make_plan(content, folder=folder)
        wanted = [k for k in order if k < len(files)]
        for k, cut in zip(wanted, cuts, strict=False):
            lines = ["id,at,upd,tel", *(",".join(row) for row in files[k])]
            (folder / f"d{k}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
            if cut:
                load_store(plan, store, may_be_useless=True)
        load_store(plan, store, may_be_useless=True)
        batch = read_all(plan)
        with Store(store) as opened:
            for kept, read in zip(opened.log(), batch.log, strict=True):
                pd.testing.assert_frame_equal(kept, read)
            assert tallies(plan, opened) == batch.tallies
