"""Lines with limits on single options against plain enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from omnistaff.schedule.counted import FEW_LABELS, best_counted, no_limits
from omnistaff.schedule.kernel import NEVER, best_line
from omnistaff.schedule.rules import ConsecutiveDays, DaysOffTogether, Setting
from omnistaff.schedule.shifts import relate
from omnistaff.schedule.walk import join_rules

CLASSES = (1, 2, 2, 1)


def _best_of_all(worth: np.ndarray, rests: np.ndarray, ends: np.ndarray, most: list[int], steps: object) -> float:
    """Return the value of the best legal line among all there are; NEVER without one."""
    best = NEVER
    for line in itertools.product(range(-1, 4), repeat=len(worth)):
        state, total, end = 0, 0.0, -100
        if any(line.count(o) > most[o] for o in range(4)) or any(o < 0 and not rests[d] for d, o in enumerate(line)):
            continue
        for d, o in enumerate(line):
            state = steps.following[state, 0 if o < 0 else CLASSES[o]]
            if state < 0 or (o >= 0 and (ends[0][d, o] - end < 11 or worth[d, o] == NEVER)):
                break
            total += worth[d, o] if o >= 0 else 0
            end = ends[1][d, o] if o >= 0 else end
        else:
            best = max(best, total)
    return best


@pytest.mark.parametrize("seed", range(16))
def test_the_best_line_within_limits_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = join_rules(
        (ConsecutiveDays(2, 3), DaysOffTogether(1 + seed % 2)), Setting((3, 4, 5, 6, 0, 1), (0, 240, 480))
    )
    assert steps is not None
    starts = (np.arange(6)[:, None] * 24 + np.array([2, 6, 12, 20])).astype(np.int32)
    lengths = np.array([4, 8, 8, 4], dtype=np.int32)
    kinds = relate(starts, lengths, np.array(CLASSES, dtype=np.int32), 11)
    limits = no_limits(6, 4)
    limits.most[:] = rng.integers(0, 3, 4)
    for _ in range(3):  # what was learned before must not matter
        worth = rng.uniform(-2, 5, (6, 4)) - 6 * (seed % 4 == 3)
        worth[rng.random((6, 4)) < 0.2] = NEVER
        rests = rng.random(6) < 0.8
        chosen = np.zeros(6, dtype=np.int32)
        value, bound = best_counted(worth, rests, kinds, steps, limits, FEW_LABELS, chosen)
        best = _best_of_all(worth, rests, (starts, starts + lengths), limits.most.tolist(), steps)
        assert value == pytest.approx(best)
        assert bound == pytest.approx(best)
        few = best_counted(worth, rests, kinds, steps, limits, 2, np.zeros(6, dtype=np.int32))
        assert few[0] <= best + 1e-9
        assert few[1] >= best - 1e-9
        if best > NEVER / 2:
            assert sum(worth[d, o] for d, o in enumerate(chosen) if o >= 0) == pytest.approx(best)
            assert all((chosen == o).sum() <= limits.most[o] for o in range(4))


def test_limits_that_do_not_bind_change_nothing() -> None:
    rng = np.random.default_rng(5)
    steps = join_rules((ConsecutiveDays(1, 2),), Setting((0, 1, 2, 3, 4, 5, 6), (0, 240, 480)))
    assert steps is not None
    starts = (np.arange(7)[:, None] * 24 + np.array([2, 6, 12, 20])).astype(np.int32)
    kinds = relate(starts, np.array([4, 8, 8, 4], np.int32), np.array(CLASSES, np.int32), 11)
    worth = rng.uniform(-2, 5, (7, 4))
    plain, counted = np.zeros(7, np.int32), np.zeros(7, np.int32)
    value, bound = best_counted(worth, np.ones(7, dtype=bool), kinds, steps, no_limits(7, 4), FEW_LABELS, counted)
    assert value == bound == pytest.approx(best_line(worth, kinds, steps, plain))
    assert (plain == counted).all()
