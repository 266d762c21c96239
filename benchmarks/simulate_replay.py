"""The simulator beside real days: the calls of the Anonymous Bank meet the people who worked.

    python -m benchmarks.simulate_replay [--plan configs/anonymous_bank.yaml] [--data FOLDER] [--days 59]

What is chosen or measured (gap after which somebody counts as off duty, what is a skill, patience, time until ready
after a call, share of priority customers) comes from the calls of odd days of the month; even days judge. Steps add
one explanation after the other. Presence on a day is read from the calls that were taken on it, in no step but the
first from who waited.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import math
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

import omnistaff as om
from omnistaff import timegrid
from omnistaff.simulate import Replay, observe_duty, ready_quantiles, replay, with_time_to_ready
from omnistaff.simulate.patience import with_seen_patience
from omnistaff.tables import Agents, Contacts, check, conform
from omnistaff.tables.matching import assign_queues

FIRST = dt.date(1999, 1, 1)
GAPS = (3.0, 5.0, 8.0, 15.0, 30.0)  # minutes
SHARES = (0.0, 0.25, 0.5)  # of a queue's usual share of calls, from which it is a skill
FIGURES = ("service", "wait_s", "left")
HIGH = " (priority)"


class Days(NamedTuple):
    """The calls, those to learn from, the plan, and how many days are replayed."""

    calls: pd.DataFrame
    learnt: pd.DataFrame
    plan: om.Plan
    number: int


def read(options: argparse.Namespace) -> Days:
    """Return the calls that asked for somebody, the odd days' apart, and the plan with the odd days' patience."""
    plan = om.load_plan(options.plan)
    if options.data:
        path = str(Path(options.data).resolve() / "anonymous_bank_1999_*_calls.csv.gz")
        plan = plan.model_copy(update={"ingest": [s.model_copy(update={"path": path}) for s in plan.ingest]})
    calls = om.read_contacts(plan).contacts
    calls = check(Contacts, calls[calls["outcome"] != "contained"].reset_index(drop=True))
    is_odd = timegrid.local_dates(calls["arrived_at"], plan.time_zone).dt.day % 2 == 1
    learnt = check(Contacts, calls[is_odd.to_numpy()])
    settings = plan.simulate.model_copy(update={"replications": options.replications})
    plan = plan.model_copy(update={"simulate": settings, "threads": 1})
    return Days(calls, learnt, with_seen_patience(learnt, plan), options.days)


def people_of(days: Days, roster: pd.DataFrame, agents: pd.DataFrame, serves_from: float) -> pd.DataFrame:
    """Return agents with the skills of the odd days; who was not seen on them keeps those of the even days."""
    _, known = observe_duty(days.learnt, days.plan, serves_from=serves_from, waited_s=math.inf)
    new = agents[agents["agent_id"].isin(set(roster["agent_id"]) - set(known["agent_id"]))]
    return check(Agents, conform(Agents, pd.concat([known, new], ignore_index=True)))


def run(days: Days, gap: float, serves_from: float, waited_s: float = math.inf) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return roster and people as seen at work with these choices."""
    roster, agents = observe_duty(days.calls, days.plan, gap_minutes=gap, waited_s=waited_s, serves_from=serves_from)
    return roster, people_of(days, roster, agents, serves_from)


def sums(result: Replay, days: Days, by: str) -> pd.DataFrame:
    """Return service, wait and share that left, real and simulated, of odd and even days by *by* (queue, hour)."""
    pieces = {}
    for side, rows in (("real", result.observed), ("simulated", result.simulated)):
        rows = rows.assign(queue=rows["queue"].str.removesuffix(HIGH))
        rows = rows[(rows["period"] == "interval") & ((rows["queue"] == "all") != (by == "queue"))]
        local = rows["interval_start"].dt.tz_convert(days.plan.time_zone)
        rows = rows.assign(
            good=rows["service_level"].fillna(0) * rows["offered"],
            waited=rows["asa_s"].fillna(0) * rows["answered"],
            days=np.where(local.dt.day % 2 == 1, "odd", "even"),
            hour=local.dt.hour,
            all="all",
        )
        total = rows.groupby(["days", by])[["offered", "answered", "abandoned", "good", "waited"]].sum()
        pieces[side] = pd.DataFrame(
            {
                "calls": total["offered"],
                "service": total["good"] / total["offered"],
                "wait_s": total["waited"] / total["answered"],
                "left": total["abandoned"] / total["offered"],
            }
        )
    return pd.concat(pieces, axis=1)


