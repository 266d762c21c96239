"""A planner's corrections of a forecast: more or fewer contacts, longer or shorter ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Adjustment, Plan
from omnistaff.tables import DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check

SHORTEST_S = 1.0  # no contact is handled faster


def adjust_forecast(forecast: DemandForecast, plan: Plan) -> DemandForecast:
    """Return the forecast with the plan's ``forecast.adjustments`` applied one after another.

    A factor on arrivals moves mean, quantiles and paths alike; of the variance the Poisson part moves with the
    factor and the rest with its square. Handle times move by seconds and never fall below one.
    """
    table: pd.DataFrame = forecast.table
    quantiles: pd.DataFrame = forecast.quantiles
    paths: pd.DataFrame = forecast.paths
    for adjustment in plan.forecast.adjustments:
        factor = adjustment.volume_factor * (1 - adjustment.contained_share)
        hit = _is_hit(table, adjustment, plan)
        mean = table["mean"].to_numpy()
        spread = np.maximum(table["variance"].to_numpy() - mean, 0)
        handle = np.maximum(table["handle_s"].to_numpy() + adjustment.handle_change_s, SHORTEST_S)
        table = table.assign(
            mean=np.where(hit, factor * mean, mean),
            variance=np.where(hit, factor * mean + factor**2 * spread, table["variance"]),
            handle_s=np.where(hit, handle, table["handle_s"]),
        )
        quantiles = _scaled(quantiles, adjustment, plan, factor)
        paths = _scaled(paths, adjustment, plan, factor)
    return DemandForecast(check(Forecast, table), check(ForecastQuantiles, quantiles), check(ForecastPaths, paths))


def _scaled(frame: pd.DataFrame, adjustment: Adjustment, plan: Plan, factor: float) -> pd.DataFrame:
    hit = _is_hit(frame, adjustment, plan)
    return frame.assign(arrivals=np.where(hit, factor * frame["arrivals"], frame["arrivals"]))


def _is_hit(frame: pd.DataFrame, adjustment: Adjustment, plan: Plan) -> np.ndarray:
    """Return True for the rows of the queues and local days that an adjustment moves."""
    hit: np.ndarray = np.ones(len(frame), dtype=bool)
    if adjustment.queues:
        hit &= frame["queue"].isin(adjustment.queues).to_numpy(dtype=bool)
    if adjustment.start or adjustment.end:
        dates = timegrid.local_dates(frame["interval_start"], plan.time_zone)
        if adjustment.start:
            hit &= (dates >= pd.Timestamp(adjustment.start)).to_numpy(dtype=bool)
        if adjustment.end:
            hit &= (dates <= pd.Timestamp(adjustment.end)).to_numpy(dtype=bool)
    return hit
