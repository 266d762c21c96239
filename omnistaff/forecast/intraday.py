"""The day so far corrects the rest of it: a shrunken ratio, never the plain one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.forecast.days import FloatArray
from omnistaff.forecast.negative_binomial import quantiles
from omnistaff.plan import Plan
from omnistaff.tables import Demand, DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check


@dataclass(frozen=True)
class DaySoFar:
    """What a day's seen part tells of its common factor: posterior mean and variance, and the prior variance."""

    factor: float
    variance: float
    prior: float


def update_forecast(forecast: DemandForecast, actuals: DataFrame[Demand], plan: Plan) -> DemandForecast:
    """Return the forecast with the rest of each queue's day corrected by what came so far.

    *actuals* is demand of complete intervals of the current day. Intervals it covers keep what was forecast. The
    day's common factor is gamma distributed with the variance seen in the paths; its mean given the part seen is a
    ratio of actual to forecast, shrunk to 1 the more, the less the seen part tells.
    """
    table, levels, paths = forecast.table.copy(), forecast.quantiles.copy(), forecast.paths.copy()
    for queue in plan.queues:
        seen = actuals[actuals["queue"] == queue.name]
        if seen.empty:
            continue
        now = seen["interval_start"].max()
        end = timegrid.next_local_midnight(now, plan.zone_of(queue))
        known = _aligned(forecast, seen)
        rest = (table["queue"] == queue.name) & (table["interval_start"] > now) & (table["interval_start"] < end)
        if known.empty or not rest.any():
            continue
        posterior = learn_factor(known["mean"].to_numpy(), known["offered"].to_numpy(), *_variances(forecast, known))
        _correct(table, rest, posterior)
        _correct_paths(paths, queue.name, (now, end), posterior)
        _correct_quantiles(levels, table, rest)
    return DemandForecast(check(Forecast, table), check(ForecastQuantiles, levels), check(ForecastPaths, paths))


def learn_factor(mean: FloatArray, actual: FloatArray, day: float, interval: float) -> DaySoFar:
    """Return the day's factor given actual counts beside their forecast *mean*.

    With a gamma factor of mean 1 and variance *day*, and counts of variance M + b Σm² around it, the mean is the
    credibility estimate 1 + z (N / M - 1), z = day / (day + (M + b Σm²) / M²), and the variance (1 - z) day.
    """
    total = max(float(mean.sum()), 1e-9)
    noise = (total + interval * float((mean**2).sum())) / total**2
    weight = day / (day + noise) if day > 0 else 0.0
    return DaySoFar(1 + weight * (float(actual.sum()) / total - 1), (1 - weight) * day, day)


def _aligned(forecast: DemandForecast, seen: pd.DataFrame) -> pd.DataFrame:
    columns = ["queue", "interval_start"]
    return forecast.table.merge(seen[[*columns, "offered"]], on=columns, how="inner", validate="one_to_one")


def _variances(forecast: DemandForecast, known: pd.DataFrame) -> tuple[float, float]:
    """Return (day, interval) variances: their sum from the cells' variance, the split from the paths' totals."""
    mean = known["mean"].to_numpy()
    both = float(((known["variance"] - known["mean"]).sum()) / max(float((mean**2).sum()), 1e-9))
    keys = known[["queue", "interval_start"]]
    drawn = forecast.paths.merge(keys, on=["queue", "interval_start"], how="inner")
    if drawn.empty or len(known) < 2:
        return both / 2, both / 2
    total = drawn.groupby("path")["arrivals"].sum().to_numpy()
    squares, cells = float(mean.sum()) ** 2, float((mean**2).sum())
    day = (float(total.var(ddof=1)) - float(mean.sum()) - both * cells) / max(squares - cells, 1e-9)
    day = float(np.clip(day, 0.0, both))
    return day, both - day


def _correct(table: pd.DataFrame, rest: pd.Series, posterior: DaySoFar) -> None:
    mean = table.loc[rest, "mean"]
    excess = (table.loc[rest, "variance"] - mean) / mean**2
    left = (excess - posterior.prior + posterior.variance / posterior.factor**2).clip(lower=1e-6)
    table.loc[rest, "mean"] = mean * posterior.factor
    table.loc[rest, "variance"] = mean * posterior.factor + left * (mean * posterior.factor) ** 2


def _correct_paths(
    paths: pd.DataFrame, queue: str, span: tuple[pd.Timestamp, pd.Timestamp], posterior: DaySoFar
) -> None:
    """Scale each draw of the rest of the day so that its spread shrinks with what is known."""
    rows = ((paths["queue"] == queue) & paths["interval_start"].between(*span, inclusive="neither")).to_numpy()
    if not rows.any():
        return
    drawn = paths.loc[rows]
    total = drawn.groupby("path")["arrivals"].transform("sum")
    centre = float(total.mean())
    keep = np.sqrt(posterior.variance / posterior.prior) if posterior.prior > 0 else 1.0
    wanted = posterior.factor * (centre + keep * (total - centre))
    scaled = drawn["arrivals"].to_numpy() * (wanted / total.clip(lower=1e-9)).to_numpy()
    arrivals = paths["arrivals"].to_numpy(copy=True)
    arrivals[rows] = np.maximum(np.rint(scaled), 0.0)
    paths["arrivals"] = arrivals


def _correct_quantiles(levels: pd.DataFrame, table: pd.DataFrame, rest: pd.Series) -> None:
    cells = table.loc[rest, ["queue", "interval_start", "mean", "variance"]]
    asked = np.sort(levels["quantile"].unique())
    mean = cells["mean"].to_numpy()
    found = quantiles(mean, (cells["variance"].to_numpy() - mean) / mean**2, asked)
    new = cells[["queue", "interval_start"]].iloc[np.repeat(np.arange(len(cells)), len(asked))]
    new = new.assign(quantile=np.tile(asked, len(cells)), corrected=found.ravel())
    merged = levels.merge(new, on=["queue", "interval_start", "quantile"], how="left")
    levels["arrivals"] = merged["corrected"].fillna(merged["arrivals"]).to_numpy()
