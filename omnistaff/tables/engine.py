"""Where tables are computed that are too many for memory: DuckDB here, or Spark, both through Ibis."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, assert_never

import pandas as pd

from omnistaff.errors import ConfigError

MEMORY_LIMIT = "1200MB"


class Engine:
    """An Ibis backend with a scratch folder; get one from ``open_engine``."""

    def __init__(self, backend: Any, folder: Path) -> None:
        self.backend = backend
        self._folder = folder
        self._kept = 0

    def load(self, frame: pd.DataFrame) -> Any:
        """Return *frame* as an Ibis table of the backend."""
        path = self.new_file()
        frame.to_parquet(path, index=False)
        return self.backend.read_parquet(path)

    def keep(self, expression: Any) -> Any:
        """Return the rows of an Ibis table, computed once."""
        path = self.new_file()
        self.backend.to_parquet(expression, path)
        return self.backend.read_parquet(path)

    def new_file(self) -> Path:
        """Return a Parquet file to be written in the scratch folder."""
        self._kept += 1
        return self._folder / f"{self._kept}.parquet"


@contextmanager
def open_engine(backend: Literal["duckdb", "spark"], threads: int) -> Iterator[Engine]:
    """Give an engine for a ``with`` block. Raises ConfigError when Spark is asked for and not installed."""
    with tempfile.TemporaryDirectory(prefix="omnistaff-") as folder:
        match backend:
            case "duckdb":
                import ibis

                connected = ibis.duckdb.connect(temp_directory=folder, memory_limit=MEMORY_LIMIT, threads=threads)
                try:
                    connected.raw_sql("set timezone = 'UTC'")
                    yield Engine(connected, Path(folder))
                finally:  # before the folder goes, where the backend has files open
                    connected.disconnect()
            case "spark":
                yield Engine(_connect_spark(threads), Path(folder))
            case _:
                assert_never(backend)


def _connect_spark(threads: int) -> Any:
    """Return Ibis on the running Spark session, or on a local one."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ConfigError(
            "engine.backend is spark, but pyspark is not installed: install omnistaff[spark], and Java 17"
        ) from error
    import ibis

    session = SparkSession.getActiveSession() or (
        SparkSession.builder.master(f"local[{threads}]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", str(2 * threads))
        .getOrCreate()
    )
    return ibis.pyspark.connect(session)
