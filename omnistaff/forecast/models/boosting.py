"""Gradient boosting on calendar and lagged features, direct: one model for all leads (scikit-learn)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import BoolArray, Days, FloatArray, IntArray
from omnistaff.forecast.models.baselines import LikeDays

LEADS = (0, 2, 4, 6, 9, 13, 20, 27)
FIRST_ORIGIN = 35
EVERY_DAYS = 3


@dataclass(frozen=True)
class Boosting:
    """Histogram boosting of the ratio of a count to its like days' mean: Poisson loss, that mean as weight."""

    name: str = "boosting"
    seed: int = 7

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on; the mean of like days when under seven weeks."""
        from sklearn.ensemble import HistGradientBoostingRegressor

        base = np.maximum(LikeDays(count=4).forecast(days, origin, steps), 0.05)
        past = range(FIRST_ORIGIN, origin - 1, EVERY_DAYS)
        if len(past) < 5:
            return base
        features, ratios, weights = [], [], []
        for start in past:
            leads = np.array([lead for lead in LEADS if start + lead < origin])
            usual = np.maximum(LikeDays(count=4).forecast(days, start, int(leads[-1]) + 1)[leads], 0.05)
            actual = days.counts[start + leads]
            known = ~np.isnan(actual)
            features.append(_features(days, start, leads, usual)[known.ravel()])
            ratios.append((actual / usual)[known])
            weights.append(usual[known])
        told = np.clip(np.concatenate(ratios), 0, 5)
        if not told.any():
            return base  # Poisson loss needs a count
        model = HistGradientBoostingRegressor(
            loss="poisson", max_iter=150, learning_rate=0.06, max_leaf_nodes=15, min_samples_leaf=40,
            random_state=self.seed, early_stopping=False,
        )  # fmt: skip
        model.fit(np.vstack(features), told, sample_weight=np.concatenate(weights))
        ahead = model.predict(_features(days, origin, np.arange(steps), base))
        return np.asarray(base * np.maximum(ahead, 0.0).reshape(base.shape))


def _features(days: Days, origin: int, leads: IntArray, usual: FloatArray) -> FloatArray:
    """Return one row a lead and slot: slot, weekday, kind, lead, month terms, recent days against usual."""
    calendar, rows = days.calendar, origin + leads
    slots = days.counts.shape[1]
    recent = [_recent_ratio(days, origin, width) for width in (1, 3, 7, 14)]
    per_day = np.column_stack(
        [
            calendar.weekday[rows],
            calendar.kind[rows],
            leads,
            calendar.catch_up[rows],
            calendar.monthly[rows],
            calendar.drivers[rows],
            np.tile(recent, (len(leads), 1)),
        ]
    )
    wide = np.repeat(per_day, slots, axis=0)
    return np.column_stack([wide, np.tile(np.arange(slots), len(leads)), np.log(usual).ravel()])


def _recent_ratio(days: Days, origin: int, width: int) -> float:
    """Return the counts of the last *width* days over those of the same weekdays in the four weeks before."""
    window = np.arange(max(origin - width, 28), origin)
    earlier = np.stack([days.counts[window - 7 * week] for week in range(1, 5)])
    both: BoolArray = ~np.isnan(days.counts[window]) & ~np.isnan(earlier).any(axis=0)
    total = float(np.nan_to_num(earlier).mean(axis=0)[both].sum())
    return float(days.counts[window][both].sum()) / total if total > 0 else 1.0
