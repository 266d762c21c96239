"""Tables are checked on the way out, kept atomically, and every one has its place in the dictionary."""

from pathlib import Path

import pandas as pd
import pytest

from omnistaff.errors import ConfigError, MissingTableError, TableError
from omnistaff.tables import TABLES, Figures, Forecast, ForecastQuantiles, check, conform, empty
from omnistaff.tables.dictionary import describe_table, list_tables
from omnistaff.tables.files import MAKERS, Workspace, replacing


def quantiles(**columns: list[object]) -> pd.DataFrame:
    times = pd.to_datetime(["2026-01-02", "2026-01-01"], utc=True).as_unit("us")
    base = {"queue": ["a", "a"], "interval_start": times, "quantile": [0.5, 0.5], "arrivals": [1.0, 2.0]}
    return pd.DataFrame({**base, **columns})


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_of_every_kind_is_valid_and_documented(name: str) -> None:
    model = TABLES[name]
    assert list(check(model, empty(model))) == model.column_names()
    assert model.key_columns()
    described = describe_table(name)
    assert (described["description"].str.len() > 0).all()
    assert name in MAKERS


def test_a_checked_table_is_sorted_by_its_key() -> None:
    assert list(check(ForecastQuantiles, quantiles())["arrivals"]) == [2.0, 1.0]


def test_a_column_that_may_be_empty_may_be_absent() -> None:
    start = pd.Timestamp("2026-03-02 09:00", tz="UTC").as_unit("us")
    given = {
        "queue": "q",
        "interval_start": [start],
        "model": "mine",
        "mean": 4.0,
        "variance": 4.0,
        "handle_s": 300.0,
    }
    table = check(Forecast, pd.DataFrame(given | {"handle_sd_s": 200.0}).astype({"queue": "str", "model": "str"}))
    assert list(table) == Forecast.column_names()
    assert table["handle_error_s"].isna().all()
    with pytest.raises(TableError, match="column handle_sd_s is missing"):
        check(Forecast, pd.DataFrame(given))


def test_all_problems_of_a_table_come_together() -> None:
    with pytest.raises(TableError) as caught:
        check(ForecastQuantiles, quantiles(quantile=[0.5, 1.5], arrivals=[1, 2]))
    assert len(caught.value.problems) == 2
    assert "arrivals" in str(caught.value)
    assert "found 1.5" in str(caught.value)


def test_missing_extra_and_repeated_rows_are_named() -> None:
    with pytest.raises(TableError, match="column arrivals is missing"):
        check(ForecastQuantiles, quantiles().drop(columns="arrivals"))
    with pytest.raises(TableError, match="column note is not part"):
        check(ForecastQuantiles, quantiles(note=["x", "y"]))
    with pytest.raises(TableError, match="1 rows repeat the key"):
        check(ForecastQuantiles, pd.concat([quantiles(), quantiles().head(1)]))


def test_outside_data_is_conformed_to_the_schema() -> None:
    raw = pd.DataFrame({"queue": ["a"], "interval_start": ["2026-01-01T00:00:00Z"], "quantile": ["0.5"]})
    assert check(ForecastQuantiles, conform(ForecastQuantiles, raw).fillna({"arrivals": 0.0}))["quantile"][0] == 0.5


def test_a_table_survives_the_work_folder_bit_by_bit(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    work.write("forecast_quantiles", quantiles())
    first = work.path("forecast_quantiles").read_bytes()
    table = work.read("forecast_quantiles")
    work.write("forecast_quantiles", table.sample(frac=1, random_state=1))
    assert work.path("forecast_quantiles").read_bytes() == first


def test_figures_stay_in_the_order_in_which_their_stage_tells_them(tmp_path: Path) -> None:
    rows = [("staffing", "silo_hours"), ("staffing", "bound_gap"), ("demand", "offered")]
    figures = pd.DataFrame(rows, columns=["stage", "figure"]).assign(value=1.0, unit="", text="told")
    Workspace(tmp_path).write("figures", figures)
    kept = Workspace(tmp_path).read("figures")
    assert kept["figure"].tolist() == ["offered", "silo_hours", "bound_gap"]
    with pytest.raises(TableError, match="repeat the key stage, figure"):
        check(Figures, pd.concat([figures, figures]))


def test_a_missing_table_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(MissingTableError, match="run `omnistaff forecast` first"):
        Workspace(tmp_path).read("forecast_quantiles")


def test_a_table_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    work.path("pool").parent.mkdir(parents=True)
    work.path("pool").write_text("not parquet")
    with pytest.raises(TableError, match=r"pool\.parquet cannot be read"):
        work.read("pool")


def test_a_failed_write_leaves_the_old_file_and_no_scrap(tmp_path: Path) -> None:
    target = tmp_path / "roster.csv"
    target.write_text("good")

    def fail() -> None:
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "good"
    assert [path.name for path in tmp_path.iterdir()] == ["roster.csv"]


def test_the_dictionary_lists_every_table() -> None:
    assert list(list_tables()["table"]) == list(TABLES)
    with pytest.raises(ConfigError, match="table 'nope' is unknown"):
        describe_table("nope")
