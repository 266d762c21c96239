"""The simulator beside exact and published values.

    python benchmarks/simulate_oracles.py [erlang] [contactcenters]

``erlang``: 50 random settings of Erlang A against the exact service level, abandonment and speed of answer, in
standard errors. ``contactcenters``: the MMC, MMCAb and SimpleMSK examples of the ContactCenters library (Buist &
L'Ecuyer, doc/examples/*.res, 1000 replications) against their published 95 % intervals.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

import omnistaff as om
from omnistaff.simulate.centre import make_centre, queue_rules
from omnistaff.simulate.duty import read_staff
from omnistaff.simulate.first_come import Line, simulate_line
from omnistaff.simulate.replications import DrawnContacts, run_replications
from omnistaff.simulate.state import ABANDONED, ANSWERED, LEFT_WITHIN, OFFERED, WAIT_S, WITHIN, Centre
from omnistaff.simulate.streams import name_key
from omnistaff.simulate.volume import find_window, read_volume
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


def centre(queues, rates, spans, replications, busyness=None, patience_s=None, seed=7, **simulate):
    """Return the counts of each replication: interval, queue, COUNTS.

    *rates*: {queue: (contacts by interval of an hour, handle seconds)}; *spans*: {skills: [(from h, to h, people)]};
    *patience_s*: mean patience by hour of arrival, in place of the queue's.
    """
    plan = om.make_plan(
        {
            "name": "oracle", "time_zone": "UTC", "interval_minutes": 60, "threads": 1, "queues": queues,
            "seed": seed,
            "staffing": {"shrinkage_share": {}}, "schedule": {"weeks": 1},
            "simulate": {"replications": replications, "handle_times": "exponential",
                         "arrivals": "mean_rates" if busyness is None else "path_rates", **simulate},
        }
    )  # fmt: skip
    tables = [
        pd.DataFrame({
            "queue": queue, "interval_start": START + pd.to_timedelta(np.arange(len(hourly)), unit="h"), "model": "m",
            "mean": np.asarray(hourly, dtype=float), "variance": 0.0, "handle_s": handle, "handle_sd_s": handle,
        })
        for queue, (hourly, handle) in rates.items()
    ]  # fmt: skip
    table = check(Forecast, conform(Forecast, pd.concat(tables)))
    paths = empty(ForecastPaths)
    if busyness is not None:
        base = table[["queue", "interval_start"]]
        paths = check(ForecastPaths, conform(ForecastPaths, pd.concat(
            [base.assign(path=k, arrivals=table["mean"] * factor) for k, factor in enumerate(busyness)]
        )))  # fmt: skip
    rows = [
        {"agent_id": f"{skills}#{k:03d}", "skills": skills, "start_at": START + pd.Timedelta(hours=low),
         "end_at": START + pd.Timedelta(hours=high), "activity": "work", "shift_id": f"s{low}", "is_paid": True,
         "schedule_date": START.tz_localize(None)}
        for skills, pieces in spans.items() for low, high, people in pieces for k in range(people)
    ]  # fmt: skip
    people = pd.DataFrame(rows)
    agents = people.drop_duplicates("agent_id")[["agent_id", "skills"]]
    agents = agents.assign(name="x", time_zone="UTC", contract="c", hourly_cost=1.0)
    roster = check(Roster, conform(Roster, people.drop(columns="skills")))
    forecast = DemandForecast(table, empty(ForecastQuantiles), paths)
    window = find_window(forecast, plan)
    volume = read_volume(forecast, plan, window)
    staff = read_staff(roster, check(Agents, conform(Agents, agents)), plan, window.start, window.seconds)
    keys = np.array([name_key(queue.name) for queue in plan.queues], dtype=np.uint64)
    given = DrawnContacts(volume, staff, keys, plan.seed)
    if patience_s is not None:
        given = PatienceByHour(given, np.asarray(patience_s))
    arrays = make_centre(plan, staff, volume, window, rules=queue_rules(plan, window))
    return [result.counts for result in run_replications(arrays, given, numbers=range(replications), threads=1)]


@dataclass(frozen=True)
class PatienceByHour:
    """Contacts whose patience depends on the hour they arrive in."""

    contacts: DrawnContacts
    patience_s: np.ndarray

    def __call__(self, arrays: Centre, replication: int) -> Centre:
        """Return the replication's contacts with their patience."""
        drawn = self.contacts(arrays, replication)
        number = drawn.first[-1]
        draws = np.random.default_rng([17, replication]).exponential(size=number)
        return drawn._replace(patience=draws * self.patience_s[drawn.cells[:number]])


