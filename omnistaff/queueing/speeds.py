"""Measured concurrency: how fast each conversation goes with 1, 2, ... at once, from conversations of the past.

Conversations that begin beside equally many others need the same work on average, so for each number at the beginning
the time spent beside k others, weighted with the speed at k, has the same mean: as many equations as speeds, whatever
the distribution of the work. Mean durations by level would be wrong, as long conversations see more levels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from omnistaff.errors import DomainError
from omnistaff.queueing.domain import Floats

MOST_ERROR = 0.1  # standard error / speed


def time_at_levels(
    agents: npt.ArrayLike, begins_s: npt.ArrayLike, ends_s: npt.ArrayLike, *, levels: int
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return (seconds of each conversation with 1, 2, ... *levels* at once, how many there were when it began).

    The conversation itself counts, more than *levels* count as *levels*. *agents* are any codes, one a conversation.
    DomainError when one ends before it begins.

    >>> time_at_levels([7, 7], [0, 60], [100, 160], levels=2)[0].tolist()
    [[60.0, 40.0], [60.0, 40.0]]
    """
    begins, ends = np.asarray(begins_s, dtype=float), np.asarray(ends_s, dtype=float)
    if (ends < begins).any():
        raise DomainError(f"{int((ends < begins).sum())} conversations end before they begin")
    _, agent = np.unique(np.asarray(agents), return_inverse=True)
    n, is_end = len(begins), np.repeat([0, 1], len(begins))
    at = np.concatenate([begins, ends])
    # an end makes room for what begins at its instant; what begins and ends at one instant does so in this order
    turn = np.concatenate([np.ones(n), np.where(ends > begins, 0, 2)])
    order = np.lexsort((turn, at, np.tile(agent, 2)))
    at, place = at[order], np.empty(2 * n, dtype=np.int64)
    place[order] = np.arange(2 * n)
    level = np.minimum(np.cumsum(1 - 2 * is_end[order]), levels)
    lasts = np.append(np.diff(at), 0.0) * (level > 0)  # nobody is in conversation between one agent and the next
    passed = np.zeros((2 * n + 1, levels))
    passed[1:][np.arange(2 * n), level - 1] = lasts
    passed = np.cumsum(passed, axis=0)
    return passed[place[n:]] - passed[place[:n]], level[place[:n]]


def measured_speeds(time_s: Floats, level: npt.NDArray[np.int64]) -> Floats:
    """Return the speed with 1, 2, ... conversations at once, the first 1, from what ``time_at_levels`` returns.

    DomainError when no conversation began at one of the levels, or a speed has a standard error above a tenth of it.

    >>> time_s, level = time_at_levels([1, 2, 2], [0, 0, 0], [100, 125, 125], levels=2)
    >>> measured_speeds(time_s, level).round(6).tolist()
    [1.0, 0.8]
    """
    levels = range(1, time_s.shape[1] + 1)
    unseen = [str(k) for k in levels if not (level == k).any()]
    if unseen:
        raise DomainError(f"no conversation began as number {', '.join(unseen)} of its agent: measure fewer levels")
    means = np.array([time_s[level == k].mean(axis=0) for k in levels])
    solved = np.linalg.pinv(means)
    pace = solved.sum(axis=1)
    spread = np.array([np.var(time_s[level == k] @ pace) / np.count_nonzero(level == k) for k in levels])
    if np.linalg.matrix_rank(means) < len(levels) or (np.sqrt(solved**2 @ spread) > MOST_ERROR * pace).any():
        raise DomainError("too few conversations to tell their speeds apart: measure fewer levels")
    speeds: Floats = pace / pace[0]
    return speeds
