"""Which hours of the week are worth being open: demand inside and outside of today's hours, and what each hour costs.

Outside hours nobody is asked, so demand there is read from what there is: attempts while closed where the logs have
them; else the same hours of other days at the day's own level (Saturday afternoon from Saturday morning and from the
afternoons of the week); else the queue's level in the open hours nearest in time of day, moved by the shape of the
queues that customers can write to at any hour, and of such a guess three quarters count. Contacts that come back in
the first hour after an opening are served already and are not new. Where no other queue is open an hour takes a whole
person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.plan.queues import Queue
from omnistaff.staffing.required import required_staff
from omnistaff.tables import (
    Agents,
    Demand,
    DemandForecast,
    Forecast,
    ForecastPaths,
    ForecastQuantiles,
    check,
    conform,
    empty,
)
from omnistaff.tables.skills import can_serve
from omnistaff.timegrid import OpeningHours, local_parts

Floats = npt.NDArray[np.float64]
DAY, WEEK = 24, 168
WEEKS = 8  # of the latest history
ATTEMPTS = 0.05  # contacts an hour while closed from which logs are taken to record them
GUESSED = 0.75  # share of contacts guessed from other queues that is counted on: who writes at night may not call
FACTOR = 2.0  # an hour pays up to this many times what a contact costs on average, where no worth is given
Basis = Literal["open", "attempts", "other days", "shape of others", "nothing known"]


@dataclass(frozen=True)
class HourAdvice:
    """One hour of the week of a queue: whom it would serve, what it costs, and whether to be open."""

    queue: str
    weekday: int  # 0 is Monday
    hour: int
    is_open: bool  # today
    basis: Basis
    contacts: float  # expected a week in this hour
    new_contacts: float  # of these, not served at another time today, and to be counted on
    handle_s: float  # of a contact alone
    agents: float  # gross, to keep the promise
    hourly_cost: float
    cost: float  # a week
    cost_per_contact: float
    pays: bool


def recommend_hours(
    demand: DataFrame[Demand], agents: DataFrame[Agents], plan: Plan, *, worth_of_contact: float | None = None
) -> list[HourAdvice]:
    """Return every hour of the week of every live and messaging queue, with its marginal cost and contacts served.

    An hour pays when its new contacts, worth *worth_of_contact* each, cover the agents at the mean hourly cost of
    people with the skill. Without a worth a contact may cost twice what the queue's contacts cost on average.
    """
    shape = _shape_of_others(demand, plan)
    result = []
    for queue in plan.queues:
        rows = demand[demand["queue"] == queue.name]
        if queue.mode != "deferred" and len(rows):
            result += _advice(queue, _week(rows, queue, plan), shape, agents, (plan, worth_of_contact))
    return result


@dataclass(frozen=True)
class _Week:
    contacts: Floats  # an hour, by hour of the week
    is_open: npt.NDArray[np.bool_]
    handle_s: float


def _week(rows: pd.DataFrame, queue: Queue, plan: Plan) -> _Week:
    """Return contacts by hour of the week; an hour open in part is open, and all of it like that part."""
    rows = _latest(rows)
    contacts, opened = _by_interval(rows, queue, plan)
    counted = opened | ~opened.any(axis=1, keepdims=True)
    known = mean_handle(rows[~rows["is_outlier"]])
    handle_s = known if known is not None else queue.handle_s or 300.0
    return _Week(
        (contacts * counted).sum(axis=1) * counted.shape[1] / counted.sum(axis=1),
        np.asarray(opened.any(axis=1)),
        handle_s * (queue.alone_share if queue.mode == "messaging" else 1.0),
    )


def mean_handle(rows: pd.DataFrame) -> float | None:
    """Return the mean seconds of a contact in rows of demand, None where none is known."""
    timed = rows[(rows["offered"] > 0) & rows["handle_s"].notna()]
    return float(np.average(timed["handle_s"], weights=timed["offered"])) if len(timed) else None


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the latest weeks."""
    latest: pd.DataFrame = rows[rows["interval_start"] > rows["interval_start"].max() - pd.Timedelta(weeks=WEEKS)]
    return latest


