"""External drivers of demand (orders, marketing spend, temperature) as columns of the calendar."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from omnistaff.errors import ConfigError
from omnistaff.plan import Plan, Queue
from omnistaff.plan.forecast import Driver

FloatArray = npt.NDArray[np.float64]


def driver_columns(dates: npt.NDArray[np.datetime64], history: int, queue: Queue, plan: Plan) -> FloatArray:
    """Return days × drivers of a queue in standard units of the *history*'s days; unknown past values are usual ones.

    From the end of the history on, values are multiplied by the driver's ``future_factor``. The last known value
    stands in for later ones, which a forecast refuses (``refuse_unknown_future``) and a back-test never needs.
    """
    columns = [_column(driver, dates, history) for driver in drivers_of(queue, plan)]
    return np.column_stack(columns) if columns else np.zeros((len(dates), 0))


def drivers_of(queue: Queue, plan: Plan) -> list[Driver]:
    """Return the drivers that move a queue; one that only an adoption names moves none."""
    orders = {adoption.orders for adoption in plan.forecast.adoptions.values()}
    return [
        driver
        for driver in plan.forecast.drivers
        if queue.name in driver.queues or (not driver.queues and driver.name not in orders)
    ]


def _column(driver: Driver, dates: npt.NDArray[np.datetime64], history: int) -> FloatArray:
    days = [date.item() for date in dates.astype("datetime64[D]")]
    if not driver.values:
        raise ConfigError(
            f"forecast.drivers: {driver.path} of {driver.name} is not read: use ingest.read_drivers(plan)"
        )
    values = np.array([driver.values.get(day, np.nan) for day in days])
    values[history:] *= driver.future_factor
    if driver.scale == "log":
        values = np.log1p(np.maximum(values, 0.0))
    past = values[:history]
    if np.isnan(past).all() or np.nanmin(past) == np.nanmax(past):
        return np.zeros(len(days))  # a back-test may begin before the driver does
    standard = (values - np.nanmean(past)) / np.nanstd(past)
    standard[history:] = np.clip(standard[history:], *_reach(standard[:history]))
    known = np.flatnonzero(~np.isnan(standard))
    standard[int(known[-1]) + 1 :] = standard[known[-1]]
    return np.asarray(np.nan_to_num(standard))


def _reach(past: FloatArray) -> tuple[float, float]:
    """Return between what standard values an effect is believed: as far again as the *past* ones reach.

    Beyond, a line through what was seen tells nothing, and on a logarithm it runs away.
    """
    low, high = float(np.nanmin(past)), float(np.nanmax(past))
    return low - (high - low), high + (high - low)


def refuse_untaught(first: dt.date, queues: list[Queue], plan: Plan) -> None:
    """Raise ConfigError when the values of a driver of *queues* before *first* teach nothing: none, or all alike."""
    used = [driver for driver in plan.forecast.drivers if any(driver in drivers_of(queue, plan) for queue in queues)]
    problems = []
    for driver in used:
        past = {value for day, value in driver.values.items() if day < first}
        found = "is always the same" if past else "has no value"
        if len(past) < 2 and driver.values:
            problems.append(
                f"forecast.drivers: {driver.name} {found} before {first}: its effect is learnt from past values that "
                "differ, give them or remove it"
            )
    if problems:
        raise ConfigError("some drivers cannot be used", problems)


def refuse_unknown_future(first: dt.date, days: int, plan: Plan) -> None:
    """Raise ConfigError when a driver lacks values for the *days* days from *first* on."""
    problems = []
    for k, driver in enumerate(plan.forecast.drivers):
        wanted = [first + dt.timedelta(days=n) for n in range(days)]
        missing = [day for day in wanted if day not in driver.values]
        if missing:
            problems.append(
                f"forecast.drivers.{k}: {driver.name} has no value for {missing[0]} ({len(missing)} of {days} days "
                "ahead lack one): give known or assumed values"
            )
    if problems:
        raise ConfigError("drivers must be known as far as the forecast goes", problems)
