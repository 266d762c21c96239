"""The same work for many queues: here, or spread over processes, Dask or Spark by the same call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, assert_never

from omnistaff.errors import ConfigError

Item = TypeVar("Item")
Result = TypeVar("Result")
Workers = Literal["processes", "dask", "spark"]

HERE_UP_TO = 24  # fewer items are done before other processes have started


def spread(function: Callable[[Item], Result], items: Sequence[Item], workers: Workers, threads: int) -> list[Result]:
    """Return *function* of each item, in their order; the results do not depend on where they were made.

    ``processes`` starts *threads* of them for more than a few items. ``dask`` uses the running client, else its own
    processes; ``spark`` the running session, else a local one. Raises ConfigError when these are not installed.
    """
    match workers:
        case "processes":
            if threads == 1 or len(items) <= HERE_UP_TO:
                return [function(item) for item in items]
            from joblib import Parallel, delayed

            return list(Parallel(n_jobs=threads)(delayed(function)(item) for item in items))
        case "dask":
            return _by_dask(function, items, threads)
        case "spark":
            return _by_spark(function, items, threads)
        case _:
            assert_never(workers)


def _by_dask(function: Callable[[Item], Result], items: Sequence[Item], threads: int) -> list[Result]:
    try:
        from dask import bag
    except ImportError as error:
        raise ConfigError("forecast.workers is dask, but dask is not installed: install omnistaff[dask]") from error
    parts = min(len(items), 8 * threads)
    if not items:
        return []
    sequence: Any = bag.from_sequence  # dask has no types
    return list(sequence(items, npartitions=parts).map(function).compute())


def _by_spark(function: Callable[[Item], Result], items: Sequence[Item], threads: int) -> list[Result]:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ConfigError(
            "forecast.workers is spark, but pyspark is not installed: install omnistaff[spark], and Java 17"
        ) from error
    local = SparkSession.builder.master(f"local[{threads}]").config("spark.ui.enabled", "false")
    session = SparkSession.getActiveSession() or local.getOrCreate()
    parts = min(max(len(items), 1), 8 * threads)
    return list(session.sparkContext.parallelize(list(items), parts).map(function).collect())
