"""A small world with every table, made from a seed: what the report and the exports are tried on."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from omnistaff.plan import Plan, make_plan
from omnistaff.report import write_exports
from omnistaff.report.inputs import Inputs
from omnistaff.tables import TABLES, conform
from omnistaff.tables.files import Workspace
from tests.unit.report.planned import FIRST, ZONE, grid_of, planning, profile_of, roster_of

HISTORY_DAYS = 42
QUEUES = ("cards", "chat", "mail")


def world_plan(weeks: int = 4, interval: int = 30) -> Plan:
    return make_plan(
        {
            "name": "Demo <bank> & co",
            "time_zone": ZONE,
            "interval_minutes": interval,
            "queues": [
                {"name": "cards", "contacts": {"channel": ["voice"]}, "hours": {"mon-sun": "08:00-20:00"},
                 "target": {"answered_share": 0.8, "within_s": 20}},
                {"name": "chat", "contacts": {"channel": ["web_chat"]}, "mode": "messaging", "concurrency": 3,
                 "hours": {"mon-fri": "08:00-20:00"}, "target": {"asa_s": 60}},
                {"name": "mail", "contacts": {"channel": ["email"]}, "mode": "deferred",
                 "hours": {"mon-fri": "09:00-17:00"}, "target": {"on_time_share": 0.95, "due_hours": 8}},
            ],
            "calendar": {"country": "ES",
                         "events": [{"name": "gold card", "kind": "launch", "start": "2026-03-23", "volume": 500}]},
            "schedule": {"weeks": weeks},
        }
    )  # fmt: skip


def build_world(folder: Path, agents: int = 12, weeks: int = 2, interval: int = 30) -> SimpleNamespace:
    """Return plan and work folder with all tables of the catalogue, consistent with each other."""
    rng = np.random.default_rng(5)
    plan = world_plan(weeks, interval)
    work = Workspace(folder)
    people = _people(agents)
    tables = {"agents": people, **_history(plan, rng), **planning(plan, weeks, agents, rng)}
    tables |= roster_of(people, weeks)
    tables["figures"] = pd.DataFrame(
        [("demand", "contacts", 1.0, "", "1,234 contacts counted"), ("forecast", "wape", 0.1, "", "WAPE 10 %")],
        columns=["stage", "figure", "value", "unit", "text"],
    )
    for name, frame in tables.items():
        work.write(name, conform(TABLES[name], frame))
    return SimpleNamespace(plan=plan, work=work, tables=tables)


def _people(agents: int) -> pd.DataFrame:
    zones = [ZONE if k % 6 else "America/New_York" for k in range(agents)]
    return pd.DataFrame(
        {
            "agent_id": [f"A{k:03d}" for k in range(agents)],
            "name": [f"Ana Líma, {k}" if k else "=1+1" for k in range(agents)],
            "site": [["Madrid", "Porto"][k % 2] for k in range(agents)],
            "time_zone": zones,
            "skills": [["cards", "cards|chat", "cards|chat|mail"][k % 3] for k in range(agents)],
            "contract": [["full", "part"][k % 2] for k in range(agents)],
            "hourly_cost": [20.0 + k % 3 for k in range(agents)],
            "team": [["north", "south"][k % 2] for k in range(agents)],
            "email": [f"a{k}@example.com" for k in range(agents)],
        }
    )


def _history(plan: Plan, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    grid = grid_of(plan, FIRST - pd.Timedelta(days=HISTORY_DAYS), HISTORY_DAYS)
    offered = rng.poisson(profile_of(grid, 6) * np.where(grid["is_open"], 1, 0.02)).astype(float)
    abandoned = np.minimum(offered, rng.poisson(0.05 * offered)) * (grid["queue"] != "mail")
    repeats = np.floor(offered * 0.25)
    demand = grid.assign(
        offered=offered, handled=offered - abandoned, abandoned=abandoned, first_contacts=offered - repeats,
        repeat_contacts=repeats, switched_contacts=np.floor(repeats / 3), unlinked_contacts=np.floor(offered * 0.1),
        handle_s=grid["queue"].map({"cards": 240.0, "chat": 400.0, "mail": 500.0}), handle_sd_s=90.0,
        is_outlier=False, is_event=False,
    )  # fmt: skip
    demand["workload_s"] = demand["handled"] * demand["handle_s"]
    demand.loc[demand["interval_start"].dt.strftime("%m-%d") == "03-03", "is_outlier"] = True
    contacts = _contacts(rng)
    scores = pd.DataFrame(
        [
            {"queue": queue, "model": model, "horizon": horizon, "n": 500, "wape": wape + 0.02 * k,
             "bias_share": 0.01,
             "mase": wape * 5, "rmse": 3.0, "crps": wape / 2, "coverage_80": 0.79, "coverage_95": 0.94,
             "floor_wape": 0.11, "fte_error": 0.6}
            for queue in (*QUEUES, "all")
            for model, wape in (("profile", 0.15), ("seasonal_naive", 0.22))
            for k, horizon in enumerate(("day 1", "week 1", "week 2", "all"))
        ]
    )  # fmt: skip
    levels = (0.1, 0.25, 0.5, 0.75, 0.9)
    calibration = pd.DataFrame(
        [
            {"queue": queue, "model": "profile", "level": level, "n": 500,
             "below_share": level + (0.08 if queue == "mail" and level < 0.5 else 0.0)}
            for queue in QUEUES
            for level in levels
        ]
    )  # fmt: skip
    return {"demand": demand, "scores": scores, "calibration": calibration, **contacts, **_insights()}


def _insights() -> dict[str, pd.DataFrame]:
    """Return what the timeline stage tells of channels: mail sends more customers back than the others."""
    channels = {"email": 0.3, "voice": 0.2, "web_chat": 0.1}
    parity = pd.DataFrame(
        [
            {"measure": measure, "segment": "all", "channel": channel, "contacts": 200, "plain": size * value,
             "value": size * value, "low": size * (value - 0.02), "high": size * (value + 0.02),
             "reference": size * 0.2, "is_gap": abs(value - 0.2) > 0.05}
            for measure, size in (("answered", 1.0), ("comes_back", 1.0), ("wait_s", 3600.0))
            for channel, value in channels.items()
        ]
    )  # fmt: skip
    fit = pd.DataFrame(
        [
            {"reason": "billing", "channel": channel, "contacts": 200, "effort_s": 200.0, "matter_s": 260.0,
             "back_share": share, "back_low": share - 0.05, "back_high": share + 0.05, "moves_share": share / 2,
             "back_likely": share, "moves_low": share / 3, "moves_high": share, "transfer_share": 0.0,
             "transfer_low": 0.0, "transfer_high": 0.02,
             "fails": channel == "email"}
            for channel, share in channels.items()
        ]
    )  # fmt: skip
    journeys = pd.DataFrame(
        {"path": ["voice", "email > voice", "voice > email > voice"], "cases": [90, 9, 1], "share": [0.9, 0.09, 0.01],
         "days": [0.0, 1.5, 3.0]}
    )  # fmt: skip
    return {"channel_parity": parity, "channel_fit": fit, "journeys": journeys}


def _contacts(rng: np.random.Generator, rows: int = 600) -> dict[str, pd.DataFrame]:
    channel = np.array(["voice", "web_chat", "email"])[rng.integers(0, 3, rows)]
    arrived = (FIRST - pd.Timedelta(days=HISTORY_DAYS)).tz_localize("UTC") + pd.to_timedelta(
        np.sort(rng.integers(0, HISTORY_DAYS * 86400, rows)), unit="s"
    )
    outcome = np.where((rng.random(rows) < 0.06) & (channel != "email"), "abandoned", "answered")
    contacts = pd.DataFrame(
        {
            "contact_id": [f"pbx:{k:05d}" for k in range(rows)],
            "source": np.where(channel == "voice", "pbx", "desk"),
            "channel": channel, "direction": "inbound", "queue": channel, "reason": "billing", "arrived_at": arrived,
            "wait_s": np.where(channel == "email", 3600.0, 20.0) * rng.random(rows), "effort_s": 200.0,
            "effort_basis": np.where(channel == "email", "assumed", "measured"), "outcome": outcome,
            "is_demand": True, "legs": 1,
        }
    )  # fmt: skip
    customer = np.array([f"C{k:04d}" for k in rng.integers(0, rows // 3, rows)])
    timeline = pd.DataFrame(
        {"contact_id": contacts["contact_id"], "customer_id": customer, "arrived_at": arrived, "channel": channel}
    )
    earlier = timeline.groupby("customer_id").cumcount()
    before = timeline.groupby("customer_id")["channel"].shift()
    timeline = timeline.assign(
        case_id=timeline["customer_id"] + "-1", case_position=earlier + 1, is_repeat=earlier > 0,
        is_switch=(earlier > 0) & (before != timeline["channel"]), is_duplicate=False,
        segment=np.where(earlier > 1, "frequent", "other"),
        gap_s=timeline.groupby("customer_id")["arrived_at"].diff().dt.total_seconds(),
    )  # fmt: skip
    grouped = timeline.groupby("customer_id", as_index=False).agg(
        first_at=("arrived_at", "min"), last_at=("arrived_at", "max"), contacts=("contact_id", "size"),
        channels=("channel", "nunique"), preferred_channel=("channel", "last"), segment=("segment", "last"),
        switches=("is_switch", "sum"), first_channel=("channel", "first"),
    )  # fmt: skip
    cases = grouped.assign(
        case_id=grouped["customer_id"] + "-1", reason="billing", opened_at=grouped["first_at"],
        last_channel=grouped["preferred_channel"], resolved_first_contact=grouped["contacts"] == 1,
    )[["case_id", "customer_id", "reason", "opened_at", "last_at", "contacts", "channels", "switches",
       "first_channel", "last_channel", "resolved_first_contact"]]  # fmt: skip
    customers = grouped.assign(cases=1, open_cases=0)[
        ["customer_id", "first_at", "last_at", "contacts", "cases", "channels", "preferred_channel", "segment",
        "open_cases"]
    ]  # fmt: skip
    identities = timeline[["contact_id", "customer_id"]].assign(
        rule=np.where(timeline.groupby("customer_id")["contact_id"].transform("size") > 1, "exact:phone", "single"),
        probability=1.0,
    )
    identifiers = contacts[["contact_id", "source"]].assign(kind="phone", value=customer)
    rejects = pd.DataFrame(
        {"source": ["pbx", "pbx"], "file": "log.csv", "row": [7, 9], "reason": ["no time", "negative duration"],
         "text": ["a,b", "c,d"]}
    )  # fmt: skip
    patience = pd.DataFrame({"queue": ["cards"], "patience_s": [150.0], "waits": [300], "abandoned": [20]})
    return {
        "contacts": contacts, "timeline": timeline, "cases": cases, "customers": customers, "patience": patience,
        "identities": identities, "identifiers": identifiers, "rejects": rejects,
    }  # fmt: skip


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Twelve agents, two weeks, three queues, every table."""
    return build_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def small_world(tmp_path_factory):
    """Six agents, two weeks; only the tables that rosters are written from."""
    small = build_world(tmp_path_factory.mktemp("small"), agents=6, weeks=2)
    for path in (small.work.folder / "tables").iterdir():
        if path.stem not in ("roster", "agents"):
            path.unlink()
    return small


@pytest.fixture
def fresh_world(small_world, tmp_path):
    """A copy of the small world for a test that changes it."""
    shutil.copytree(small_world.work.folder, tmp_path / "work")
    return SimpleNamespace(plan=small_world.plan, work=Workspace(tmp_path / "work"))


@pytest.fixture(scope="module")
def exports(world):
    write_exports(world.work, world.plan)
    return world.work.exports


@pytest.fixture
def inputs(world):
    return Inputs(world.work, world.plan)
