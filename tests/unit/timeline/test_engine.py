"""The chronology and the demand are the same, to the row, in pandas, in DuckDB and on Spark."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omnistaff import demand, timeline
from omnistaff.errors import TableError
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import Contacts, Identities, Timeline, check, conform

Build = Callable[..., Plan]


def has_spark() -> str:
    """Return why Spark cannot run here, empty if it can."""
    if shutil.which("java") is None:
        return "Spark needs Java 17, and there is no java here"
    try:
        import pyspark
    except ImportError:
        return "pyspark is not installed (pip install omnistaff[spark])"
    return "" if pyspark else "never"


needs_spark = pytest.mark.skipif(bool(has_spark()), reason=has_spark() or "Spark runs")
SEGMENTS = {
    "frequent": "contacts_90d >= 14 and effort_hours > 0.2", "known": "cases >= 3 or days_known > 5",
    "back": "not days_silent < 1 and contacts != 3",
}  # fmt: skip
QUEUES = [
    {"name": "v", "contacts": {"channel": ["voice"]}, "hours": {"mon-fri": "08:00-18:00"}},
    {"name": "rest", "contacts": {"channel": ["email", "web_chat"], "legs": ["1"], "is_demand": ["True"]}},
]


def make(backend: str, in_memory: int, **settings: Any) -> Plan:
    return make_plan(
        {
            "name": "t", "time_zone": "Asia/Kathmandu", "interval_minutes": 15, "queues": QUEUES,
            "timeline": settings, "demand": {"redial_minutes": 90, "cut_off": "2026-03-17T11:07:00"},
            "engine": {"backend": backend, "rows_in_memory": in_memory},
        }
    )  # fmt: skip


def draw(seed: int, size: int = 700) -> tuple[Any, Any]:
    """Return contacts full of gaps: no reason, no answer, no effort, several at one instant."""
    rng = np.random.default_rng(seed)
    arrived = pd.Timestamp("2026-03-01", tz="UTC") + pd.to_timedelta(np.sort(rng.integers(0, 2e6, size)) // 60, "m")
    outcomes = ["answered", "abandoned", "short_abandoned", "contained", "open", "flowed_out"]

    def sometimes(share: float, values: Any) -> Any:
        return pd.Series(values).where(rng.random(size) < share)

    answered = sometimes(0.7, arrived + pd.to_timedelta(rng.integers(0, 1e8, size), unit="us"))
    table = pd.DataFrame(
        {
            "contact_id": [f"k{k:05d}" for k in rng.permutation(size)], "source": rng.choice(["s", "t"], size),
            "channel": rng.choice(["voice", "email", "web_chat"], size), "direction": "inbound", "legs": 1,
            "arrived_at": arrived, "reason": sometimes(0.7, rng.choice(["card", "loan", "pin"], size)),
            "outcome": rng.choice(outcomes, size, p=[0.5, 0.3, 0.05, 0.05, 0.05, 0.05]),
            "answered_at": answered, "effort_basis": "measured", "is_demand": rng.random(size) < 0.9,
            "ended_at": sometimes(0.8, answered + pd.to_timedelta(rng.integers(0, 4e9, size), unit="us")),
            "wait_s": sometimes(0.5, rng.integers(0, 300, size) * 1.0),
            "effort_s": sometimes(0.8, rng.random(size) * 900),
            "thread_id": sometimes(0.4, rng.choice(["t1", "t2", "t3"], size)),
        }
    )  # fmt: skip
    who = pd.DataFrame({"contact_id": table["contact_id"], "rule": "single", "probability": 1.0})
    who["customer_id"] = [f"C{k}" for k in rng.integers(0, 25, size)]
    return check(Contacts, conform(Contacts, table)), check(Identities, conform(Identities, who))


CASES: list[dict[str, Any]] = [
    {"segments": SEGMENTS, "reason_families": {"cards": ["card", "pin"]}},
    {"same_reason": False, "case_gap_hours": 36, "repeat_days": 2},
]


@pytest.mark.parametrize("settings", CASES)
def test_duckdb_gives_the_tables_of_pandas(settings: dict[str, Any]) -> None:
    compare("duckdb", 3, settings)


@pytest.mark.parametrize("settings", CASES)
def test_a_file_of_contacts_gives_the_timeline_and_the_demand_of_pandas(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ibis

    from omnistaff.demand.counts import count_chronology, count_files
    from omnistaff.timeline.bulk import write_timeline

    for module in ("timeline.bulk", "demand.counts"):
        monkeypatch.setattr(f"omnistaff.{module}.BATCH", 130)

    contacts, identities = draw(4)
    plan = make("duckdb", 10**6, **settings)
    source, target = tmp_path / "contacts.parquet", tmp_path / "timeline.parquet"
    contacts.merge(identities[["contact_id", "customer_id"]]).to_parquet(source, row_group_size=100)
    backend = ibis.duckdb.connect()
    backend.raw_sql("set timezone = 'UTC'")
    write_timeline(backend.con, source, target, plan.timeline)
    table = pd.read_parquet(target)
    assert table["contact_id"].tolist() == contacts["contact_id"].tolist()
    expected = timeline.build_timeline(contacts, identities, plan).timeline
    found = check(Timeline, conform(Timeline, table.drop(columns=["is_alone", "family", "customer"])))
    pd.testing.assert_frame_equal(expected, found, rtol=1e-12)
    assert (table["is_alone"] == (table.groupby("customer_id")["contact_id"].transform("size") == 1)).all()
    marks = "c.*, t.is_repeat, t.is_switch, t.is_alone"
    backend.raw_sql(f"create view v as select {marks} from '{source}' c positional join '{target}' t")
    counted = demand.count_demand(contacts, expected, plan)
    pd.testing.assert_frame_equal(counted, count_chronology(backend.table("v"), plan), rtol=1e-9, atol=1e-6)
    pd.testing.assert_frame_equal(counted, count_files(source, target, plan), rtol=1e-9, atol=1e-6)


def test_contacts_without_a_timeline_row_are_demand_all_the_same() -> None:
    contacts, identities = draw(6, 300)
    small, large = make("duckdb", 10**6), make("duckdb", 0)
    some = timeline.build_timeline(contacts, identities, small).timeline.iloc[::2]
    counted = demand.count_demand(contacts, some, small)
    pd.testing.assert_frame_equal(counted, demand.count_demand(contacts, some, large), rtol=1e-9, atol=1e-6)
    with pytest.raises(TableError, match="150 contacts have no row in identities"):
        timeline.build_timeline(contacts, identities.iloc[::2], small)


@pytest.fixture
def spark() -> Iterator[None]:
    """A local Spark that does not compile what it runs: on a few rows compiling takes most of the time."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false", "spark.driver.host": "127.0.0.1",
    }  # fmt: skip
    session = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    yield
    session.stop()


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("spark")
@pytest.mark.filterwarnings("ignore")
def test_spark_gives_the_tables_of_pandas() -> None:
    compare("spark", 5, CASES[0])


