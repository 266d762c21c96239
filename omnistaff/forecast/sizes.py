"""Small days vary more: how a day factor's variance grows where less is expected, as on Saturdays.

Taylor's law: variances are powers of means. A day of mean M has a relative variance of (M / usual)**-exponent times
that of a usual day, beyond chance. How large the exponent is, verified forecasts tell by their likelihood under a
Student t with five degrees of freedom, averaged over 0 to 1.5 with a belief in small ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import BoolArray, FloatArray
from omnistaff.forecast.verified import Verified, capped, mean_of

EXPONENTS = np.linspace(0.0, 1.5, 7)
BELIEF_SD = 0.75
SCALES = np.array([0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0])
FREEDOM = 5.0
MOST = 30.0


@dataclass(frozen=True)
class SizeEffect:
    """The exponent, and the total of a usual day."""

    exponent: float
    usual: float

    def multiple(self, total: FloatArray) -> FloatArray:
        """Return the variance of day factors of days with these expected totals, as a multiple of the usual one."""
        return np.asarray(np.clip((total / self.usual) ** -self.exponent, 1 / MOST, MOST))


def learn_size_effect(seen: Verified, days: BoolArray, noise: FloatArray, shape: FloatArray) -> SizeEffect:
    """Return the size effect that the verified *days* tell of.

    *noise* is each row's relative variance without a day factor, *shape* how the factor's variance grows with the
    lead.
    """
    if not days.any():
        return SizeEffect(0.0, 1.0)
    total, squares, noise, shape = seen.total_mean[days], seen.error[days] ** 2, noise[days], shape[days]
    information, weight = seen.information[days], seen.weight[days] / seen.weight[days].sum() * seen.worth(days)
    usual = float(np.exp(mean_of(np.log(total), information)))
    likelihood = np.array(
        [
            _likelihood(squares, noise, shape * SizeEffect(one, usual).multiple(total), (information, weight))
            for one in EXPONENTS.tolist()
        ]
    )
    likelihood -= (EXPONENTS / BELIEF_SD) ** 2 / 2
    chance = np.exp(likelihood - likelihood.max())
    return SizeEffect(mean_of(EXPONENTS, chance), usual)


def _likelihood(
    squares: FloatArray, noise: FloatArray, grown: FloatArray, weights: tuple[FloatArray, FloatArray]
) -> float:
    """Return the log likelihood of errors' *squares* at its best when day factors' variance goes with *grown*."""
    information, weight = weights
    moment = max(mean_of(capped((squares - noise) / grown), information), 1e-6)
    variance = noise + moment * SCALES[:, None] * grown
    odds = np.log(variance) / 2 + (FREEDOM + 1) / 2 * np.log(1 + squares / (FREEDOM * variance))
    return -float((odds @ weight).min())
