"""The record of a run, ``run.json``: versions, seed, input hashes, seconds a stage, row counts, figures."""

import hashlib
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import numpy as np

import omnistaff
from omnistaff.plan import Plan
from omnistaff.tables.catalog import Figures
from omnistaff.tables.check import empty
from omnistaff.tables.files import Workspace
from omnistaff.tables.inputs import hash_file, input_files

RECORDED_LIBRARIES = ("pandas", "numpy", "scipy", "duckdb", "pulp", "highspy", "numba", "holidays", "tzdata")


def make_manifest(plan: Plan, work: Workspace, *, seconds: dict[str, float], status: str) -> dict[str, Any]:
    """Return the record of a run: versions, seed, input hashes, seconds a stage, row counts, figures, status."""
    figures = work.read("figures") if work.has("figures") else empty(Figures)
    return {
        "name": plan.name,
        "status": status,
        "seed": plan.seed,
        "versions": {
            "omnistaff": omnistaff.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in RECORDED_LIBRARIES},
        },
        "platform": sys.platform,
        "plan_hash": hashlib.sha256(plan.model_dump_json().encode()).hexdigest(),
        "inputs": {name: hash_file(path) for name, path in input_files(plan)},
        "seconds": seconds,
        "rows": dict(_row_counts(work)),
        "figures": {
            f"{row['stage']}.{row['figure']}": {"value": row["value"], "text": row["text"]}
            for row in figures.astype({"value": "object"}).replace({np.nan: None}).to_dict("records")
        },
    }


def _row_counts(work: Workspace) -> Iterator[tuple[str, int]]:
    import pyarrow.parquet as pq

    for path in sorted((work.folder / "tables").glob("*.parquet")):
        if not path.name.startswith("."):
            yield path.stem, pq.read_metadata(path).num_rows
