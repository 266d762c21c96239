"""From demand to its future: a distribution for every interval, learnt and judged on past days."""

from omnistaff.forecast.adjust import adjust_forecast
from omnistaff.forecast.backtest import backtest, judge_models
from omnistaff.forecast.figures import describe
from omnistaff.forecast.intraday import correct_day, update_forecast
from omnistaff.forecast.produce import forecast_demand
from omnistaff.forecast.reasons import forecast_reasons, sum_reasons
from omnistaff.forecast.reconcile import sum_groups
from omnistaff.forecast.seen import describe_seen, find_ends, tell_unseen
from omnistaff.forecast.surprises import Surprise, find_surprises

__all__ = [
    "Surprise",
    "adjust_forecast",
    "backtest",
    "correct_day",
    "describe",
    "describe_seen",
    "find_ends",
    "find_surprises",
    "forecast_demand",
    "forecast_reasons",
    "judge_models",
    "sum_groups",
    "sum_reasons",
    "tell_unseen",
    "update_forecast",
]
