"""One person's whole line, drawn from all legal lines by what they are worth: in one compiled piece.

The worth of every shift and of every place of a break is noisy (Gumbel), so that one is chosen over a better one with
probability exp(-loss / heat), and the program over days finds the best line of the noisy worths (Papandreou and
Yuille 2011).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from omnistaff.schedule.cover import worth_of_one
from omnistaff.schedule.kernel import NEVER, Kinds, Offers, Steps, best_line, line_cost, mark_work, shift_values
from omnistaff.schedule.stir import Pool, Shake, next_draw

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


class Ways(NamedTuple):
    """The lines a person may work."""

    offers: Offers
    kinds: Kinds
    walk: Steps
    base: Floats  # [day, option] minus the cost of refused wishes and paid time
    rebate: Floats  # [option] part of the paid time that does not count


class Drawn(NamedTuple):
    """A line, written in place (see ``lines.Line``)."""

    chosen: Ints
    places: Ints
    works: Bools


@njit(cache=True, nogil=True)
def draw_answer(pool: Pool, group: int, works: Bools, ways: Ways, shake: Shake, drawn: Drawn) -> Any:
    """Draw a line for a person of *group* who works in *works* now; return what it costs beside the cover."""
    noise, at, heat, _ = shake
    value = worth_of_one(pool.cuts, pool.ranks[group], pool.period, pool.weights, works) - pool.idle
    values = shift_values(value, ways.offers)
    for d in range(values.shape[0]):
        for o in range(values.shape[1]):
            at = next_draw(at, noise)
            if values[d, o] > NEVER / 2:
                values[d, o] += ways.base[d, o] + ways.rebate[o] + heat * noise[at]
    best_line(values, ways.kinds, ways.walk, drawn.chosen)
    for t in range(value.shape[0]):
        at = next_draw(at, noise)
        value[t] -= heat * noise[at]
    mark_work(value, drawn.chosen, ways.offers, drawn.works, drawn.places)
    cost = line_cost(drawn.chosen, ways.kinds, ways.walk)
    for d in range(drawn.chosen.shape[0]):
        if drawn.chosen[d] >= 0:
            cost -= ways.base[d, drawn.chosen[d]]
    return cost
