"""The simulator beside real days: the calls of the Anonymous Bank meet the people who worked.

    python benchmarks/simulate_replay.py [configs/anonymous_bank.yaml] [--gap 30] [--days 59]

Presence is read from calls and waits: an agent is taken to be on duty between calls that are not further apart than
the gap, but not while a customer of one of his queues was kept waiting. So it is partly circular: it uses the waits
that the replay reproduces. Each day is replayed on its own; sums over days are compared with what happened.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time

import numpy as np
import pandas as pd

import omnistaff as om
from omnistaff.errors import TableError
from omnistaff.simulate import estimate_patience, observe_duty, replay


def compare(contacts: pd.DataFrame, plan: om.Plan, gap: float, days: int) -> pd.DataFrame:
    """Return observed and simulated sums by queue over the days, and by hour of arrival for all."""
    roster, agents = observe_duty(contacts, plan, gap_minutes=gap)
    pieces = []
    for number in range(days):
        day = dt.date(1999, 1, 1) + dt.timedelta(days=number)
        try:
            result = replay(contacts, roster, agents, plan, day=day)
        except TableError:
            continue  # nobody called
        for kind, rows in (("observed", result.observed), ("simulated", result.simulated)):
            pieces.append(rows[rows["period"] == "day"].assign(kind=kind, day=day))
    table = pd.concat(pieces, ignore_index=True)
    table["good"] = table["service_level"].fillna(0) * table["offered"]
    table["waited_s"] = table["asa_s"].fillna(0) * table["answered"]
    return table


def show(table: pd.DataFrame) -> None:
    """Print shares by queue and the fit over days."""
    sums = table.groupby(["queue", "kind"])[["offered", "answered", "abandoned", "good", "waited_s"]].sum()
    sums = sums.assign(
        abandon_share=sums["abandoned"] / sums["offered"],
        service_level=sums["good"] / sums["offered"],
        asa_s=sums["waited_s"] / sums["answered"],
    )
    print(sums[["offered", "abandon_share", "service_level", "asa_s"]].round(3).to_string())
    wide = table[table["queue"] == "all"].pivot(index="day", columns="kind")
    busy = wide[wide["offered"]["observed"] > 200]
    for column in ("abandoned", "good", "waited_s"):
        seen = busy[column]["observed"] / busy["offered"]["observed"]
        made = busy[column]["simulated"] / busy["offered"]["observed"]
        error = np.abs(made - seen).mean()
        print(
            f"{len(busy)} days, {column} a call: correlation {np.corrcoef(seen, made)[0, 1]:.2f}, "
            f"mean seen {seen.mean():.3f}, simulated {made.mean():.3f}, mean absolute error {error:.3f}"
        )


def main() -> None:
    """Replay the days asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", nargs="?", default="configs/anonymous_bank.yaml")
    parser.add_argument("--gap", type=float, nargs="+", default=[30.0])
    parser.add_argument("--days", type=int, default=59)
    parser.add_argument("--replications", type=int, default=20)
    options = parser.parse_args()
    plan = om.load_plan(options.plan)
    contacts = om.read_contacts(plan).contacts
    patience = estimate_patience(contacts, plan)
    print(patience.to_string())
    plan = plan.with_patience(dict(zip(patience["queue"], patience["patience_s"], strict=True)))
    settings = plan.simulate.model_copy(update={"replications": options.replications})
    plan = plan.model_copy(update={"simulate": settings})
    for gap in options.gap:
        started = time.process_time()
        print(f"presence from calls at most {gap:g} minutes apart")
        show(compare(contacts, plan, gap, options.days))
        print(f"{time.process_time() - started:.0f} CPU s")


if __name__ == "__main__":
    main()