def live(name, patience_s, within_s=20):
    """Return settings of a live queue."""
    return {"name": name, "patience_s": patience_s, "target": {"answered_share": 0.8, "within_s": within_s}}


def erlang(settings: int = 50, replications: int = 100) -> None:
    """Compare random settings with exact Erlang A, in the event loop and in the single-line loop."""
    draw = np.random.default_rng(20)
    scores = []
    for seed in range(settings):
        servers = int(draw.integers(3, 60))
        handle = float(draw.uniform(60, 600))
        load = servers * draw.uniform(0.7, 1.15)
        patience = handle * float(draw.choice([0.3, 0.6, 1.0, 2.0]))
        rate = load / handle
        exact = om.queue_measures(
            arrivals_per_s=rate, handle_s=handle, servers=servers, within_s=20, patience_s=patience
        )
        hours = max(24, int(np.ceil(4000 / (rate * 3600) / 24)) * 24)
        warm = max(2, int(np.ceil(6 * max(handle, patience) / 3600)))
        counts = centre(
            [live("v", patience)], {"v": (np.full(hours, rate * 3600), handle)},
            {"v": [(0, hours + 1, servers)]}, replications, seed=seed,
        )  # fmt: skip
        inner = np.array([c[warm:-1, 0].sum(axis=0) for c in counts])
        scores.append(
            [
                z_score(inner[:, WITHIN], inner[:, OFFERED], exact.service_level),
                z_score(inner[:, ABANDONED], inner[:, OFFERED], exact.abandon_share),
                z_score(inner[:, WAIT_S], inner[:, ANSWERED], exact.asa_s),
            ]
        )
        line = Line(rate, handle, servers, patience, 20.0)
        runs = [
            simulate_line(line, contacts=20_000, seed=seed, replication=r, warm_up=2000) for r in range(replications)
        ]
        levels = np.array([run.service_level for run in runs])
        scores[-1].append((levels.mean() - exact.service_level) / levels.std(ddof=1) * np.sqrt(replications))
    table = np.array(scores)
    names = ("service level", "abandonment", "speed of answer", "service level, single line")
    for name, column in zip(names, table.T, strict=True):
        inside = int((np.abs(column) <= 3).sum())
        print(
            f"Erlang A, {name}: {inside} of {settings} within 3 standard errors, "
            f"worst {np.abs(column).max():.2f}, mean {column.mean():+.2f}, sd {column.std():.2f}"
        )


def z_score(above: np.ndarray, below: np.ndarray, exact: float) -> float:
    """Return how many standard errors a ratio of sums is from *exact*."""
    ratio = above.sum() / below.sum()
    spread = (above - ratio * below).std(ddof=1) / below.mean() / np.sqrt(len(above))
    return float((ratio - exact) / spread)


