"""Groups of queues (a site, a channel, a reason, a segment) and their totals: forecasts of parts and wholes agree.

``bottom_up`` adds the queues up. ``top_down`` scales them to each group's own forecast. ``least_squares`` moves both
as little as their variances ask for (weighted least squares; Wickramasuriya, Athanasopoulos and Hyndman 2019, with
independent errors). Day totals are reconciled, events apart; each day's shape stays the queue's own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.events import Lifted
from omnistaff.forecast.models import DEFAULT
from omnistaff.forecast.outlook import Outlook, look_ahead
from omnistaff.forecast.rows import path_rows
from omnistaff.plan import Plan
from omnistaff.tables import DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check, empty

HANDLE_TIMES = ("handle_s", "handle_sd_s", "handle_error_s")
MOST = 4.0  # no queue is moved by more than this factor


def reconcile(outlooks: dict[str, Outlook], plan: Plan) -> dict[str, Outlook]:
    """Return the outlooks of the queues (by name) moved until they agree with their groups' own forecasts."""
    method = plan.forecast.reconcile
    groups = {name: [queue for queue in queues if queue in outlooks] for name, queues in plan.forecast.groups.items()}
    groups = {name: queues for name, queues in groups.items() if len(queues) > 1}
    if method == "bottom_up" or not groups:
        return outlooks
    names = sorted({queue for queues in groups.values() for queue in queues})
    steps = min(len(outlooks[name].mean) for name in names)
    parts = [np.stack([column[-steps:] for column in outlooks[name].totals()]) for name in names]
    mean, variance = np.stack([p[0] for p in parts]), np.stack([p[1] for p in parts])
    wholes = [_whole([outlooks[queue] for queue in queues], steps) for queues in groups.values()]
    member = np.array([[float(name in queues) for name in names] for queues in groups.values()])
    moved = _scale(mean, member, wholes) if method == "top_down" else _balance(mean, variance, member, wholes)
    factor = np.clip(moved / np.maximum(mean, 1e-9), 1 / MOST, MOST)
    result = dict(outlooks)
    for name, times in zip(names, factor, strict=True):
        own = outlooks[name].mean.copy()
        own[-steps:] *= np.where(mean[names.index(name)] > 0, times, 1.0)[:, None]
        result[name] = replace(outlooks[name], mean=own)
    return result


def _whole(parts: list[Outlook], steps: int) -> tuple[FloatArray, FloatArray]:
    """Return (mean, variance) of a group's day totals, forecast from its own history of totals."""
    first = max(part.days.dates[0] for part in parts)
    last = parts[0].days.dates[-1]
    number = int((last - first).astype(np.int64)) + 1
    counts = np.sum([_day_totals(part.days)[-number:] for part in parts], axis=0)
    history = number - steps
    counts[history:] = np.nan
    opened = np.any([part.days.wanted[-number:].any(axis=1) for part in parts], axis=0)
    counts[~opened] = np.nan
    model = parts[0].days
    days = Days(
        model.dates[-number:],
        np.zeros(1, dtype=np.int64),
        counts[:, None],
        opened[:, None],
        model.calendar.rows(slice(len(model.dates) - number, None)),
        history,
    )
    return look_ahead(Lifted(days, np.ones((1, steps))), [DEFAULT] * 4).totals()


def _day_totals(days: Days) -> FloatArray:
    """Return each day's count, 0 on closed days, NaN when part of it is not known."""
    unknown = (days.wanted & np.isnan(days.counts)).any(axis=1)
    return np.where(unknown, np.nan, np.nansum(np.where(days.wanted, days.counts, 0.0), axis=1))


def _scale(mean: FloatArray, member: FloatArray, wholes: list[tuple[FloatArray, FloatArray]]) -> FloatArray:
    moved = mean.copy()
    for rows, (total, _) in zip(member > 0, wholes, strict=True):
        moved[rows] *= total / np.maximum(mean[rows].sum(axis=0), 1e-9)
    return moved


def _balance(
    mean: FloatArray, variance: FloatArray, member: FloatArray, wholes: list[tuple[FloatArray, FloatArray]]
) -> FloatArray:
    """Return the totals b that minimise Σ (b - m)² / v over queues plus the same over groups, day by day."""
    moved = np.empty_like(mean)
    for day in range(mean.shape[1]):
        precision = 1 / np.maximum(variance[:, day], 1e-9)
        group = np.array([1 / max(spread[day], 1e-9) for _, spread in wholes])
        total = np.array([whole[day] for whole, _ in wholes])
        left = np.diag(precision) + member.T @ (group[:, None] * member)
        moved[:, day] = np.linalg.solve(left, precision * mean[:, day] + member.T @ (group * total))
    return np.maximum(moved, 0.0)


def sum_groups(forecast: DemandForecast, plan: Plan) -> DemandForecast:
    """Return the forecast of the plan's groups, named as queues: sums of their queues' means and paths.

    Handle times are means over expected arrivals. Variance and quantiles come from the summed paths; without paths
    variances add up and there are no quantiles.
    """
    tables, levels, paths = [], [], []
    for group, queues in plan.forecast.groups.items():
        mine = forecast.table[forecast.table["queue"].isin(queues)]
        sums = _sums(mine)
        grid = pd.DatetimeIndex(sums.index)
        drawn = forecast.paths[forecast.paths["queue"].isin(queues)]
        if len(drawn):
            wide = drawn.pivot_table(index="path", columns="interval_start", values="arrivals", aggfunc="sum")
            values = wide.reindex(columns=grid).to_numpy()
            sums["variance"] = values.var(axis=0, ddof=1)
            paths.append(path_rows(group, grid, values))
            asked = np.unique(plan.forecast.levels)
            found = np.quantile(values, asked, axis=0)
            levels.append(
                pd.DataFrame(
                    {
                        "queue": pd.Series([group] * found.size, dtype="str"),
                        "interval_start": grid.take(np.tile(np.arange(len(grid)), len(asked))),
                        "quantile": np.repeat(asked, len(grid)),
                        "arrivals": found.ravel(),
                    }
                )
            )
        frame = pd.DataFrame({"queue": group, "interval_start": grid, "model": "sum"})
        frame = frame.assign(**{name: sums[name].to_numpy() for name in ("mean", "variance", *HANDLE_TIMES)})
        tables.append(frame.astype({"queue": "str", "model": "str"}))
    return DemandForecast(
        check(Forecast, pd.concat(tables, ignore_index=True)) if tables else empty(Forecast),
        check(ForecastQuantiles, pd.concat(levels, ignore_index=True)) if levels else empty(ForecastQuantiles),
        check(ForecastPaths, pd.concat(paths, ignore_index=True)) if paths else empty(ForecastPaths),
    )


def _sums(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each interval's sum of means and of variances, and its mean handle times by expected arrivals.

    Where nobody is expected each queue's handle times count the same.
    """
    expected = rows.groupby("interval_start")["mean"].transform("sum")
    weight = rows["mean"].where(expected > 0, 1.0)
    times = {name: weight * rows[name] for name in HANDLE_TIMES}
    columns = ["mean", "variance", "weight", *HANDLE_TIMES]
    sums = rows.assign(weight=weight, **times).groupby("interval_start")[columns].sum()
    return sums.assign(**{name: sums[name] / sums["weight"] for name in HANDLE_TIMES})
