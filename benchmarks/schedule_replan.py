"""Re-planning after sickness: 5 % of all shifts fall out, how many of the others change, and how fast.

    python benchmarks/schedule_replan.py [agents, 300] [weeks, 4] [seed, 1] [share, 0.05] [build seconds, 90]

A roster of the reference set is built first, within the build seconds (not counted); then agents fall ill for one to
three days until the share of shifts is reached, the first three days are frozen, and the roster is re-planned.
"""

from __future__ import annotations

import datetime as dt
import sys
import time

import numpy as np
import pandas as pd
from schedule_reference import START, ZONE, make_reference

import omnistaff
from omnistaff.tables import People


def sickness(roster: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Return sick spells of one to three days that hit *share* of the shifts."""
    shifts = roster[roster["activity"] == "work"].drop_duplicates("shift_id")[["agent_id", "schedule_date"]]
    rows, hit = [], pd.Series(False, index=shifts.index)
    while hit.mean() < share:
        one = shifts.iloc[int(rng.integers(len(shifts)))]
        days = int(rng.integers(1, 4))
        first = one["schedule_date"]
        hit |= (shifts["agent_id"] == one["agent_id"]) & shifts["schedule_date"].between(
            first, first + pd.Timedelta(days=days - 1)
        )
        rows.append({"agent_id": one["agent_id"], "start_at": first, "end_at": first + pd.Timedelta(days=days)})
    frame = pd.DataFrame(rows).drop_duplicates(["agent_id", "start_at"]).assign(activity="sick", is_paid=True)
    for name in ("start_at", "end_at"):
        frame[name] = frame[name].dt.tz_localize(ZONE).dt.tz_convert("UTC").dt.as_unit("us")
    return frame.astype({"agent_id": "str", "activity": "str"})


def main() -> None:
    """Build, fall ill, re-plan; print asked and measured."""
    values = [float(text) for text in sys.argv[1:]]
    count, weeks, seed, share, build_s = [*values, *(300, 4, 1, 0.05, 90)[len(values) :]]
    pool, agents, plan, absences, wishes = make_reference(int(count), int(weeks), int(seed))
    plan = plan.replace(schedule=plan.schedule.model_copy(update={"time_limit_s": build_s}))
    people = {"absences": absences, "preferences": wishes}
    published = omnistaff.build_roster(pool, agents, plan, **people).table
    work = published[published["activity"] == "work"].drop_duplicates("shift_id")
    sick = sickness(published, share, np.random.default_rng(int(seed)))
    away = pd.concat([absences, sick], ignore_index=True)
    frozen = START + dt.timedelta(days=3)
    wall, cpu = time.perf_counter(), time.process_time()
    roster = omnistaff.replan_roster(published, pool, People(agents, away, wishes), plan, frozen_until=frozen)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    lost = int((roster.changes["reason"] == "absence").sum())
    others = int((roster.changes["reason"] == "cover").sum())
    early = int((roster.changes.loc[roster.changes["reason"] == "cover", "schedule_date"].dt.date < frozen).sum())
    broken = omnistaff.check_roster(roster.table, agents, plan, absences=away)
    do_nothing = published[~published["shift_id"].isin(_hit(published, sick))]
    coverage = [work_hours(table) for table in (do_nothing, roster.table)]
    print(f"{count:.0f} agents, {weeks:.0f} weeks, seed {seed:.0f}: {len(work)} shifts, {lost} lost to sickness")
    print(f"{'':34}{'asked':>10}{'measured':>12}")
    print(f"{'other shifts changed':34}{'< 3 %':>10}{others / (len(work) - lost):>12.2%}")
    print(f"{'of these in the frozen zone':34}{'0':>10}{early:>12}")
    print(f"{'seconds, wall':34}{'< 30':>10}{wall:>12.1f}")
    print(f"{'seconds, CPU':34}{'':>10}{cpu:>12.1f}")
    print(f"{'hard rules broken':34}{'0':>10}{int(broken['is_hard'].sum()):>12}")
    print(f"{'work hours, holes left / re-plan':34}{'':>10}{coverage[0]:>12,.0f} /{coverage[1]:,.0f}")
    print(f"{'cost, bound, gap':34}{'':>10}{roster.cost:>12,.0f} {roster.bound:,.0f} {roster.gap_share:.1%}")
    print({name: round(cost) for name, cost in roster.cost_parts.items()})
    if len(broken):
        print(broken["rule"].value_counts().to_dict(), broken["message"].head(5).tolist())


def _hit(published: pd.DataFrame, sick: pd.DataFrame) -> set[str]:
    both = published.merge(sick[["agent_id", "start_at", "end_at"]], on="agent_id", suffixes=("", "_sick"))
    inside = (both["start_at"] < both["end_at_sick"]) & (both["end_at"] > both["start_at_sick"])
    return set(both.loc[inside, "shift_id"])


def work_hours(table: pd.DataFrame) -> float:
    """Return the hours at work of a roster."""
    work = table[table["activity"] == "work"]
    return float((work["end_at"] - work["start_at"]).dt.total_seconds().sum() / 3600)


if __name__ == "__main__":
    main()