def compare(backend: str, seed: int, settings: dict[str, Any]) -> None:
    contacts, identities = draw(seed, 700 if backend == "duckdb" else 200)
    small, large = make("duckdb", 10**6, **settings), make(backend, 0, **settings)
    expected = timeline.build_timeline(contacts, identities, small)
    found = timeline.build_timeline(contacts, identities, large)
    for name, ours, theirs in zip(expected._fields, expected, found, strict=True):
        pd.testing.assert_frame_equal(ours, theirs, rtol=1e-12, obj=name)
    counted = demand.count_demand(contacts, expected.timeline, small)
    assert counted["offered"].sum() > 50
    again = demand.count_demand(contacts, expected.timeline, large)
    pd.testing.assert_frame_equal(counted, again, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "trino"])
def test_the_expressions_are_spelt_for_other_warehouses(dialect: str) -> None:
    import ibis

    from omnistaff.demand.strays import Stretch
    from omnistaff.demand.warehouse import count_buckets, count_days, fold_attempts, select_attempts, work_buckets
    from omnistaff.timeline.engine import NEEDED

    types = {"arrived_at": "timestamp('UTC')", "answered_at": "timestamp('UTC')", "ended_at": "timestamp('UTC')"}
    types |= {"is_demand": "boolean", "effort_s": "float64", "wait_s": "float64", "legs": "int64"}
    columns = {name: types.get(name, "string") for name in [*NEEDED, "customer_id", "wait_s", "legs"]}
    plan = make("duckdb", 0, **CASES[0])
    rows = timeline.chronology(ibis.table(columns, name="contacts"), plan.timeline)
    attempts = select_attempts(rows, plan, Stretch(0, 2**60))
    for expression in (rows, count_days(rows), count_buckets(fold_attempts(attempts, 10)), work_buckets(attempts)):
        text = ibis.to_sql(expression, dialect=dialect)
        assert text.lstrip().upper().startswith(("SELECT", "WITH"))


def test_tables_put_together_from_parts_are_counted_like_whole_ones() -> None:
    contacts, identities = draw(6, 300)
    small, large = make("duckdb", 10**6), make("duckdb", 0)
    known = timeline.build_timeline(contacts, identities, small).timeline
    parts = pd.concat([contacts.iloc[:100], contacts.iloc[100:]], ignore_index=True)
    counted = demand.count_demand(contacts, known, small)
    pd.testing.assert_frame_equal(counted, demand.count_demand(parts, known, large), rtol=1e-9, atol=1e-6)
