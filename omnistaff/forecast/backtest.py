"""Scores by rolling origin: each model judged on days it had not seen, with ranges learnt only from earlier ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple, TypeVar, cast

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.forecast.calibration import calibrated_quantiles
from omnistaff.forecast.days import FloatArray, local_date, make_days
from omnistaff.forecast.dispersion import learn_dispersion
from omnistaff.forecast.grid import refuse_other_intervals, refuse_repeated_intervals
from omnistaff.forecast.handling import forecast_handling
from omnistaff.forecast.leads import ALL, LEADS, bucket_of
from omnistaff.forecast.level import set_level
from omnistaff.forecast.metrics import LEVELS, Judged, covered, crps, pick, poisson_floor, ranks, reliability, wape
from omnistaff.forecast.models import AUTO, BASELINE, get_model
from omnistaff.forecast.parallel import spread
from omnistaff.forecast.rolling import FLOOR, PastForecasts, choose_origins, roll
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Calibration, Demand, Scores, Table, check, conform, empty

Model = TypeVar("Model", bound=Table)
Row = dict[str, str | float | int]

WARM_UP = 4  # earlier origins that only teach the ranges
EVERY_DAYS = 5
STEPS = 28


class Backtest(NamedTuple):
    """How the models did on past days: accuracy, and how often actuals stayed below each level."""

    scores: DataFrame[Scores]
    calibration: DataFrame[Calibration]


def backtest(demand: DataFrame[Demand], plan: Plan) -> DataFrame[Scores]:
    """Return the accuracy of the plan's models on past days, by queue, model and lead bucket.

    At each origin a model sees only earlier days; its ranges come from forecasts verified by then. Every model is
    judged on the same origins. Queues with fewer than ten days of history have no scores.
    """
    return judge_models(demand, plan).scores


def judge_models(demand: DataFrame[Demand], plan: Plan) -> Backtest:
    """Return what ``backtest`` returns, and the calibration of every level over all leads.

    Demand that repeats an interval or was counted by other intervals than the plan's is refused, as by the forecast.
    """
    refuse_repeated_intervals(demand)
    refuse_other_intervals(demand, plan)
    scores: list[Row] = []
    levels: list[Row] = []
    tasks = [(demand[demand["queue"] == queue.name], queue, plan) for queue in plan.queues if not queue.outbound]
    tasks = [task for task in tasks if len(task[0])]
    for mine, held in spread(_judge_task, tasks, plan.forecast.workers, plan.threads):
        scores += mine
        levels += held
    return Backtest(_table(Scores, scores), _table(Calibration, levels))


def _judge_task(task: tuple[pd.DataFrame, Queue, Plan]) -> tuple[list[Row], list[Row]]:
    """Return one queue's rows of the scores and of the calibration."""
    scores: list[Row] = []
    levels: list[Row] = []
    for name, horizon, judged, agent_s in _judge_queue(*task):
        key: Row = {"queue": task[1].name, "model": name}
        scores.append({**key, "horizon": horizon, **score(judged, agent_s)})
        if horizon == ALL:
            levels += [{**key, **row} for row in reliability(judged)]
    return scores, levels


def _table(model: type[Model], rows: list[Row]) -> DataFrame[Model]:
    return check(model, conform(model, pd.DataFrame(rows))) if rows else empty(model)


def model_names(plan: Plan) -> list[str]:
    """Return the models a plan asks for, the baseline always among them."""
    names = list(AUTO if plan.forecast.models == "auto" else plan.forecast.models)
    return names if BASELINE in names else [*names, BASELINE]