def play(days: Days, calls: pd.DataFrame, roster: pd.DataFrame, people: pd.DataFrame) -> Replay:
    """Return what happened and what the simulator makes of the days."""
    return replay(calls, roster, people, days.plan, day=FIRST, days=days.number)


def with_ready_time(
    days: Days, people: pd.DataFrame, gap: float, *, only_pressed: bool
) -> tuple[pd.DataFrame, float]:
    """Return the calls, each as much longer as people needed on odd days until ready, and the mean of that."""
    quantiles = ready_quantiles(days.learnt, people, days.plan, gap_minutes=gap, only_pressed=only_pressed)
    return with_time_to_ready(days.calls, quantiles, seed=days.plan.seed), float(quantiles.mean())


def error(table: pd.DataFrame, which: str) -> float:
    """Return the mean relative error of the three figures."""
    row = table.loc[(which, "all")]
    return float(np.mean([abs(row["simulated"][f] / row["real"][f] - 1) for f in FIGURES]))


def choose(days: Days) -> tuple[float, float]:
    """Return the gap and the share with the least error on odd days, time until ready included."""
    found = {}
    for gap, share in itertools.product(GAPS, SHARES):
        roster, people = run(days, gap, share)
        calls, _ = with_ready_time(days, people, gap, only_pressed=True)
        found[gap, share] = table = sums(play(days, calls, roster, people), days, "all")
        made = table.loc[("odd", "all")]["simulated"]
        print(
            f"  gap {gap:4g} min, skill from {share:4.2f}: odd days {made['service']:.3f} {made['wait_s']:5.1f} s "
            f"{made['left']:.3f}, error {error(table, 'odd'):.3f}; even days' error {error(table, 'even'):.3f}"
        )
    return min(found, key=lambda key: error(found[key], "odd"))


def with_priority(days: Days, calls: pd.DataFrame, people: pd.DataFrame) -> tuple[Days, pd.DataFrame, pd.DataFrame]:
    """Return days, calls and people with customers of priority 2 in lines that go first.

    An upper bound: really they are given a start of 90 seconds. The log knows the priority only of those who waited;
    of the others as many are taken at random as among those who waited on odd days, by type.
    """
    waited = days.learnt[days.learnt["wait_s"] > 0]
    share = waited["priority"].eq(2).groupby(waited["queue"]).mean()
    guess = np.random.default_rng(days.plan.seed).uniform(size=len(calls)) < calls["queue"].map(share).fillna(0)
    high = np.where(calls["wait_s"] > 0, calls["priority"] == 2, guess)
    codes = calls["queue"].where(~pd.Series(high, index=calls.index), calls["queue"] + HIGH)
    queues, names = [], {queue: queue for queue in (q.name for q in days.plan.queues)}
    for queue in days.plan.queues:
        mine = sorted(set(calls.loc[assign_queues(calls, days.plan) == queue.name, "queue"]))
        plain, first = ({"queue": [code + end for code in mine]} for end in ("", HIGH))
        queues.append(queue.model_copy(update={"contacts": plain}))
        queues.append(
            queue.model_copy(update={"name": queue.name + HIGH, "contacts": first, "priority": queue.priority + 1})
        )
        names[queue.name] = f"{queue.name}|{queue.name}{HIGH}"
    plan = days.plan.model_copy(update={"queues": queues})
    patience = plan.simulate.patience_quantiles_s
    both = patience | {queue + HIGH: values for queue, values in patience.items()}
    plan = plan.model_copy(update={"simulate": plan.simulate.model_copy(update={"patience_quantiles_s": both})})
    skills = people["skills"].map(lambda text: "|".join(names[queue] for queue in text.split("|")))
    return days._replace(plan=plan), calls.assign(queue=codes), people.assign(skills=skills)


