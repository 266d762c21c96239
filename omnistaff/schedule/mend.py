"""Large-neighbourhood search: parts of the best roster are freed and dived for again, as long as that gains.

Three kinds of parts: some people, some days of everybody, and some weeks of some people; those that gained most for
their work are chosen most. How much is freed follows what it brings: more when the linear program shows at once that
nothing can be gained, less when dives fail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.columns import Hunt
from omnistaff.schedule.dive import Dive, all_open, work_of
from omnistaff.schedule.lines import Line
from omnistaff.schedule.rules.base import DAYS_A_WEEK

Bools = npt.NDArray[np.bool_]
NOISE, SETBACKS, ROUNDS = 0.2, 6, 6  # of a repair
PATIENCE = 400  # repairs in a row that gain nothing
FREED = (0.2, 0.2, 0.25)  # first share of what is freed, by kind
CELLS = 600  # days of people that are freed at most, at first
LEAST, MOST = 0.02, 0.9
PROGRAMS, COLUMNS = 10, 1000  # that bring a gain, before anything is known
VARIED = (0.5, 1.5)  # of the share, at random
MORE, LESS = 1.15, 0.85

Meet = Callable[[Sequence[Line], float], Sequence[Line] | None]


def mend(hunt: Hunt, first: Sequence[Line], meet: Meet | None = None, patience: int = PATIENCE) -> None:
    """Make the best of a *first* roster until it is enough or nothing gains; the best is kept on the way.

    *meet* is told of the best roster now and then and may give a better one found elsewhere.
    """
    hunt.offer([hunt.master.add(i, line) for i, line in enumerate(first)])
    if hunt.is_proved:  # prices of the whole are good
        found = Dive(hunt, list(range(len(first))), all_open(hunt), aim=hunt.cost - hunt.grain).run()
        if found:
            hunt.offer(found)
    days = hunt.master.team.members[0].setting.days
    shares = [min(share, CELLS / (len(first) * days)) for share in FREED]
    failures, gains = 0, np.ones(len(FREED))
    work = np.array([PROGRAMS * work_of(hunt, COLUMNS, share) for share in (1.0, shares[1], 1.0)])
    while failures < patience and not hunt.is_over:
        chances = gains / work
        kind = int(hunt.rng.choice(len(shares), p=chances / chances.sum()))
        share = min(MOST, shares[kind] * hunt.rng.uniform(*VARIED))
        freed, is_open = _free(hunt, kind, share)
        dive = Dive(hunt, freed, is_open, hunt.cost - hunt.grain, NOISE, SETBACKS, ROUNDS)
        before, found = hunt.cost, dive.run()
        if found:
            hunt.offer(found)
        gained = hunt.cost < before
        gains[kind], work[kind] = gains[kind] + gained, work[kind] + dive.work
        failures = 0 if gained else failures + 1
        if not gained:
            shares[kind] = float(np.clip(shares[kind] * (LESS if dive.steps else MORE), LEAST, MOST))
        other = meet(hunt.lines(), hunt.cost) if meet else None
        if other is not None:
            hunt.offer([hunt.master.add(i, line) for i, line in enumerate(other)])


def _free(hunt: Hunt, kind: int, share: float) -> tuple[list[int], Bools]:
    """Return who is freed, and what everybody may do: what is not freed stays as in the best roster."""
    is_open = all_open(hunt)
    people, days = is_open.shape[:2]
    everybody, rng = list(range(people)), hunt.rng
    if kind == 0:
        count = min(people, max(2, round(share * people)))
        return sorted(rng.choice(everybody, count, replace=False).tolist()), is_open
    free = np.zeros((people, days), dtype=bool)
    if kind == 1:
        width = max(2, round(share * days))
        begin = int(rng.integers(1 - width // 2, days - width // 2))
        free[:, max(0, begin) : begin + width] = True
    else:
        free[:] = (rng.random((people, days // DAYS_A_WEEK + 1)) < share)[:, np.arange(days) // DAYS_A_WEEK]
    best = np.array([hunt.master.chosen[k] for k in hunt.best])
    i, day = np.nonzero(~free)
    is_open[i, day] = False
    is_open[i, day, best[i, day]] = True
    return everybody, is_open
