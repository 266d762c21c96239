"""Small centres with known truth: a plan, people on a roster and a forecast of constant rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

import omnistaff as om
from omnistaff.plan import Plan
from omnistaff.simulate import centre as centres
from omnistaff.simulate.arrivals import Slots
from omnistaff.simulate.duty import read_staff
from omnistaff.simulate.replications import GivenContacts, run_replications
from omnistaff.simulate.streams import name_key
from omnistaff.simulate.volume import Volume, window_of
from omnistaff.tables import (
    Agents,
    DemandForecast,
    Forecast,
    ForecastPaths,
    ForecastQuantiles,
    Roster,
    check,
    conform,
    empty,
)

START = pd.Timestamp("2026-03-02", tz="UTC").as_unit("us")


@dataclass
class Case:
    """A centre to simulate."""

    plan: Plan
    roster: Any
    forecast: DemandForecast
    agents: Any

    def run(self) -> pd.DataFrame:
        """Return outcomes."""
        return om.simulate_roster(self.roster, self.forecast, self.agents, self.plan)

    def horizon(self, queue: str = "all") -> pd.Series:
        """Return the horizon's row of a queue."""
        rows = self.run()
        return rows[(rows["period"] == "horizon") & (rows["queue"] == queue)].iloc[0]


def people(skills: dict[str, int]) -> pd.DataFrame:
    """Return so many agents of each skill set."""
    names = [(f"{group}-{k:03d}", group) for group, count in skills.items() for k in range(count)]
    rows = [
        {"agent_id": name, "name": name, "time_zone": "UTC", "skills": group, "contract": "full", "hourly_cost": 1.0}
        for name, group in names
    ]
    return check(
        Agents,
        conform(
            Agents, pd.DataFrame(rows, columns=["agent_id", "name", "time_zone", "skills", "contract", "hourly_cost"])
        ),
    )


def shifts(agents: pd.DataFrame, hours: list[tuple[float, float]]) -> pd.DataFrame:
    """Return everybody at work in the given hours from the start."""
    rows = [
        {
            "agent_id": name,
            "start_at": START + pd.Timedelta(hours=low),
            "end_at": START + pd.Timedelta(hours=high),
            "schedule_date": START.tz_localize(None),
            "activity": "work",
            "shift_id": f"s{k}",
            "is_paid": True,
        }
        for name in agents["agent_id"]
        for k, (low, high) in enumerate(hours)
    ]
    return check(
        Roster,
        conform(
            Roster,
            pd.DataFrame(
                rows, columns=["agent_id", "start_at", "schedule_date", "end_at", "activity", "shift_id", "is_paid"]
            ),
        ),
    )


def constant_forecast(rates: dict[str, tuple[float, float]], hours: int, paths: int = 0) -> DemandForecast:
    """Return {queue: (contacts an hour, handle seconds)} for so many hours; handle times exponential."""
    starts = pd.date_range(START, periods=hours * 2, freq="30min").as_unit("us")
    tables = [
        pd.DataFrame(
            {
                "queue": queue, "interval_start": starts, "model": "known", "mean": rate / 2, "variance": rate / 2,
                "handle_s": handle, "handle_sd_s": handle,
            }
        )
        for queue, (rate, handle) in rates.items()
    ]  # fmt: skip
    table = check(Forecast, conform(Forecast, pd.concat(tables)))
    return DemandForecast(table, empty(ForecastQuantiles), _poisson_paths(table, paths))


def _poisson_paths(table: pd.DataFrame, paths: int) -> pd.DataFrame:
    """Return so many draws of the numbers of contacts that *table* expects."""
    rng = np.random.default_rng(5)
    keys = table[["queue", "interval_start"]]
    drawn = [keys.assign(path=path, arrivals=rng.poisson(table["mean"]).astype(float)) for path in range(paths)]
    return check(ForecastPaths, conform(ForecastPaths, pd.concat(drawn))) if drawn else empty(ForecastPaths)


@pytest.fixture
def case() -> Callable[..., Case]:
    """Return a builder of cases."""

    def build(
        queues: list[dict[str, Any]],
        rates: dict[str, tuple[float, float]],
        skills: dict[str, int],
        hours: int = 48,
        on_duty: list[tuple[float, float]] | None = None,
        seed: int = 11,
        threads: int = 1,
        paths: int = 0,
        **simulate: Any,
    ) -> Case:
        settings = {"replications": 40, "arrivals": "mean_rates", "handle_times": "exponential"} | simulate
        plan = om.make_plan(
            {
                "name": "case", "time_zone": "UTC", "seed": seed, "threads": threads, "queues": queues,
                "staffing": {"shrinkage_share": {}}, "simulate": settings,
            }
        )  # fmt: skip
        agents = people(skills)
        return Case(plan, shifts(agents, on_duty or [(0, hours)]), constant_forecast(rates, hours, paths), agents)

    return build


def live(name: str, patience_s: float = 1e12, within_s: float = 20, **more: Any) -> dict[str, Any]:
    """Return settings of a live queue."""
    return {"name": name, "patience_s": patience_s, "target": {"answered_share": 0.8, "within_s": within_s}, **more}


def deferred(name: str, due_hours: float = 4, **more: Any) -> dict[str, Any]:
    """Return settings of a deferred queue."""
    return {"name": name, "mode": "deferred", "target": {"on_time_share": 0.9, "due_hours": due_hours}, **more}


@pytest.fixture
def queue_settings() -> Any:
    """Return the two builders of queue settings."""
    return live, deferred


@pytest.fixture
def day(case):
    """Return a function that runs given contacts: {queue: [(arrival, work, patience)]} on one day of seconds."""

    def run(queues, contacts, skills, on_duty, **simulate):
        built = case(queues, {queues[0]["name"]: (1, 1)}, skills, hours=24, on_duty=on_duty, **simulate)
        plan, names = built.plan, [queue["name"] for queue in queues]
        window = window_of(START, START + pd.Timedelta(days=1), plan, pd.Series([START]))
        staff = read_staff(built.roster, built.agents, plan, window.start, window.seconds)
        rows = [row for name in names for row in contacts.get(name, [])]
        times = np.array([row[0] for row in rows], dtype=float)
        given = GivenContacts(
            times=times,
            cells=(times / window.cell_s).astype(np.int64),
            first=np.cumsum([0, *(len(contacts.get(name, [])) for name in names)]).astype(np.int64),
            work=np.array([row[1] for row in rows], dtype=float),
            patience=np.array([row[2] for row in rows], dtype=float),
            names=np.array([name_key(name) for name in names], dtype=np.uint64),
            seed=1,
        )
        shape = (len(names), window.cells)
        slots = Slots(np.zeros((len(names), 1)), 1800.0, 1800.0, window.cells, np.zeros(len(names), dtype=np.int64))
        volume = Volume(slots, np.zeros((1, len(names), 1)), False, np.full(shape, 60.0), np.zeros(shape))
        centre = centres.make_centre(plan, staff, volume, window, rules=centres.queue_rules(plan, window))
        return next(iter(run_replications(centre, given, numbers=range(1), threads=1)))

    return run
