"""Working days in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from omnistaff.schedule.rules.base import Automaton, Case, Rule, Setting, as_states, off_on, one_kind


@dataclass(frozen=True)
class ConsecutiveDays(Rule):
    """Working days in a row: at most, and at least (runs cut by the ends of the roster may be shorter)."""

    name: ClassVar[str] = "consecutive_days"
    at_least: int
    at_most: int

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract."""
        contract = case.contract
        return [cls(contract.min_consecutive_days, contract.max_consecutive_days, weight=case.weight(cls.name))]

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        least = f"at least {self.at_least} and " if self.at_least > 1 else ""
        return f"works {least}at most {self.at_most} days in a row"

    def automaton(self, setting: Setting) -> Automaton:
        """State 0 is off, k is the k-th day of a run, at_most + k the same in a run begun before the first day."""
        most, states = self.at_most, range(2 * self.at_most + 1)
        short = [max(0, self.at_least - k) if 0 < k <= most else 0 for k in states]
        over = [float(k in (most, 2 * most)) for k in states]
        on = [k if over[k] else k + 1 for k in states]
        run = min(setting.run_before(setting.worked_before, True), most)
        rows, kinds = [off_on(setting, [0] * len(states), on)], one_kind(setting)
        if not setting.worked_before:  # nothing known: a run at the start may be the end of a longer one
            rows.append(off_on(setting, [0] * len(states), [most + 1, *on[1:]]))
            kinds[0] = 1
        amounts = np.stack([off_on(setting, short, over)] * len(rows))
        start = most + run if run else 0
        return Automaton(as_states(rows), kinds, start, np.ones(len(states), dtype=bool), amounts)
