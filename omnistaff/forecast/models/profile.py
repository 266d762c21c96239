"""Volume times profile: the log of a day's volume by calendar and memory, its shape by weekdays of like shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from omnistaff.forecast.calendar import Kind
from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.models.base import forecast_trained
from omnistaff.forecast.regression import carry_on, fit_calendar
from omnistaff.forecast.training import Training, borrow_unseen, make_training

SMOOTHING_ROUNDS = 2
NOISE_LEFT = 0.4  # of the noise of counts that the smoothed curve takes away
NEIGHBOUR_DAYS = 5.0  # how quickly a past day's neighbours stop telling its level


@dataclass(frozen=True)
class Profile:
    """Log daily volume (robust calendar regression, AR(1) errors) × weekday profile, similar weekdays pooled."""

    name: str = "profile"
    half_life_days: float = 80.0
    profile_half_life_days: float = 40.0

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on; zeros without any history."""
        return forecast_trained(self, days, origin, steps)

    def ahead(self, training: Training, days: Days, steps: int) -> FloatArray:
        """Return the forecast from what was learnt before."""
        origin = training.origin
        volume = self._volume(training, steps)
        shapes, ahead = self._shapes(training, days), slice(origin, origin + steps)
        kept = training.kept[ahead, None]
        shape = (1 - kept) * shapes[training.like[ahead]] + kept * shapes[days.calendar.weekday[ahead]]
        return borrow_unseen(np.asarray(volume[:, None] * shape), training, days)

    def totals(self, days: Days, origin: int) -> FloatArray:
        """Return the expected total of every day: of past ones by the days around them, of others by forecast."""
        training = make_training(days, origin)
        if not len(training.rows):
            return np.zeros(len(days.dates))
        fitted, residual = self._fit(training)
        last = int(training.rows[-1])
        apart = np.abs(training.place[: last + 1, None] - training.place[training.rows][None, :])
        kernel = 0.5 ** (apart / NEIGHBOUR_DAYS)
        around = kernel @ residual / kernel.sum(axis=1)
        after = carry_on(residual, np.maximum(training.place[last + 1 :] - training.place[last], 1))
        return np.asarray(np.maximum(np.exp(fitted + np.concatenate([around, after])) - 1, 0.0))

    def _fit(self, training: Training) -> tuple[FloatArray, FloatArray]:
        return fit_calendar(training, np.log(training.total + 1), training.decay(self.half_life_days))

    def _volume(self, training: Training, steps: int) -> FloatArray:
        """Return the expected totals of the next days."""
        fitted, residual = self._fit(training)
        start = training.origin
        ahead = np.exp(fitted[start : start + steps] + carry_on(residual, training.steps_ahead(steps)))
        return np.asarray(np.maximum(ahead - 1, 0.0))

    def _shapes(self, training: Training, days: Days) -> FloatArray:
        """Return weekday × slot shares of a day; weekdays no more different than chance are pooled."""
        odd = days.calendar.kind[training.rows] == Kind.MINOR
        weight = training.decay(self.profile_half_life_days) * np.where(odd, 0.2, 1.0)
        on = training.like[training.rows][None, :] == np.arange(7)[:, None]
        pooled = _smooth_noise(_pool_alike((on * weight) @ training.full))
        return np.asarray(pooled / np.maximum(pooled.sum(axis=1, keepdims=True), 1e-12))


@njit(cache=True)
def _pool_alike(counts):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return weekday × slot *counts*, each weekday with the others as far as they are alike; with all if it has none.

    The distance of two weekdays is Hellinger's; it counts only beyond what sampling noise alone explains.
    """
    weekdays, slots = counts.shape
    total = np.maximum(counts.sum(axis=1), 1e-12)
    root, pooled = np.sqrt(counts / total.reshape(-1, 1)), np.zeros_like(counts)
    for one in range(weekdays):
        for other in range(weekdays):
            chance = slots / 4 * (1 / total[one] + 1 / total[other])
            beyond = max(((root[one] - root[other]) ** 2).sum() - chance, 0.0)
            alike = np.exp(-beyond / (3 * chance)) if total[one] > 1e-12 else 1.0
            pooled[one] += alike * counts[other]
    return pooled


@njit(cache=True)
def _smooth_noise(counts):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return weekday × slot *counts*, each slot drawn to its neighbours by as much of the roughness as is noise."""
    slots = counts.shape[1]
    noise = NOISE_LEFT * slots / 4
    result = counts.copy()
    for row in result:
        for _ in range(SMOOTHING_ROUNDS):
            smooth = row.copy()
            for slot in range(slots):
                smooth[slot] = (row[max(slot - 1, 0)] + 2 * row[slot] + row[min(slot + 1, slots - 1)]) / 4
            rough = ((np.sqrt(row) - np.sqrt(smooth)) ** 2).sum()
            row += noise / (noise + max(rough - noise, 0.0) * 4) * (smooth - row)
    return result
