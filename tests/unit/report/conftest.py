"""A small world with every table, made from a seed: what the report and the exports are tried on."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from omnistaff import timegrid
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import TABLES, conform
from omnistaff.tables.files import Workspace

ZONE = "Europe/Madrid"
FIRST = pd.Timestamp("2026-03-16")  # the clocks go forward on 29 March, inside the roster
HISTORY_DAYS = 42
LEAVE = (1, 2, 3)  # days from the first on which A004 is on leave
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
    tables = {"agents": people, **_history(plan, rng), **_planning(plan, weeks, agents, rng)}
    tables |= _roster(people, weeks)
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


def _grid(plan: Plan, first: pd.Timestamp, days: int) -> pd.DataFrame:
    starts = timegrid.interval_grid(first.date(), days, ZONE, plan.interval_minutes)
    pieces = []
    for queue in plan.queues:
        is_open = plan.hours_of(queue, range(2025, 2028)).is_open(starts)
        pieces.append(pd.DataFrame({"queue": queue.name, "interval_start": starts, "is_open": is_open}))
    return pd.concat(pieces, ignore_index=True)


def _profile(grid: pd.DataFrame, agents: int) -> np.ndarray:
    minute = timegrid.local_parts(grid["interval_start"], ZONE)["minute_of_day"].to_numpy()
    size = grid["queue"].map({"cards": 1.0, "chat": 0.5, "mail": 0.3}).to_numpy()
    return size * agents * (0.5 + np.exp(-(((minute - 660) / 150) ** 2)))


def _history(plan: Plan, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    grid = _grid(plan, FIRST - pd.Timedelta(days=HISTORY_DAYS), HISTORY_DAYS)
    offered = rng.poisson(_profile(grid, 6) * np.where(grid["is_open"], 1, 0.02)).astype(float)
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


def _planning(plan: Plan, weeks: int, agents: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    grid = _grid(plan, FIRST, 7 * weeks)
    grid = grid[grid["is_open"]].reset_index(drop=True)[["queue", "interval_start"]]
    mean = _profile(grid, agents / 2) * plan.interval_minutes / 30
    handle = grid["queue"].map({"cards": 240.0, "chat": 400.0, "mail": 500.0})
    forecast = grid.assign(model="profile", mean=mean, variance=mean * 1.3, handle_s=handle, handle_sd_s=90.0)
    quantiles = pd.concat(
        [grid.assign(quantile=level, arrivals=mean * (0.7 + 0.6 * level)) for level in (0.05, 0.25, 0.5, 0.75, 0.95)]
    )
    paths = pd.concat([grid.assign(path=k, arrivals=rng.poisson(mean).astype(float)) for k in range(3)])
    load = mean * handle / (plan.interval_minutes * 60)
    need = load + np.sqrt(load)
    requirement = grid.assign(
        load_erlangs=load, agents=need, gross_agents=need / 0.8, service_level=0.83, asa_s=14.0, abandon_share=0.03,
        occupancy_share=0.8, probability=0.84,
    )  # fmt: skip
    scheduled = np.round(need * rng.uniform(0.7, 1.3, len(need)), 2)
    coverage = grid.assign(required=need, scheduled=scheduled, net=scheduled - need)
    gaps = coverage.nsmallest(3, "net").assign(missing=lambda t: -t["net"])[["queue", "interval_start", "missing"]]
    gaps["message"] = "0.5 missing, 4 can serve it: 3 at work; 1 would break rest"
    pool = requirement.groupby("interval_start", as_index=False)["agents"].sum()
    pool = pool.assign(skills="cards|chat|mail", agents=pool["agents"] * 0.9)
    allocation = requirement[["interval_start", "queue", "agents"]].assign(skills="cards|chat|mail")
    return {
        "forecast": forecast, "forecast_quantiles": quantiles, "forecast_paths": paths, "requirement": requirement,
        "certainty": _certainty(need),
        "opening_hours": _opening_hours(), "coverage": coverage, "gaps": gaps, "pool": pool, "allocation": allocation,
        "outcomes": _outcomes(grid, mean, np.clip(0.8 + (scheduled - need) / need, 0, 1)),
    }  # fmt: skip


def _certainty(need: pd.Series) -> pd.DataFrame:
    levels = np.array([0.5, 0.7, 0.8, 0.9, 0.95, 0.99])
    extra = 0.2 * levels**2
    return pd.DataFrame({"probability": levels, "agent_hours": need.sum() / 2 * (1 + extra), "extra_share": extra})


def _opening_hours() -> pd.DataFrame:
    """Return advice for cards: two closed hours on Saturday pay, one open hour on Monday does not."""
    week = pd.MultiIndex.from_product([["cards"], range(7), range(24)], names=["queue", "weekday", "hour"])
    hours = week.to_frame(index=False)
    is_open = (hours["weekday"] < 5) & hours["hour"].between(8, 19)
    opens = (hours["weekday"] == 5) & hours["hour"].between(10, 11)
    closes = (hours["weekday"] == 0) & (hours["hour"] == 19)
    contacts = np.where(is_open | opens, 20.0, 0.0)
    cost = np.where(is_open | opens, 90.0, 0.0)
    return hours.assign(
        is_open=is_open, basis=np.where(is_open, "open", "shape of others"), contacts=contacts,
        new_contacts=contacts / np.where(is_open, 1, 2), agents=contacts / 5, cost=cost,
        cost_per_contact=cost / np.where(contacts > 0, contacts, np.nan), pays=(is_open | opens) & ~closes,
    )  # fmt: skip


def _outcomes(grid: pd.DataFrame, mean: np.ndarray, level: np.ndarray) -> pd.DataFrame:
    rows = grid.assign(
        period="interval", offered=mean, answered=mean * 0.96, abandoned=mean * 0.04, service_level=level,
        service_level_low=np.clip(level - 0.03, 0, 1), service_level_high=np.clip(level + 0.03, 0, 1), asa_s=18.0,
        occupancy_share=0.78, backlog=np.where(grid["queue"] == "mail", mean, 0.0),
        late=np.where(grid["queue"] == "mail", mean * 0.1, 0.0),
    )  # fmt: skip
    both = pd.concat([rows, rows.assign(queue="all")])
    both["day"] = timegrid.floor_to_interval(both["interval_start"], ZONE, 24 * 60 + 120)
    pieces = [_total(rows, ["queue", "interval_start"], "interval")]
    pieces.append(_total(both.assign(interval_start=both["day"]), ["queue", "interval_start"], "day"))
    start = rows["interval_start"].min()
    pieces.append(_total(both.assign(interval_start=start), ["queue", "interval_start"], "horizon"))
    return pd.concat(pieces, ignore_index=True)


def _total(rows: pd.DataFrame, keys: list[str], period: str) -> pd.DataFrame:
    shares = ["service_level", "service_level_low", "service_level_high", "asa_s", "occupancy_share"]
    rows = rows.assign(**{name: rows[name] * rows["offered"] for name in shares})
    sums = rows.groupby(keys, as_index=False)[["offered", "answered", "abandoned", "backlog", "late", *shares]].sum()
    for name in shares:
        sums[name] = sums[name] / sums["offered"]
    return sums.assign(period=period)


def _roster(people: pd.DataFrame, weeks: int) -> dict[str, pd.DataFrame]:
    rows, absences = [], []
    for k, agent in enumerate(people["agent_id"]):
        for offset in range(7 * weeks):
            date = FIRST + pd.Timedelta(days=offset)
            if (offset + k) % 7 >= 5 or (k == 4 and offset in LEAVE):
                continue
            hour = 22 if k in (1, 3) else 8 + k % 4  # two work nights, over the change of clocks too
            start = timegrid.day_start(date.date(), ZONE) + pd.Timedelta(hours=hour)
            rows += _shift(agent, date, start)
        if k == 4:  # three whole days of leave, one row
            first, last = (timegrid.day_start((FIRST + pd.Timedelta(days=day)).date(), ZONE) for day in (1, 4))
            rows.append((agent, FIRST + pd.Timedelta(days=1), f"{agent}-leave", first, last, "leave", True))
        leave = FIRST.tz_localize("UTC") + pd.Timedelta(days=(5 - k) % 7, hours=8)
        absences.append((agent, leave, leave + pd.Timedelta(hours=8), "leave", True))
    columns = ["agent_id", "schedule_date", "shift_id", "start_at", "end_at", "activity", "is_paid"]
    violations = pd.DataFrame(
        [
            (
                "rest",
                people["agent_id"].iloc[0],
                FIRST.tz_localize("UTC"),
                False,
                "Rest of 10.5 h where 11 h are wished",
            )
        ],
        columns=["rule", "agent_id", "start_at", "is_hard", "message"],
    )
    return {
        "roster": pd.DataFrame(rows, columns=columns),
        "violations": violations,
        "absences": pd.DataFrame(absences, columns=["agent_id", "start_at", "end_at", "activity", "is_paid"]),
    }


def _shift(agent: str, date: pd.Timestamp, start: pd.Timestamp) -> list[tuple[object, ...]]:
    shift = f"{agent}-{date:%Y%m%d}-1"
    edges = [(0, 150, "work", True), (150, 165, "break", True), (165, 270, "work", True), (270, 300, "meal", False),
             (300, 420, "work", True), (420, 435, "break", True), (435, 510, "work", True)]  # fmt: skip
    return [
        (agent, date, shift, start + pd.Timedelta(minutes=a), start + pd.Timedelta(minutes=b), activity, paid)
        for a, b, activity, paid in edges
    ]


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
