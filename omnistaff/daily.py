"""What is done with a finished run, day by day: check a roster, correct the running day, replay a past one."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.errors import TableError
from omnistaff.pipeline import measured_plan, previous_roster, read_forecast, read_pool
from omnistaff.plan import Plan
from omnistaff.tables import (
    Agents,
    Allocation,
    Changes,
    Contacts,
    Demand,
    DemandForecast,
    Roster,
    Violations,
    check,
    empty,
)
from omnistaff.tables.files import Workspace, read_roster
from omnistaff.tables.matching import assign_queues

REPLAYED = ("offered", "service_level", "asa_s", "abandon_share")


def check_roster_file(plan: Plan, work: Workspace, roster: Path | None = None) -> DataFrame[Violations]:
    """Return every rule that a roster breaks: the one in *work*, or one in a CSV or Parquet file."""
    from omnistaff.schedule import check_roster, first_day

    table = work.read("roster") if roster is None else read_roster(roster)
    first = first_day(work.read("allocation"), plan) if work.has("allocation") else None
    before = previous_roster(plan)
    return check_roster(
        table,
        work.read("agents"),
        plan,
        absences=work.read("absences"),
        preferences=work.read("preferences"),
        previous=before,
        first_day=first,
    )


def replan(plan: Plan, work: Workspace, frozen_until: str) -> DataFrame[Changes]:
    """Return what changes when the roster in *work* is adapted to the plan's people files as they are now.

    Days before *frozen_until* (a local date) are kept. Agents, absences and preferences are read again, the need is
    the one in *work*: run ``forecast`` and ``staffing`` first when demand has changed. Writes roster, coverage,
    violations and changes, and ``exports/changes.csv``.
    """
    from omnistaff import schedule
    from omnistaff.ingest import read_people

    first = timegrid.parse_instant(frozen_until, plan.time_zone).tz_convert(plan.time_zone).date()
    people = read_people(plan)
    pool = read_pool(work)
    published, before = work.read("roster"), previous_roster(plan)
    if before is not None:
        published = check(
            Roster, pd.concat([before, published]).drop_duplicates(["agent_id", "start_at"], keep="last")
        )
    roster = schedule.replan_roster(published, pool, people, plan, frozen_until=first)
    violations = schedule.check_roster(
        roster.table,
        people.agents,
        plan,
        absences=people.absences,
        preferences=people.preferences,
        previous=before,
        first_day=schedule.first_day(pool.allocation, plan),
    )
    changes = empty(Changes) if roster.changes is None else roster.changes
    tables = people._asdict() | {"roster": roster.table, "coverage": roster.coverage, "violations": violations}
    for name, table in (tables | {"changes": changes}).items():
        work.write(name, table)
    work.write_export("changes.csv", lambda path: changes.to_csv(path, index=False))
    return changes


def update_day(plan: Plan, work: Workspace, now: str) -> pd.DataFrame:
    """Return, by queue and day, what is left of today and tomorrow: as forecast, and as corrected at *now*.

    Writes the corrected intervals to ``exports/intraday.csv``. Raises ConfigError for a time that cannot be read and
    TableError when the forecast does not cover it.
    """
    instant, forecast, updated = _corrected(plan, work, now)
    rest = forecast.table["interval_start"].between(instant, _tomorrow_end(instant, plan), inclusive="left")
    keys = ["queue", "interval_start"]
    both = forecast.table.loc[rest, [*keys, "mean"]].merge(updated.table[[*keys, "mean"]], on=keys, validate="1:1")
    both = both.rename(columns={"mean_x": "forecast", "mean_y": "corrected"})
    work.write_export("intraday.csv", lambda path: both.to_csv(path, index=False))
    both = both.assign(date=timegrid.local_dates(both["interval_start"], plan.time_zone).dt.date.astype("str"))
    totals = both.groupby(["queue", "date"], as_index=False)[["forecast", "corrected"]].sum()
    return totals.assign(change_share=totals["corrected"] / totals["forecast"] - 1)


def _corrected(plan: Plan, work: Workspace, now: str) -> tuple[pd.Timestamp, DemandForecast, DemandForecast]:
    """Return the instant *now*, the forecast, and the forecast as corrected by the contacts until then."""
    from omnistaff.forecast import find_ends, update_forecast
    from omnistaff.ingest import read_drivers

    instant = timegrid.parse_instant(now, plan.time_zone)
    forecast, demand = read_forecast(work), work.read("demand")
    if not forecast.table["interval_start"].between(instant, _tomorrow_end(instant, plan), inclusive="left").any():
        raise TableError(
            f"the forecast in {work.folder} has nothing for the rest of the day of {now} and the day after: forecast "
            "again"
        )
    seen = demand[demand["interval_start"] + pd.Timedelta(minutes=plan.interval_minutes) <= instant]
    ends = find_ends(forecast, work.read("contacts"), plan, now=instant) if work.has("contacts") else {}
    updated = update_forecast(forecast, check(Demand, seen), read_drivers(plan), now=instant, seen_until=ends)
    return instant, forecast, updated


def _tomorrow_end(instant: pd.Timestamp, plan: Plan) -> pd.Timestamp:
    """Return the end of the day after that of *instant*, by the clock of the plan's zone."""
    return timegrid.next_local_midnight(timegrid.next_local_midnight(instant, plan.time_zone), plan.time_zone)


