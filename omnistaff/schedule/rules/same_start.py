"""One start time a week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from omnistaff.schedule.rules.base import DAYS_A_WEEK, Automaton, Case, Rule, Setting


@dataclass(frozen=True)
class SameStart(Rule):
    """Shifts of a week begin at the same time of day: broken each time the start changes within a week."""

    name: ClassVar[str] = "same_start"
    unit: ClassVar[str] = "change"

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract."""
        return [cls(weight=case.weight(cls.name))] if case.contract.same_start_in_week else []

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return "begins at the same time on all days of a week"

    def automaton(self, setting: Setting) -> Automaton:
        """State 0 has not begun the week, k began last at the k-th start; the first day of a week begins anew."""
        clocks = sorted(set(setting.starts[1:]))
        of_class = np.array([0, *(1 + clocks.index(start) for start in setting.starts[1:])])[None, :]
        last = np.arange(len(clocks) + 1)[:, None]
        within = np.where(of_class > 0, of_class, last)
        fresh = np.broadcast_to(of_class, within.shape)
        changed = ((of_class > 0) & (last > 0) & (of_class != last)).astype(float)
        kinds = np.array([int(d % DAYS_A_WEEK == 0) for d in range(setting.days)], dtype=np.int32)
        accepts = np.ones(len(clocks) + 1, dtype=bool)
        moves = np.stack([within, fresh]).astype(np.int32)
        return Automaton(moves, kinds, 0, accepts, np.stack([changed, np.zeros(changed.shape)]))