def show_ready_time(days: Days, serves_from: float) -> None:
    """Print the mean time until ready on odd days by gap: after all calls, and after those with somebody waiting."""
    _, people = run(days, 30, serves_from)
    for gap in GAPS:
        every, pressed = (
            ready_quantiles(days.learnt, people, days.plan, gap_minutes=gap, only_pressed=only).mean()
            for only in (False, True)
        )
        print(f"ready, pauses up to {gap:g} min: {every:.0f} s after all calls, {pressed:.0f} s when somebody waited")


def steps(days: Days, gap: float, serves_from: float) -> dict[str, Replay]:
    """Return the replay after each explanation."""
    found = {}
    roster, people = run(days, 30, 0.25, waited_s=10)
    found["before: calls at most 30 min apart, absent while customers waited"] = play(
        days, days.calls, roster, people
    )
    roster, people = run(days, 30, serves_from)
    found["calls at most 30 min apart alone"] = play(days, days.calls, roster, people)
    roster, people = run(days, gap, serves_from)
    found[f"calls at most {gap:g} min apart alone"] = play(days, days.calls, roster, people)
    calls, mean = with_ready_time(days, people, gap, only_pressed=False)
    found[f"+ time until ready after all calls, mean {mean:.0f} s"] = play(days, calls, roster, people)
    calls, mean = with_ready_time(days, people, gap, only_pressed=True)
    found[f"or after calls at whose end somebody waited, mean {mean:.0f} s"] = play(days, calls, roster, people)
    found["+ priority customers always first"] = play(*_placed(with_priority(days, calls, people), roster))
    return found


def _placed(
    parts: tuple[Days, pd.DataFrame, pd.DataFrame], roster: pd.DataFrame
) -> tuple[Days, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    days, calls, people = parts
    return days, calls, roster, people


def show(found: dict[str, Replay], days: Days) -> None:
    """Print the steps of odd and even days, then the last two by queue and hour of even days."""
    for number, (name, result) in enumerate(found.items()):
        table = sums(result, days, "all")
        if number == 0:
            print_line("real", table, "real")
        print_line(name, table, "simulated")
    for name, result in list(found.items())[-2:]:
        print(f"\neven days, {name}")
        for by in ("queue", "hour"):
            print(sums(result, days, by).loc["even"].round(3).to_string())
    with_ready = list(found.values())[-2]
    wide = pd.concat(
        {
            side: rows[(rows["period"] == "day") & (rows["queue"] == "all")].set_index("interval_start")
            for side, rows in (("real", with_ready.observed), ("simulated", with_ready.simulated))
        },
        axis=1,
    )
    wide = wide[wide[("real", "offered")] > 200]
    even = wide[wide.index.tz_convert(days.plan.time_zone).day % 2 == 0]
    seen, made = even[("real", "service_level")], even[("simulated", "service_level")]
    print(f"\n{len(even)} even days: daily service level, correlation {np.corrcoef(seen, made)[0, 1]:.2f}, "
          f"mean absolute error {np.abs(seen - made).mean():.3f}")  # fmt: skip


def print_line(name: str, table: pd.DataFrame, side: str) -> None:
    """Print the three figures of odd and even days."""
    cells = [table.loc[(which, "all")][side] for which in ("odd", "even")]
    text = " | ".join(f"{c['service']:6.1%} {c['wait_s']:6.1f} s {c['left']:6.1%}" for c in cells)
    print(f"{name:72} | {text}")


def main() -> None:
    """Choose on odd days, show every step on both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan", default="configs/anonymous_bank.yaml")
    parser.add_argument("--data", help="folder with the calls as published, a file a month")
    parser.add_argument("--days", type=int, default=59)
    parser.add_argument("--replications", type=int, default=5)
    options = parser.parse_args()
    started = time.process_time()
    days = read(options)
    print("chosen on odd days (service, mean wait, left):")
    gap, serves_from = choose(days)
    print(f"gap {gap:g} min, skill from {serves_from:g} of the usual share")
    show_ready_time(days, serves_from)
    print()
    print(f"{'answered in time, mean wait of the answered, left':72} | odd days, learnt | even days")
    show(steps(days, gap, serves_from), days)
    print(f"{time.process_time() - started:.0f} CPU s")


if __name__ == "__main__":
    main()
