"""The bound beside every staffing of a small centre, each judged by a flow of its own."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from omnistaff.staffing import pool_staff, required_staff

SETS = {"voice": ("voice",), "cards|voice": ("cards", "voice"), "cards|mail": ("cards", "mail")}
LIVE = ("voice", "cards")
OCCUPANCY = {"voice": 0.88, "cards": 0.88, "mail": 0.95}
GRID = np.arange(7.0)


def mail_done(people, work, needed):
    """Return how much mail *people* can do beside the live work, None if they cannot keep the live promises."""
    staff = dict(zip(SETS, people, strict=True))
    safety = {q: needed[q] - work[q] for q in LIVE}
    for chosen in (("voice",), ("cards",), LIVE):
        able = sum(n for name, n in staff.items() if set(SETS[name]) & set(chosen))
        if able < sum(work[q] for q in chosen) + np.sqrt(sum(safety[q] ** 2 for q in chosen)) - 1e-9:
            return None
    pairs = [(name, q) for name, queues in SETS.items() for q in queues]
    done = [[float(q == live) for _, q in pairs] for live in LIVE]
    busy, most = [], []
    for name, n in staff.items():
        mine = [q if name == other else None for other, q in pairs]
        busy.append([0.0 if q in (None, "mail") else 1 / OCCUPANCY[q] for q in mine])
        most.append(n)
        if "mail" in SETS[name]:
            busy.append([0.0 if q is None else 1 / OCCUPANCY["mail"] for q in mine])
            most.append(n)
    mail = [-float(q == "mail") for _, q in pairs]
    found = linprog(mail, A_ub=busy, b_ub=most, A_eq=done, b_eq=[work[q] for q in LIVE])
    return -found.fun if found.success else None


def test_no_staffing_of_a_small_centre_has_fewer_hours_than_the_bound(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "cards", "mail", changes={"mail": {"max_occupancy_share": OCCUPANCY["mail"]}})
    calls = {"voice": [4.0, 12.0], "cards": [9.0, 3.0], "mail": [6.0, 0.0]}
    hours = build_forecast(calls)
    first = hours.table["interval_start"].unique()[:2]
    forecast = type(hours)(hours.table[hours.table["interval_start"].isin(first)], hours.quantiles, hours.paths)
    requirement = required_staff(forecast, plan)
    pool = pool_staff(forecast, requirement, build_agents(dict.fromkeys(SETS, 50)), plan)
    best = {}
    for k, start in enumerate(first):
        rows = requirement[requirement["interval_start"] == start].set_index("queue")
        work = {q: rows.loc[q, "load_erlangs"] * (1 - rows.loc[q, "abandon_share"]) for q in LIVE}
        needed = {q: rows.loc[q, "agents"] for q in LIVE}
        best[k] = {}
        for people in itertools.product(GRID, repeat=3):
            done = mail_done(people, work, needed) if sum(people) <= 9 else None
            if done is not None:
                best[k][sum(people)] = max(done, best[k].get(sum(people), 0.0))
    mail = 6 * 300 / 1800
    totals = [
        (a + b) / 2
        for (a, early), (b, late) in itertools.product(best[0].items(), best[1].items())
        if min(early, mail) + late >= mail - 1e-9
    ]
    assert pool.bound <= min(totals) + 1e-9
    assert pool.bound == pytest.approx(min(totals), abs=1.5)  # as near as whole people in two half hours can be