def contactcenters(replications: int = 1000) -> None:
    """Compare the three examples with their published intervals."""
    rows = []
    counts = centre([live("v", 1e12)], {"v": ([252] * 8, 120.0)}, {"v": [(0, 12, 12)]}, replications)
    total = np.array([c.sum(axis=(0, 1)) for c in counts])
    rows += [
        ("MMC answered within 20 s", total[:, WITHIN].mean(), 1812.6, 1819.7),
        ("MMC service level", total[:, WITHIN].sum() / total[:, OFFERED].sum(), 0.900, 0.904),
        ("MMC speed of answer, min", total[:, WAIT_S].sum() / total[:, ANSWERED].sum() / 60, 0.097, 0.102),
    ]
    counts = centre([live("v", 60.0)], {"v": ([252] * 8, 120.0)}, {"v": [(0, 12, 12)]}, replications)
    total = np.array([c.sum(axis=(0, 1)) for c in counts])
    late = total[:, ABANDONED].sum() - total[:, LEFT_WITHIN].sum()
    rows += [
        ("MMCAb abandoned", total[:, ABANDONED].mean(), 57.66, 59.56),
        ("MMCAb good / served", total[:, WITHIN].sum() / total[:, ANSWERED].sum(), 0.974, 0.975),
        (
            "MMCAb good / (served + late leavers)",
            total[:, WITHIN].sum() / (total[:, ANSWERED].sum() + late),
            0.968,
            0.969,
        ),
        ("MMCAb speed of answer, min", total[:, WAIT_S].sum() / total[:, ANSWERED].sum() / 60, 0.023, 0.024),
    ]
    rows += simple_msk(replications)
    for name, value, low, high in rows:
        print(f"{name}: {value:.4f} in [{low}, {high}]: {'yes' if low <= value <= high else 'NO'}")


def simple_msk(replications: int) -> list[tuple[str, float, float, float]]:
    """Return the cells of the multi-skill example: three types, two groups, three periods of two hours."""
    a_minute = [[4.2, 5.3, 3.2], [5.1, 4.3, 4.8], [6.3, 5.2, 4.8]]
    handle = np.repeat([60 / 0.5, 60 / 0.6, 60 / 0.4], 2)  # by period of arrival, the same for all types
    patience = np.append(np.repeat([60 / 0.3, 60 / 0.4, 60 / 0.2], 2), np.full(18, 60 / 0.2))
    rates = {f"t{k}": (np.repeat(np.array(a_minute[k]) * 60, 2), handle) for k in range(3)}
    spans = {
        "t0|t1": [(0, 2, 12), (2, 4, 18), (4, 9, 9)],
        "t1|t2": [(0, 2, 15), (2, 4, 20), (4, 9, 11)],
    }
    busyness = np.random.default_rng(5).gamma(28.7, 1 / 28.7, replications)
    counts = centre(
        [live(f"t{k}", 1.0) for k in range(3)], rates, spans, replications, busyness, patience,
        shift_end="first_to_finish",
    )  # fmt: skip
    total = np.array([c.sum(axis=(0, 1)) for c in counts])
    good = np.array([c[:6, :, WITHIN].reshape(3, 2, 3).sum(axis=1) for c in counts]).mean(axis=0)  # period, type
    late = total[:, ABANDONED].sum() - total[:, LEFT_WITHIN].sum()
    cells = [
        ("good type 0 period 0", good[0, 0], 164.3, 176.0), ("good type 0 period 2", good[2, 0], 13.8, 17.2),
        ("good type 1 period 0", good[0, 1], 254.6, 271.3), ("good type 1 period 2", good[2, 1], 31.3, 38.1),
        ("good type 2 period 0", good[0, 2], 250.2, 269.4), ("good type 2 period 1", good[1, 2], 607.6, 619.9),
        ("good type 2 period 2", good[2, 2], 22.1, 27.6),
    ]  # fmt: skip
    return [
        ("SimpleMSK abandoned", total[:, ABANDONED].mean(), 876, 945),
        ("SimpleMSK service level", total[:, WITHIN].sum() / (total[:, ANSWERED].sum() + late), 0.494, 0.509),
        *((f"SimpleMSK {name}", float(value), low, high) for name, value, low, high in cells),
    ]


def main() -> None:
    """Run what is named, or everything."""
    chosen = sys.argv[1:] or ["erlang", "contactcenters"]
    for name in chosen:
        started = time.process_time()
        {"erlang": erlang, "contactcenters": contactcenters}[name]()
        print(f"{name}: {time.process_time() - started:.0f} CPU s")


if __name__ == "__main__":
    main()
