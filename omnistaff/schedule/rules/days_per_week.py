"""Working days in a week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from omnistaff.schedule.rules.base import DAYS_A_WEEK, Automaton, Case, Rule, Setting, as_states, off_on


@dataclass(frozen=True)
class DaysPerWeek(Rule):
    """Working days in each week."""

    name: ClassVar[str] = "days_per_week"
    at_least: tuple[int, ...]  # by week
    at_most: tuple[int, ...]

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract; days of leave are taken off the least days of their week."""
        contract = case.contract
        least = tuple(max(0, contract.min_days_per_week - case.leave_in(week)) for week in range(case.weeks))
        return [cls(least, (contract.max_days_per_week,) * len(least), weight=case.weight(cls.name))]

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"works {max(self.at_least)} to {max(self.at_most)} days a week"

    def automaton(self, setting: Setting) -> Automaton:
        """State k has worked k days of the week; the last day of a week checks and begins anew."""
        limits = sorted(set(zip(self.at_least, self.at_most, strict=True)))
        count = np.arange(DAYS_A_WEEK + 1)
        rows, amounts = [], []
        for least, most in limits:
            over = (count >= most).astype(float)
            rows.append(off_on(setting, list(count), list(np.minimum(count + 1, DAYS_A_WEEK))))
            amounts.append(off_on(setting, list(0 * over), list(over)))
            rows.append(off_on(setting, list(0 * count), list(0 * count)))
            off_short, on_short = np.maximum(0, least - count), np.maximum(0, least - count - 1)
            amounts.append(off_on(setting, list(off_short), list(over + on_short)))
        kinds = [
            2 * limits.index((self.at_least[d // 7], self.at_most[d // 7])) + (d % 7 == 6)
            for d in range(setting.days)
        ]
        accepts = np.ones(DAYS_A_WEEK + 1, dtype=bool)
        return Automaton(as_states(rows), np.array(kinds, dtype=np.int32), 0, accepts, np.stack(amounts))
