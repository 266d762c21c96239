"""Two plans side by side: what a change costs and what it gives, on the same simulated customers."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from omnistaff.errors import ConfigError
from omnistaff.pipeline import ERASE_KEY, RESOLUTION_TABLES, STAGE_NAMES, Progress, run_stages
from omnistaff.plan import Plan, Queue, make_plan
from omnistaff.tables.files import MAKERS, Workspace

#: The first stage that a change of a plan section reaches.
FIRST_STAGE = {
    "ingest": "ingest", "agents": "ingest", "absences": "ingest", "preferences": "ingest",
    "identity": "identity", "timeline": "timeline",
    "queues": "demand", "calendar": "demand", "demand": "demand", "time_zone": "demand", "interval_minutes": "demand",
    "forecast": "forecast", "seed": "forecast",
    "staffing": "staffing", "schedule": "schedule", "simulate": "demand",
}  # fmt: skip
#: Settings of a queue that change what is counted; the others are first read by staffing.
COUNTED = ("name", "contacts", "mode", "hours", "time_zone", "country", "region", "handle_s")


@dataclass(frozen=True)
class Comparison:
    """What a changed plan differs in: one row a figure, and the work folder of the changed run.

    Columns: figure, base, changed, difference, low, high (95 % limits of the difference; empty where a figure is
    computed and not simulated). Both runs meet the same simulated customers. The limits treat the two simulations as
    independent, which is wider than they are.
    """

    table: pd.DataFrame
    work: Workspace


def compare_plans(base: Plan, changed: Plan, work: str | Path, *, progress: Progress | None = None) -> Comparison:
    """Return how *changed* differs from *base*, whose finished run is in *work*.

    Only the stages that the change reaches are run again, in a folder of their own under ``work/whatif``. Raises
    ConfigError when the plans are equal, MissingTableError when the base has not been run.
    """
    before = Workspace(work)
    first = first_stage(base, changed)
    digest = hashlib.sha256(changed.model_dump_json().encode()).hexdigest()[:12]
    after = Workspace(before.folder / "whatif" / digest)
    kept = STAGE_NAMES[: STAGE_NAMES.index(first)]
    # people's decisions and erasures hold in the changed run too, wherever it begins
    remembered = ("contacts", *RESOLUTION_TABLES)
    after.path("contacts").parent.mkdir(parents=True, exist_ok=True)
    for table, maker in MAKERS.items():
        if (maker in kept or table in remembered) and before.has(table):
            shutil.copyfile(before.path(table), after.path(table))
    if (before.folder / ERASE_KEY).exists():
        shutil.copyfile(before.folder / ERASE_KEY, after.folder / ERASE_KEY)
    last = STAGE_NAMES.index("simulate") + 1
    run_stages(STAGE_NAMES[STAGE_NAMES.index(first) : last], changed, after, progress=progress)
    return Comparison(_differences(_figures(before, base), _figures(after, changed)), after)


def first_stage(base: Plan, changed: Plan) -> str:
    """Return the first stage whose settings differ."""
    sections = [name for name in FIRST_STAGE if getattr(base, name) != getattr(changed, name)]
    stages = {FIRST_STAGE[name] for name in sections if name != "queues"}
    if "queues" in sections:
        same = [_counted(queue) for queue in base.queues] == [_counted(queue) for queue in changed.queues]
        stages.add("staffing" if same else "demand")
    if not stages:
        raise ConfigError("the changed plan is the base plan: change a setting that matters to the figures")
    return min(stages, key=STAGE_NAMES.index)


def change_plan(plan: Plan, changes: Sequence[str]) -> Plan:
    """Return the plan with *changes*, each ``path=value``: ``queues.chat.target.answered_share=0.9``.

    Parts of a list are named by their name or number; a number one past the end appends; values are YAML.
    ConfigError names a path that is not there.
    """
    content = plan.model_dump(mode="json", exclude_defaults=True)
    for change in changes:
        path, separator, text = change.partition("=")
        if not separator:
            raise ConfigError(f"change {change!r} is not understood, expected path=value")
        _put(content, path.strip().split("."), yaml.safe_load(text), change)
    return make_plan(content, folder=plan.folder, origin="the changed plan")


def _put(node: Any, path: Sequence[str], value: Any, change: str) -> None:
    key = _key(node, path[0], change)
    if len(path) == 1:
        if isinstance(node, list) and key == len(node):
            node.append(value)
        else:
            node[key] = value
        return
    if isinstance(node, dict):
        node.setdefault(key, [] if path[1].isdigit() else {})
    _put(node[key], path[1:], value, change)


def _key(node: Any, part: str, change: str) -> Any:
    if isinstance(node, dict):
        return part
    if not isinstance(node, list):
        raise ConfigError(f"change {change!r}: nothing is below {part!r}")
    names = [item.get("name") if isinstance(item, dict) else None for item in node]
    if part in names:
        return names.index(part)
    if part.isdigit() and int(part) <= len(node):
        return int(part)
    raise ConfigError(f"change {change!r}: {part!r} is not in the list, expected one of {names} or a number")


def _counted(queue: Queue) -> Mapping[str, Any]:
    return queue.model_dump(include=set(COUNTED))


def _figures(work: Workspace, plan: Plan) -> pd.DataFrame:
    """Return figure, value and half-width of its 95 % limits (nothing where it is not simulated)."""
    hours = plan.interval_minutes / 60
    coverage, roster = work.read("coverage"), work.read("roster")
    paid = roster.loc[roster["is_paid"], "end_at"] - roster.loc[roster["is_paid"], "start_at"]
    rows: list[tuple[str, float, float]] = [
        ("pooled agent-hours", work.read("pool")["agents"].sum() * hours, np.nan),
        ("agent-hours in silos", work.read("requirement")["agents"].sum() * hours, np.nan),
        ("paid hours", paid.dt.total_seconds().sum() / 3600, np.nan),
        ("missing agent-hours", -coverage["net"].clip(upper=0).sum() * hours, np.nan),
    ]
    outcomes = work.read("outcomes")
    totals = outcomes[outcomes["period"] == "horizon"]
    for row in totals.to_dict("records"):
        half = (row["service_level_high"] - row["service_level_low"]) / 2
        rows.append((f"service level, {row['queue']}", row["service_level"], half))
    for row in totals.to_dict("records"):
        rows.append((f"contacts, {row['queue']}", row["offered"], np.nan))
        rows.append((f"left, {row['queue']}", row["abandoned"], np.nan))
    return pd.DataFrame(rows, columns=["figure", "value", "half"])


def _differences(base: pd.DataFrame, changed: pd.DataFrame) -> pd.DataFrame:
    both = base.merge(changed, on="figure", how="outer", suffixes=("_base", "_changed"), sort=False)
    difference = both["value_changed"] - both["value_base"]
    half = np.hypot(both["half_base"], both["half_changed"])
    return pd.DataFrame(
        {
            "figure": both["figure"],
            "base": both["value_base"],
            "changed": both["value_changed"],
            "difference": difference,
            "low": difference - half,
            "high": difference + half,
        }
    )
