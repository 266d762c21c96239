"""Fair shares of what nobody likes: nights, weekend days, late shifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from omnistaff.plan.schedule import Burden
from omnistaff.schedule.rules.base import Automaton, Bools, Case, Rule, Setting

SATURDAY = 5


@dataclass(frozen=True)
class FairShare(Rule):
    """Shifts of a kind above a person's fair share: the first costs the weight, the second twice as much, ..."""

    name: ClassVar[str] = "fairness"
    unit: ClassVar[str] = "shift"
    burden: Burden
    share: float  # how many more are fair, after those of the previous roster; negative when there were too many

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return a rule for each burden that is shared out."""
        weight = case.settings.rules.fairness_cost
        return [cls(burden, share, weight=weight) for burden, share in case.shares]

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"has a fair share of {max(0.0, self.share):.1f} {self.burden.replace('_', ' ')}"

    def automaton(self, setting: Setting) -> Automaton:
        """State k has had k such shifts."""
        counted = carries(self.burden, setting)
        heavy = np.asarray(counted.any(axis=1))
        had = np.arange(int(heavy.sum()) + 1)[:, None]
        classes = np.asarray(counted.any(axis=0))[None, :]
        moves = np.stack([np.broadcast_to(had, (len(had), setting.classes)), np.minimum(had + classes, len(had) - 1)])
        above = classes * np.maximum(0.0, had + 1 - self.share)
        amounts = np.stack([np.zeros(above.shape), above])
        return Automaton(moves.astype(np.int32), heavy.astype(np.int32), 0, np.ones(len(had), dtype=bool), amounts)


def carries(burden: Burden, setting: Setting) -> Bools:
    """Return [day, class] whether a shift of the class is of the kind on that day."""
    days = np.ones(setting.days, dtype=bool)
    classes = np.arange(setting.classes) > 0
    match burden:
        case "nights":
            classes = setting.nights()
        case "late_shifts":
            classes = np.array(setting.is_late or (False,) * setting.classes)
        case "weekend_days":
            days = np.array(setting.weekdays) >= SATURDAY
    return np.outer(days, classes)
