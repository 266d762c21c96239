"""Why someone has no legal roster: the smallest set of rules and days that cannot be kept together, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.kernel import NEVER, Steps, best_line
from omnistaff.schedule.rules import Rule, Setting
from omnistaff.schedule.shifts import Menu
from omnistaff.schedule.walk import join_rules

Bools = npt.NDArray[np.bool_]


def has_line(walk: Steps | None, open_options: Bools, menu: Menu) -> bool:
    """Return whether some line of the open [day, option] goes through a walk."""
    if walk is None:
        return False
    chosen = np.empty(len(open_options), np.int32)
    return bool(best_line(np.where(open_options, 0.0, NEVER), menu.kinds, walk, chosen) > NEVER / 2)


def explain_conflict(
    who: str, rules: Sequence[Rule], setting: Setting, open_options: Bools, menu: Menu, horizon: Horizon
) -> str:
    """Return in words the rules, and the days on which shifts are closed, that contradict each other.

    Each is needed: without any one of them there is a way. Absences, employment and rest after the previous roster
    close days; rest between two shifts always holds.
    """
    offered = menu.offers.starts >= 0
    closed = [int(d) for d in np.flatnonzero((offered & ~open_options).any(axis=1))]
    kept = list(rules)
    days = list(closed)

    def is_stuck(some: Sequence[Rule], shut: Sequence[int]) -> bool:
        options = offered.copy()
        options[shut] &= open_options[shut]
        return not has_line(join_rules(some, setting), options, menu)

    for d in closed:
        fewer = [other for other in days if other != d]
        if is_stuck(kept, fewer):
            days = fewer
    for rule in rules:
        less = [other for other in kept if other is not rule]
        if less and is_stuck(less, days):
            kept = less
    words = "; ".join(rule.describe() for rule in kept)
    if not days:
        return f"{who} cannot at once: {words}"
    dates = ", ".join(f"{horizon.dates[d]:%a %d %b}" for d in days)
    return f"{who} has too few shifts left on {dates} to keep: {words}"
