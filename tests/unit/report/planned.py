"""The planned half of the made-up world: forecast, need, roster and outcomes of its coming weeks."""

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan

ZONE = "Europe/Madrid"


FIRST = pd.Timestamp("2026-03-16")  # the clocks go forward on 29 March, inside the roster


LEAVE = (1, 2, 3)  # days from the first on which A004 is on leave


def grid_of(plan: Plan, first: pd.Timestamp, days: int) -> pd.DataFrame:
    starts = timegrid.interval_grid(first.date(), days, ZONE, plan.interval_minutes)
    pieces = []
    for queue in plan.queues:
        is_open = plan.hours_of(queue, range(2025, 2028)).is_open(starts)
        pieces.append(pd.DataFrame({"queue": queue.name, "interval_start": starts, "is_open": is_open}))
    return pd.concat(pieces, ignore_index=True)


def profile_of(grid: pd.DataFrame, agents: int) -> np.ndarray:
    minute = timegrid.local_parts(grid["interval_start"], ZONE)["minute_of_day"].to_numpy()
    size = grid["queue"].map({"cards": 1.0, "chat": 0.5, "mail": 0.3}).to_numpy()
    return size * agents * (0.5 + np.exp(-(((minute - 660) / 150) ** 2)))


def planning(plan: Plan, weeks: int, agents: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    grid = grid_of(plan, FIRST, 7 * weeks)
    grid = grid[grid["is_open"]].reset_index(drop=True)[["queue", "interval_start"]]
    mean = profile_of(grid, agents / 2) * plan.interval_minutes / 30
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


def roster_of(people: pd.DataFrame, weeks: int) -> dict[str, pd.DataFrame]:
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
