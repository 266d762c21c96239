"""Days off in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from omnistaff.schedule.rules.base import Automaton, Case, Rule, Setting, as_states, off_on, one_kind


@dataclass(frozen=True)
class DaysOffTogether(Rule):
    """Days off in a row: at least (runs cut by the ends of the roster may be shorter)."""

    name: ClassVar[str] = "days_off_together"
    at_least: int

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract."""
        least = case.contract.min_days_off_together
        return [cls(least, weight=case.weight(cls.name))] if least > 1 else []

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"has at least {self.at_least} days off in a row"

    def automaton(self, setting: Setting) -> Automaton:
        """State 0 works, k has been off for k days (the last state for enough)."""
        need = self.at_least
        off = [min(k + 1, need) for k in range(need + 1)]
        short = [need - k if k else 0 for k in range(need + 1)]
        run = setting.run_before(setting.worked_before, False)
        start = need if run == len(setting.worked_before) else min(run, need)  # off for as long as is known
        rows = [off_on(setting, off, [0] * (need + 1))]
        amounts = off_on(setting, [0] * (need + 1), short)[None]
        return Automaton(as_states(rows), one_kind(setting), start, np.ones(need + 1, dtype=bool), amounts)