def _judge_queue(rows: pd.DataFrame, queue: Queue, plan: Plan) -> Iterator[tuple[str, str, Judged, float]]:
    """Yield model, lead bucket, judged cells, and the agents that one contact in an interval takes."""
    last = local_date(rows["interval_start"].max(), plan.zone_of(queue))
    days = make_days(cast("DataFrame[Demand]", rows), queue, plan, last + dt.timedelta(days=1))
    history = days.history
    if history < 10 or not plan.forecast.backtest_origins:
        return
    origins = choose_origins(history, plan.forecast.backtest_origins + WARM_UP, EVERY_DAYS)
    scored = origins[-plan.forecast.backtest_origins :]
    agent_s = _agent_seconds(rows, queue, plan)
    naive = roll(get_model(BASELINE), days, origins, STEPS)
    for name in model_names(plan):
        past = naive if name == BASELINE else roll(get_model(name), days, origins, STEPS)
        for horizon, judged in judge(past, scored, naive).items():
            yield name, horizon, judged, agent_s


def _agent_seconds(rows: pd.DataFrame, queue: Queue, plan: Plan) -> float:
    """Return agents per contact and interval: handle time / (interval × occupancy)."""
    if rows["handle_s"].notna().any() or queue.handle_s is not None:
        handle = forecast_handling(rows, pd.DatetimeIndex([rows["interval_start"].max()]), queue, plan)
        return float(handle.mean[0]) / (plan.interval_minutes * 60 * queue.max_occupancy_share)
    return float("nan")


def judge(past: PastForecasts, scored: np.ndarray, naive: PastForecasts) -> dict[str, Judged]:
    """Return forecasts and actuals of the *scored* origins by lead bucket, and of all leads, levels set right."""
    past = set_level(past)
    places = np.flatnonzero(np.isin(past.origins, scored))
    mean, actual = past.mean[places], past.actual[places]
    excess, reach = (np.stack(part) for part in zip(*(spread_of(past, k) for k in places.tolist()), strict=True))
    below, upto = ranks(np.nan_to_num(mean), np.nan_to_num(actual), excess, reach)
    ranges = calibrated_quantiles(np.nan_to_num(mean), excess, reach, LEVELS)
    naive_error = np.abs(naive.mean[places] - actual)
    known = ~np.isnan(mean) & ~np.isnan(actual)
    bucket = np.broadcast_to(bucket_of(np.arange(mean.shape[1]))[None, :, None], mean.shape)
    everything = Judged(mean, actual, below, upto, ranges, naive_error)
    result = {name: pick(everything, known & (bucket == k)) for k, name in enumerate(LEADS)}
    result[ALL] = pick(everything, known)
    return {name: judged for name, judged in result.items() if len(judged.mean)}


def spread_of(past: PastForecasts, place: int) -> tuple[FloatArray, FloatArray]:
    """Return each cell's (variance beyond Poisson in squared means, reach) as learnt by the origin."""
    dispersion = learn_dispersion(past.before(int(past.origins[place])))
    total = np.maximum(np.where(np.isnan(past.actual[place]), 0.0, past.mean[place]).sum(axis=1), FLOOR)
    around = dispersion.spread(np.arange(past.mean.shape[1]), past.special[place], total)
    excess = around.day[:, None] + around.interval
    return excess, np.broadcast_to(around.interval_reach[:, None, :], (*excess.shape, 2))


def score(judged: Judged, agent_s: float) -> dict[str, float | int]:
    """Return the columns of the scores table for one set of judged cells."""
    error = judged.mean - judged.actual
    total = max(float(judged.actual.sum()), 1e-12)
    naive = float(judged.naive_error.sum())
    return {
        "n": len(error),
        "wape": wape(judged.mean, judged.actual),
        "bias_share": float(error.sum()) / total,
        "mase": float(np.abs(error).sum()) / naive if naive > 0 else float("nan"),
        "rmse": float(np.sqrt((error**2).mean())),
        "crps": float(crps(judged.actual, judged.quantiles).sum()) / total,
        "coverage_80": covered(judged.below, judged.upto, 80),
        "coverage_95": covered(judged.below, judged.upto, 95),
        "floor_wape": float(poisson_floor(judged.mean).sum()) / total,
        "fte_error": float(np.abs(error).mean()) * agent_s,
    }