def _by_interval(rows: pd.DataFrame, queue: Queue, plan: Plan) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return mean contacts and whether it is open, for hour of the week × interval of the hour.

    What is marked as an outlier is left out. Open intervals are counted as often as they have rows, others, which
    have rows only when somebody tried, as often as the history holds them.
    """
    opened, starts = usual_hours(queue, plan), rows["interval_start"]
    grid = pd.Series(pd.date_range(starts.min(), starts.max(), freq=f"{plan.interval_minutes}min"))

    def count(times: pd.Series[pd.Timestamp], weights: pd.Series[float] | None = None) -> Floats:
        parts = local_parts(times, plan.zone_of(queue))
        minute = (parts["weekday"] * DAY * 60 + parts["minute_of_day"]).to_numpy(dtype=np.int64)
        counted = np.bincount(minute // plan.interval_minutes, weights, minlength=opened.size)
        return np.asarray(counted.reshape(opened.shape), dtype=np.float64)

    usual = rows[~rows["is_outlier"]]
    seen, held = count(usual["interval_start"]), count(grid) - count(starts[rows["is_outlier"]])
    contacts = count(usual["interval_start"], usual["offered"])
    return contacts / np.maximum(np.where(opened, seen, held), 1.0), opened


def _shape_of_others(demand: DataFrame[Demand], plan: Plan) -> Floats | None:
    """Return contacts by hour of the week of the queues that take contacts at any hour, None if there is none."""
    shape = np.zeros(WEEK)
    for queue in plan.queues:
        rows = demand[demand["queue"] == queue.name]
        if queue.mode == "deferred" and len(rows):
            shape += _by_interval(_latest(rows), queue, plan)[0].sum(axis=1)
    return shape if shape.sum() > 0 and (shape > 0).mean() > 0.5 else None


def latent_contacts(
    contacts: Floats, is_open: npt.NDArray[np.bool_], shape: Floats | None
) -> tuple[Floats, list[Basis]]:
    """Return contacts by hour of the week as if always open, and what each is known from.

    A closed hour of a day that is open at other times has what other days have in that hour, at the day's level (see
    ``from_other_days``); any other has the level of the open hours nearest to its time of day, moved by *shape*.
    """
    attempts = contacts[~is_open].sum() > ATTEMPTS * max(1, (~is_open).sum())
    basis: list[Basis] = ["open"] * len(contacts)
    result = contacts.copy()
    places, days = np.flatnonzero(is_open), from_other_days(contacts, is_open)
    for k in np.flatnonzero(~is_open):
        if attempts:
            basis[k] = "attempts"
        elif np.isfinite(days[k]):
            basis[k], result[k] = "other days", days[k]
        elif shape is None or not len(places):
            basis[k], result[k] = "nothing known", 0.0
        else:
            apart = np.abs(places % DAY - k % DAY)
            away = np.minimum(apart, DAY - apart)
            near = places[away == away.min()]
            basis[k] = "shape of others"
            result[k] = contacts[near].sum() / max(shape[near].sum(), 1e-9) * shape[k]
    return result, basis


def from_other_days(contacts: Floats, is_open: npt.NDArray[np.bool_]) -> Floats:
    """Return contacts by hour of the week as day times hour, NaN where a day or its hour is not known.

    Day d in hour h: the mean over the days e that are open in h of what e has there times the ratio of d to e in the
    hours in which both are open, weighted by e's contacts in these. Exact where the week is day times hour.
    """
    by_day, open_by_day = contacts.reshape(-1, DAY), is_open.reshape(-1, DAY).astype(float)
    shared = (by_day * open_by_day) @ open_by_day.T  # contacts of a day (row) while another (column) is open too
    above = shared @ (by_day * open_by_day)
    below = (shared > 0).astype(float) * shared.T @ open_by_day
    return np.asarray(np.divide(above, below, out=np.full(by_day.shape, np.nan), where=below > 0).ravel())


def recaptured(contacts: Floats, is_open: npt.NDArray[np.bool_], shape: Floats | None) -> Floats:
    """Return contacts of each first open hour after a closed one above what its next two hours let expect."""
    result = np.zeros(len(contacts))
    if shape is None:
        return result
    for k in np.flatnonzero(is_open & ~np.roll(is_open, 1)):
        after = [(k + 1) % len(contacts), (k + 2) % len(contacts)]
        if is_open[after].all() and shape[after].sum() > 0:
            usual = contacts[after].sum() / shape[after].sum() * shape[k]
            result[k] = max(0.0, contacts[k] - usual)
    return result


def _advice(
    queue: Queue,
    week: _Week,
    shape: Floats | None,
    agents: DataFrame[Agents],
    asked: tuple[Plan, float | None],
) -> list[HourAdvice]:
    plan, worth = asked
    latent, basis = latent_contacts(week.contacts, week.is_open, shape)
    back = recaptured(week.contacts, week.is_open, shape)
    closed = ~week.is_open
    share = min(1.0, float(back.sum() / latent[closed].sum())) if latent[closed].sum() > 0 else 0.0
    sure = np.where([known == "shape of others" for known in basis], GUESSED, 1.0)
    new = np.where(closed, latent * sure * (1 - share), latent)
    gross = gross_agents(queue, np.where(closed, latent * sure, latent), week.handle_s, plan)
    gross = np.maximum(gross, lone_people(queue, plan))
    able = can_serve(agents, queue.name)
    hourly = float(agents.loc[able, "hourly_cost"].mean()) if able.any() else float(agents["hourly_cost"].mean())
    cost = gross * hourly
    if worth is None:
        served = float(latent[week.is_open].sum())
        worth = FACTOR * float(cost[week.is_open].sum()) / served if served > 0 else 0.0
    each = np.divide(cost, new, out=np.full(WEEK, np.inf), where=new > 0)
    return [
        HourAdvice(queue.name, k // 24, k % 24, bool(week.is_open[k]), basis[k], *values)
        for k, values in enumerate(
            zip(
                latent.tolist(),
                new.tolist(),
                [week.handle_s] * WEEK,
                gross.tolist(),
                [hourly] * WEEK,
                cost.tolist(),
                each.tolist(),
                (each <= worth).tolist(),
                strict=True,
            )
        )
    ]


def lone_people(queue: Queue, plan: Plan) -> Floats:
    """Return the gross agents that a queue takes at least in each hour of the week: one where no other is open."""
    steps = 60 // plan.interval_minutes
    starts = _intervals_of_a_week(plan)
    shared = np.zeros(WEEK, dtype=bool)
    for other in plan.queues:
        if other.name != queue.name:
            shared |= usual_hours(other, plan, clock_of=queue).all(axis=1)
    ready = plan.model_copy(update={"time_zone": "UTC"}).available_share(starts).reshape(WEEK, steps).mean(axis=1)
    return np.where(shared, 0.0, 1 / ready)


def usual_hours(queue: Queue, plan: Plan, *, clock_of: Queue | None = None) -> npt.NDArray[np.bool_]:
    """Return whether a queue is open in a week without holidays, for hour of the week × interval of the hour.

    Hours are those of its own clock, or of another queue's as in January.
    """
    starts = _intervals_of_a_week(plan).dt.tz_localize(None).dt.tz_localize(plan.zone_of(clock_of or queue))
    hours = OpeningHours(queue.hours, plan.zone_of(queue), interval_minutes=plan.interval_minutes)
    return np.asarray(hours.is_open(starts.dt.tz_convert("UTC")), dtype=bool).reshape(WEEK, -1)


def _intervals_of_a_week(plan: Plan) -> pd.Series[pd.Timestamp]:
    """Return the intervals of a week from Monday on, as if local time were UTC."""
    count = WEEK * 60 // plan.interval_minutes
    grid = pd.date_range("2001-01-01", periods=count, freq=f"{plan.interval_minutes}min", tz="UTC")
    return pd.Series(grid.as_unit("us"))


def gross_agents(queue: Queue, contacts: Floats, handle_s: float, plan: Plan) -> Floats:
    """Return the gross agents of each hour of a week that is open at all hours; *handle_s* of a contact alone."""
    steps = 60 // plan.interval_minutes
    mean = np.repeat(contacts, steps) / steps
    table = pd.DataFrame(
        {
            "queue": queue.name,
            "interval_start": _intervals_of_a_week(plan),
            "model": "hours of the week",
            "mean": mean,
            "variance": mean,
            "handle_s": handle_s,
            "handle_sd_s": handle_s,
        }
    )
    forecast = check(Forecast, conform(Forecast, table))
    # handle times are those of a contact alone already, and the week's hours are local ones
    alone = queue.model_copy(update={"data_concurrency": 1.0, "time_zone": None, "closing_minutes": 0})
    need = required_staff(
        DemandForecast(forecast, empty(ForecastQuantiles), empty(ForecastPaths)),
        plan.model_copy(update={"queues": [alone], "time_zone": "UTC"}),
    )
    hourly: Floats = need.sort_values("interval_start")["gross_agents"].to_numpy().reshape(WEEK, steps).mean(axis=1)
    return hourly
