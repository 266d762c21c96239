"""Volume times profile: the log of a day's volume by calendar and memory, its shape by weekdays of like shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
    profile_half_life_days: float = 60.0

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
        """Return weekday × slot shares of a day; weekdays no more different than chance are pooled.

        The distance of two weekdays is Hellinger's; it counts only beyond what sampling noise alone explains.
        """
        odd = days.calendar.kind[training.rows] == Kind.MINOR
        weight = training.decay(self.profile_half_life_days) * np.where(odd, 0.2, 1.0)
        on = training.like[training.rows][None, :] == np.arange(7)[:, None]
        raw = (on * weight) @ training.full
        total = raw.sum(axis=1)
        share = raw / np.maximum(total, 1e-12)[:, None]
        root = np.sqrt(share)
        distance = ((root[:, None] - root[None]) ** 2).sum(axis=2)
        noise = raw.shape[1] / 4 / np.maximum(total, 1e-12)
        chance = noise[:, None] + noise[None]
        pooled = np.exp(-np.maximum(distance - chance, 0) / (3 * chance)) @ raw
        pooled[total <= 0] = raw.sum(axis=0)
        pooled = _smooth_noise(pooled)
        return np.asarray(pooled / np.maximum(pooled.sum(axis=1, keepdims=True), 1e-12))


def _smooth_noise(counts: FloatArray) -> FloatArray:
    """Return weekday × slot *counts*, each slot drawn to its neighbours by as much of the roughness as is noise."""
    for _ in range(SMOOTHING_ROUNDS):
        wide = np.hstack([counts[:, :1], counts, counts[:, -1:]])
        smooth = (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4
        rough = ((np.sqrt(counts) - np.sqrt(smooth)) ** 2).sum(axis=1)
        noise = NOISE_LEFT * counts.shape[1] / 4
        weight = noise / (noise + np.maximum(rough - noise, 0.0) * 4)
        counts = counts + weight[:, None] * (smooth - counts)
    return counts
