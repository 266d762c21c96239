"""The project's reference set of rosters: named, multi-skill, 15 minutes, breaks, rest, weekends, leave, wishes.

``make_reference(agents, weeks, seed, tightness)`` returns what ``build_roster`` takes. Ten skill groups over five
queues, three contracts times four availabilities, 11 h rest, at most five days in a row, one weekend of four off,
2 % single days and 5 % whole weeks of leave, a day-off and a start-time wish each. *tightness* is demand over supply.

    python benchmarks/schedule_reference.py 100 [seed] [weeks] [tightness]
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
import time

import numpy as np
import pandas as pd

import omnistaff
from omnistaff.plan import Plan
from omnistaff.plan.load import make_plan
from omnistaff.tables import Absences, Agents, Allocation, Pool, PooledStaff, Preferences, check
from omnistaff.timegrid import WEEKDAYS, interval_grid

ZONE = "Europe/Madrid"
START = dt.date(2026, 5, 4)
QUEUES = ("cards", "loans", "branch", "chat", "mail")
GROUPS = ((0,), (1,), (3,), (4,), (0, 1), (0, 3), (1, 3), (0, 1, 2), (3, 4), (0, 2, 4))
GROUP_SHARES = (0.2, 0.1, 0.1, 0.08, 0.12, 0.1, 0.08, 0.08, 0.08, 0.06)
WINDOWS = {"any": (0, 47), "day": (10, 31), "office": (12, 23), "late": (24, 39)}  # first and last start, half hours
WINDOW_SHARES = (0.4, 0.3, 0.15, 0.15)
LENGTHS = {"full": (8.5, 5, 40.0), "six": (6.0, 5, 30.0), "four": (4.0, 4, 16.0)}  # span, days a week, paid hours
LENGTH_SHARES = (0.65, 0.2, 0.15)
BREAKS = {
    "full": [(15, True, 90, 150), (30, False, 210, 300), (15, True, 360, 420)],
    "six": [(30, True, 120, 210)],
    "four": [(15, True, 90, 150)],
}
PRODUCTIVE = {"full": 30, "six": 22, "four": 15}  # quarter hours at work


def reference_plan(weeks: int, seed: int) -> Plan:
    """Return the plan of the reference set; costs as in the notes: short 6, idle 1 a quarter hour."""
    patterns, contracts = [], {}
    for length, (span, days, paid) in LENGTHS.items():
        breaks = [
            {
                "activity": "break" if is_paid else "meal",
                "minutes": m,
                "is_paid": is_paid,
                "earliest_after_minutes": a,
                "latest_after_minutes": b,
            }
            for m, is_paid, a, b in BREAKS[length]
        ]
        for window, (first, last) in WINDOWS.items():
            name = f"{length}-{window}"
            clock = [f"{h // 2:02d}:{h % 2 * 30:02d}" for h in (first, last)]
            patterns.append(
                {
                    "name": name,
                    "start_from": clock[0],
                    "start_to": clock[1],
                    "step_minutes": 30,
                    "hours": [span],
                    "breaks": breaks,
                }
            )
            contracts[name] = {
                "hours_per_week": paid, "max_days_per_week": days, "max_consecutive_days": 5, "min_rest_hours": 11,
                "weekends_off": 1, "patterns": [name],
            }  # fmt: skip
    return make_plan(
        {
            "name": f"reference-{seed}", "time_zone": ZONE, "interval_minutes": 15, "seed": seed,
            "queues": [{"name": q, "target": {"answered_share": 0.8}} for q in QUEUES],
            "staffing": {"shrinkage_share": {}},
            "schedule": {
                "start": START, "weeks": weeks, "patterns": patterns, "contracts": contracts, "time_limit_s": 100_000,
                "rules": {"understaffing_cost": 24, "overstaffing_cost": 4, "preference_cost": 2, "spare_share": 0,
                          "paid_cost_share": 0},
            },
        }
    )  # fmt: skip


def make_reference(
    count: int, weeks: int = 4, seed: int = 1, tightness: float = 1.02
) -> tuple[PooledStaff, pd.DataFrame, Plan, pd.DataFrame, pd.DataFrame]:
    """Return (pool, agents, plan, absences, preferences) of the reference set."""
    rng = np.random.default_rng(seed)
    plan = reference_plan(weeks, seed)
    group = rng.choice(len(GROUPS), count, p=GROUP_SHARES)
    length = rng.choice(list(LENGTHS), count, p=LENGTH_SHARES)
    window = rng.choice(list(WINDOWS), count, p=WINDOW_SHARES)
    ids = [f"a{k:05d}" for k in range(count)]
    nothing = pd.Series(pd.NaT, index=range(count), dtype="datetime64[us, UTC]")
    agents = pd.DataFrame(
        {
            "agent_id": ids, "name": ids, "site": "madrid", "time_zone": ZONE,
            "skills": ["|".join(sorted(QUEUES[q] for q in GROUPS[g])) for g in group],
            "contract": [f"{a}-{b}" for a, b in zip(length, window, strict=True)],
            "hourly_cost": 20.0, "team": "", "email": "", "valid_from": nothing, "valid_to": nothing,
        }
    )  # fmt: skip
    off = rng.random((count, 7 * weeks)) < 0.02
    off |= np.repeat(rng.random((count, weeks)) < 0.05, 7, axis=1)
    days = pd.DatetimeIndex([pd.Timestamp(START) + pd.Timedelta(days=k) for k in range(7 * weeks + 1)]).tz_localize(
        ZONE
    )
    days = days.tz_convert("UTC").as_unit("us")
    who, when = np.nonzero(off)
    absences = pd.DataFrame(
        {
            "agent_id": np.array(ids)[who],
            "start_at": days[when],
            "end_at": days[when + 1],
            "activity": "leave",
            "is_paid": True,
        }
    )
    wish_day = rng.integers(0, 7, count)
    firsts = np.array([rng.integers(WINDOWS[w][0], max(WINDOWS[w][0] + 1, WINDOWS[w][1] - 3)) for w in window])

    def clock(h: int) -> str:
        return f"{h // 2:02d}:{h % 2 * 30:02d}"

    nothing = {"weekday": "", "date": "", "start_from": "", "start_to": ""}
    days_off = {**nothing, "preference": "day_off", "weekday": [WEEKDAYS[d] for d in wish_day], "weight": 1.0}
    windows = {
        **nothing,
        "preference": "start_between",
        "start_from": [clock(h) for h in firsts],
        "start_to": [clock(min(h + 4, 47)) for h in firsts],
        "weight": 0.1,
    }
    wishes = [pd.DataFrame({"agent_id": ids, **columns}) for columns in (days_off, windows)]
    preferences = pd.concat(wishes, ignore_index=True)
    leave = off.reshape(count, weeks, 7)[:, :, :5].sum(axis=2)
    share = np.array([LENGTHS[x][1] * PRODUCTIVE[x] for x in length])
    supply = float((share[:, None] * (1 - leave / 5)).sum())
    need = _need(weeks, supply * tightness, rng)
    pool = _pool(need, weeks)
    return (
        pool,
        check(Agents, _text(agents)),
        plan,
        check(Absences, _text(absences)),
        check(Preferences, _text(preferences)),
    )


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: "str" for name in frame if frame[name].dtype == object})


def _need(weeks: int, total: float, rng: np.random.Generator) -> np.ndarray:
    hours = np.arange(96) / 4
    weekday = np.tile([1.15, 1.05, 1, 1, 0.95, 0.6, 0.5], weeks)

    def profile(p1: float, w1: float, p2: float, w2: float, base: float, evening: float) -> np.ndarray:
        return base + np.exp(-(((hours - p1) / w1) ** 2)) + evening * np.exp(-(((hours - p2) / w2) ** 2))

    shapes = [
        profile(10.5, 2.6, 15.5, 3, 0.06, 0.85), profile(11, 3, 17, 3, 0.05, 0.9), profile(10, 2, 14, 2, 0, 0.7),
        profile(13, 4, 20, 2.5, 0.08, 0.8), profile(11, 4, 15, 4, 0.02, 0.6),
    ]  # fmt: skip
    need = np.zeros((96 * 7 * weeks, len(QUEUES)))
    for q, share in enumerate((0.36, 0.2, 0.07, 0.22, 0.15)):
        level = np.concatenate([d * shapes[q] for d in weekday]) * rng.normal(1, 0.04, len(need))
        need[:, q] = level / level.sum() * share
    return np.round(need * total)


def _pool(need: np.ndarray, weeks: int) -> PooledStaff:
    grid = interval_grid(START, 7 * weeks, ZONE, 15)
    allocation = pd.DataFrame(
        {
            "interval_start": np.repeat(grid, len(QUEUES)),
            "skills": np.tile(np.array(QUEUES), len(grid)), "queue": np.tile(np.array(QUEUES), len(grid)),
            "agents": need.ravel(),
        }
    )  # fmt: skip
    allocation = _text(allocation)
    return PooledStaff(check(Pool, allocation.drop(columns="queue")), check(Allocation, allocation))


def main() -> None:
    """Build one roster and print cost, bound, gap, violations, seconds and memory."""
    count, seed, weeks = (
        int(sys.argv[1]),
        int(sys.argv[2]) if len(sys.argv) > 2 else 1,
        int(sys.argv[3]) if len(sys.argv) > 3 else 4,
    )
    tightness = float(sys.argv[4]) if len(sys.argv) > 4 else 1.02
    pool, agents, plan, absences, preferences = make_reference(count, weeks, seed, tightness)
    wall, cpu = time.perf_counter(), time.process_time()
    roster = omnistaff.build_roster(pool, agents, plan, absences=absences, preferences=preferences)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    violations = omnistaff.check_roster(roster.table, agents, plan, absences=absences)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"agents {count} seed {seed}: cost {roster.cost:.0f} bound {roster.bound:.0f} gap {roster.gap_share:.2%} "
        f"{roster.status} violations {len(violations)} wall {wall:.0f} s cpu {cpu:.0f} s memory {memory:.0f} MB "
        f"{ {k: round(v, 1) for k, v in roster.cost_parts.items()} }"
    )


if __name__ == "__main__":
    main()
