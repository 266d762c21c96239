"""Values of the forecast's external drivers from the files that the plan names."""

from __future__ import annotations

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.plan import Plan
from omnistaff.plan.forecast import Driver


def read_drivers(plan: Plan) -> Plan:
    """Return the plan with each driver's values read from its file; values in the plan itself win over the file's.

    A file is CSV with a column ``date`` (YYYY-MM-DD) and one called as the driver, or ``value``. Raises ConfigError
    for files that cannot be read, with all problems at once.
    """
    drivers, problems = [], []
    for k, driver in enumerate(plan.forecast.drivers):
        try:
            drivers.append(_filled(driver, plan))
        except (OSError, ValueError) as error:
            problems.append(f"forecast.drivers.{k}.path: {error}")
    if problems:
        raise ConfigError("some drivers cannot be read", problems)
    return plan.replace(forecast=plan.forecast.model_copy(update={"drivers": drivers}))


def _filled(driver: Driver, plan: Plan) -> Driver:
    if driver.path is None:
        return driver
    rows = pd.read_csv(plan.folder / driver.path)
    column = driver.name if driver.name in rows else "value"
    missing = [name for name in ("date", column) if name not in rows]
    if missing:
        raise ValueError(f"{driver.path} has no column {' or '.join(missing)}, expected date and {driver.name}")
    dates = pd.to_datetime(rows["date"], format="%Y-%m-%d").dt.date
    numbers = pd.to_numeric(rows[column])
    values = {date: float(number) for date, number in zip(dates, numbers, strict=True) if number == number}
    return driver.model_copy(update={"values": {**values, **driver.values}})