def move_day(plan: Plan, work: Workspace, now: str) -> pd.DataFrame:
    """Return what to do on the rest of the day after the local time *now*, best first; writes ``exports/moves.csv``.

    Both show times by the clock of the plan's zone, the stored table ``moves`` has UTC.
    The forecast is corrected by the contacts until *now*; the need of each queue follows what the corrected forecast
    requires, beside what the one before did. Absences are read again from the plan's files. Raises ConfigError for
    a time that cannot be read and TableError when the forecast does not cover it.
    """
    from omnistaff.ingest import read_people
    from omnistaff.schedule import same_day_moves
    from omnistaff.staffing import required_staff

    instant, _, updated = _corrected(plan, work, now)
    keys = ["queue", "interval_start"]
    both = work.read("requirement")[[*keys, "agents"]].merge(
        required_staff(updated, measured_plan(plan, work))[[*keys, "agents"]], on=keys, validate="1:1"
    )
    ratio = (both["agents_y"] / both["agents_x"]).where(both["agents_x"] > 0, 1.0)
    need = work.read("allocation").merge(both[keys].assign(ratio=ratio), on=keys, how="left", validate="m:1")
    need = need.assign(agents=need["agents"] * need["ratio"].fillna(1.0)).drop(columns="ratio")
    pool = replace(read_pool(work), allocation=check(Allocation, need))
    moves = same_day_moves(work.read("roster"), pool, read_people(plan), plan, now=instant)
    work.write("moves", moves)
    shown = moves.assign(start_at=moves["start_at"].dt.tz_convert(plan.time_zone))
    work.write_export("moves.csv", lambda path: shown.to_csv(path, index=False))
    return shown


def replay_days(plan: Plan, work: Workspace, *, day: dt.date, days: int, gap_minutes: float) -> pd.DataFrame:
    """Return what happened on *days* past days from *day* on beside what the simulator makes of them, by queue.

    The same contacts meet the people seen at work: on duty between contacts that are at most *gap_minutes* apart,
    and after each contact as long not ready as people were on the other days while customers waited (on the same
    days when there are no others).
    Columns: queue, then offered, service_level, asa_s and abandon_share, observed and simulated. Raises TableError
    when no contact of the plan's queues arrived on those days.
    """
    from omnistaff.simulate import observe_duty, ready_quantiles, replay, with_time_to_ready

    contacts = work.read("contacts")
    roster, agents = observe_duty(contacts, plan, gap_minutes=gap_minutes, waited_s=math.inf)
    start = timegrid.day_start(day, plan.time_zone)
    end = timegrid.day_start(day + dt.timedelta(days=days), plan.time_zone)
    others = contacts[(contacts["arrived_at"] < start) | (contacts["arrived_at"] >= end)]
    learnt = contacts if others.empty else check(Contacts, others)
    quantiles = ready_quantiles(learnt, agents, plan, gap_minutes=gap_minutes)
    held = with_time_to_ready(contacts, quantiles, seed=plan.seed)
    names, served = [queue.name for queue in plan.queues], _served_queues(roster, agents, start, end)
    held = check(Contacts, held[assign_queues(held, plan).isin(served)])
    measured = measured_plan(plan, work)
    measured = measured.replace(queues=[queue for queue in measured.queues if queue.name in served])
    result = replay(held, roster, agents, measured, day=day, days=days)
    sides = []
    for side, outcomes in (("observed", result.observed), ("simulated", result.simulated)):
        totals = outcomes[outcomes["period"] == "horizon"].set_index("queue")
        totals = totals.assign(abandon_share=totals["abandoned"] / totals["offered"])
        sides.append(totals[list(REPLAYED)].add_suffix(f"_{side}"))
    columns = [f"{measure}_{side}" for measure in REPLAYED for side in ("observed", "simulated")]
    return pd.concat(sides, axis=1)[columns].reindex(pd.Index([*names, "all"], name="queue")).reset_index()


def _served_queues(
    roster: DataFrame[Roster], agents: DataFrame[Agents], start: pd.Timestamp, end: pd.Timestamp
) -> set[str]:
    """Return the queues of those who are on the roster at some time from *start* to *end*."""
    on_duty = roster.loc[(roster["start_at"] < end) & (roster["end_at"] > start), "agent_id"]
    return set("|".join(agents.loc[agents["agent_id"].isin(on_duty), "skills"]).split("|"))
