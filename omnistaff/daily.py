"""What is done with a finished run, day by day: check a roster, correct the running day, replay a past one."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from omnistaff.forecast.intraday import Corrected

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

    The interval that runs at *now* is left in whole. Beside it stand the method of the correction and what it rests
    on, as ``forecast.describe_seen`` tells, times by the clock of the plan's zone. Writes the corrected intervals,
    with their quantiles, to ``exports/intraday.csv``. Raises ConfigError for a time that cannot be read and
    TableError when the forecast does not cover it.
    """
    from omnistaff.report.exports.plans import beside_quantiles, in_queue_time

    day = _correct(plan, work, now)
    table = day.forecast.table
    rest = _is_ahead(table["interval_start"], day.now, plan)
    keys = ["queue", "interval_start"]
    corrected = day.corrected.forecast.table.assign(method=day.corrected.methods)
    both = table.loc[rest, [*keys, "mean"]].merge(corrected[[*keys, "mean", "method"]], on=keys, validate="1:1")
    both = both.rename(columns={"mean_x": "forecast", "mean_y": "corrected"})
    exported = in_queue_time(beside_quantiles(both, day.corrected.forecast.quantiles), plan)
    work.write_export("intraday.csv", lambda path: exported.to_csv(path, index=False))
    both = both.assign(date=timegrid.local_dates(both["interval_start"], plan.time_zone).dt.date.astype("str"))
    groups = both.groupby(["queue", "date"], as_index=False)
    totals = groups.agg(forecast=("forecast", "sum"), corrected=("corrected", "sum"), method=("method", _methods))
    totals.insert(4, "change_share", totals["corrected"] / totals["forecast"] - 1)
    until = day.seen["seen_until"].dt.tz_convert(timegrid.zone(plan.time_zone))
    seen = day.seen.assign(seen_until=timegrid.written(until, "%Y-%m-%d %H:%M"))
    return totals.merge(seen, on="queue", how="left", validate="m:1")


def _methods(methods: pd.Series[str]) -> str:
    """Return the different methods, joined by |."""
    return "|".join(sorted(methods.unique()))


@dataclass(frozen=True)
class _Day:
    """The running day: its instant, the forecast before and after, what that rests on."""

    now: pd.Timestamp
    forecast: DemandForecast
    corrected: Corrected
    seen: pd.DataFrame


def _correct(plan: Plan, work: Workspace, now: str) -> _Day:
    """Return the day at *now*, its forecast corrected by the contacts until then; queues the plan dropped stay."""
    from omnistaff.forecast import correct_day, describe_seen, find_ends
    from omnistaff.ingest import read_drivers

    instant = timegrid.parse_instant(now, plan.time_zone)
    forecast, demand = read_forecast(work), work.read("demand")
    demand = check(Demand, demand[demand["queue"].isin([queue.name for queue in plan.queues])])
    if not _is_ahead(forecast.table["interval_start"], instant, plan).any():
        raise TableError(
            f"the forecast in {work.folder} has nothing for the rest of the day of {now} and the day after: forecast "
            "again"
        )
    ends = find_ends(forecast, work.read("contacts"), plan, now=instant) if work.has("contacts") else {}
    corrected = correct_day(forecast, demand, read_drivers(plan), now=instant, seen_until=ends)
    return _Day(instant, forecast, corrected, describe_seen(forecast, demand, plan, now=instant, ends=ends))


def _is_ahead(times: pd.Series[pd.Timestamp], instant: pd.Timestamp, plan: Plan) -> pd.Series[bool]:
    """Return True for intervals not over at *instant* that begin before the next day's end by the plan's clock."""
    end = timegrid.next_local_midnight(timegrid.next_local_midnight(instant, plan.time_zone), plan.time_zone)
    return (times + pd.Timedelta(minutes=plan.interval_minutes) > instant) & (times < end)


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

    day = _correct(plan, work, now)
    keys = ["queue", "interval_start"]
    both = work.read("requirement")[[*keys, "agents"]].merge(
        required_staff(day.corrected.forecast, measured_plan(plan, work))[[*keys, "agents"]], on=keys, validate="1:1"
    )
    ratio = (both["agents_y"] / both["agents_x"]).where(both["agents_x"] > 0, 1.0)
    need = work.read("allocation").merge(both[keys].assign(ratio=ratio), on=keys, how="left", validate="m:1")
    need = need.assign(agents=need["agents"] * need["ratio"].fillna(1.0)).drop(columns="ratio")
    pool = replace(read_pool(work), allocation=check(Allocation, need))
    moves = same_day_moves(work.read("roster"), pool, read_people(plan), plan, now=day.now)
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
    if not served.intersection(names):
        raise TableError(f"nobody was seen at work from {day} on for {days} day(s): the logs name no agents there")
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
