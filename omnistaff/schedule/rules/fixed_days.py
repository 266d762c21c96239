"""Days that are settled beforehand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from omnistaff.schedule.rules.base import Automaton, Case, Rule, Setting, as_states, off_on


@dataclass(frozen=True)
class FixedDays(Rule):
    """Days on which a person must work, or must be off; at which times is a matter of the open shifts."""

    name: ClassVar[str] = "fixed_days"
    on: tuple[bool, ...]  # by day
    off: tuple[bool, ...]
    first: dt.date

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of the days that are fixed for a person."""
        on, off = (tuple(fixed is value for fixed in case.fixed) for value in (True, False))
        return [cls(on, off, case.dates[0])] if any((*on, *off)) else []

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        parts = [
            f"is fixed to {words} on {', '.join(self._dates(days))}"
            for words, days in (("work", self.on), ("be off", self.off))
            if any(days)
        ]
        return " and ".join(parts)

    def _dates(self, days: tuple[bool, ...]) -> list[str]:
        return [f"{self.first + dt.timedelta(days=d):%a %d %b}" for d in range(len(days)) if days[d]]

    def automaton(self, setting: Setting) -> Automaton:
        """One state; kinds of days are free, fixed to work, fixed off."""
        stay = as_states([off_on(setting, [0], [0])] * 3)
        amounts = np.stack([off_on(setting, [off], [on]) for off, on in ((0, 0), (1, 0), (0, 1))])
        kinds = np.where(self.on, 1, np.where(self.off, 2, 0)).astype(np.int32)
        return Automaton(stay, kinds, 0, np.ones(1, dtype=bool), amounts)
