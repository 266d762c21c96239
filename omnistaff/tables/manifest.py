"""The record of a run, ``run.json``: versions, seed, input hashes, seconds a stage, row counts, figures."""

import hashlib
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import omnistaff
from omnistaff.plan import Plan
from omnistaff.tables.catalog import Figures
from omnistaff.tables.check import empty
from omnistaff.tables.files import Workspace, write_text
from omnistaff.tables.inputs import hash_file, input_files

RUN = "run.json"
REPORTED, PREVIOUS = "reported.json", "previous.json"  # records of what the last two reports were on
ACCOUNT = "ingest.json"  # where the rows of the logs went, as ingest left it
RECORDED_LIBRARIES = ("pandas", "numpy", "scipy", "duckdb", "pulp", "highspy", "numba", "holidays", "tzdata")


def make_manifest(
    plan: Plan,
    work: Workspace,
    *,
    seconds: dict[str, float],
    status: str,
    stale: Sequence[str],
    ran: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the record of a run: versions, seed, input hashes, seconds a stage, row counts, figures, status.

    *stale* stages left tables that are older than what feeds them, or were made for another plan. Those that *ran*
    left tables of this plan; of others the plan is remembered as a hash.
    """
    figures = work.read("figures") if work.has("figures") else empty(Figures)
    return {
        "name": plan.name,
        "status": status,
        "stale": list(stale),
        "plans": read_record(work.folder / RUN).get("plans", {}) | dict.fromkeys(ran, hash_plan(plan)),
        "seed": plan.seed,
        "versions": {
            "omnistaff": omnistaff.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in RECORDED_LIBRARIES},
        },
        "platform": sys.platform,
        **fingerprint(plan),
        "seconds": seconds,
        "ingest": read_record(work.folder / ACCOUNT).get("sources", []),
        "rows": dict(_row_counts(work)),
        "figures": {
            f"{row['stage']}.{row['figure']}": {"value": row["value"], "text": row["text"]}
            for row in figures.astype({"value": "object"}).replace({np.nan: None}).to_dict("records")
        },
    }


def write_manifest(manifest: dict[str, Any], work: Workspace) -> None:
    """Write the record of a run to ``run.json``."""
    write_text(work.folder / RUN, json.dumps(manifest, indent=2) + "\n")


def fingerprint(plan: Plan) -> dict[str, Any]:
    """Return what decides a run's result: hashes of the plan, of every input file and of the program."""
    return {
        "plan_hash": hash_plan(plan),
        "code_hash": _code_hash(),
        "inputs": {name: hash_file(path) for name, path in input_files(plan)},
    }


def hash_plan(plan: Plan) -> str:
    """Return a hash of every setting."""
    return hashlib.sha256(plan.model_dump_json().encode()).hexdigest()


def read_record(path: Path) -> dict[str, Any]:
    """Return the record of a run kept at *path*, empty where there is none that can be read."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def kept_seconds(plan: Plan, work: Workspace) -> dict[str, float]:
    """Return the seconds of each stage kept in *work* that ran with the same plan, inputs and program."""
    kept = read_record(work.folder / RUN)
    asked = fingerprint(plan)
    same = kept.get("status") == "done" and asked == {name: kept.get(name) for name in asked}
    return dict(kept["seconds"]) if same else {}


def last_reported(work: Workspace, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the record of the last report whose results were others, empty if there is none; remember this one."""
    shown, before = work.folder / REPORTED, work.folder / PREVIOUS
    last = read_record(shown)
    if last and any(last.get(name) != manifest[name] for name in ("plan_hash", "code_hash", "inputs", "figures")):
        shown.replace(before)
    write_text(shown, json.dumps(manifest, indent=2) + "\n")
    return read_record(before)


@lru_cache(maxsize=1)
def _code_hash() -> str:
    digest = hashlib.sha256()
    root = Path(omnistaff.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _row_counts(work: Workspace) -> Iterator[tuple[str, int]]:
    import pyarrow.parquet as pq

    for path in sorted((work.folder / "tables").glob("*.parquet")):
        if not path.name.startswith("."):
            yield path.stem, pq.read_metadata(path).num_rows
