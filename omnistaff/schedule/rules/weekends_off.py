"""Free weekends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from omnistaff.schedule.rules.base import Automaton, Case, Ints, Rule, Setting

SATURDAY = 5


@dataclass(frozen=True)
class WeekendsOff(Rule):
    """Of any so many weekends in a row, at least some wholly free (Saturday and Sunday by start of the shift)."""

    name: ClassVar[str] = "weekends_off"
    unit: ClassVar[str] = "weekend"
    at_least: int
    of: int = 4

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract."""
        contract = case.contract
        if not contract.weekends_off:
            return []
        return [cls(contract.weekends_off, contract.of_weekends, weight=case.weight(cls.name))]

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"has at least {self.at_least} of any {self.of} weekends off"

    def automaton(self, setting: Setting) -> Automaton:
        """State: worked or not for the last weekends, a bit each, and whether this Saturday was worked (1 bit)."""
        states = np.arange(2**self.of)[:, None]
        works = (np.arange(setting.classes) > 0)[None, :]
        past, busy = states >> 1, (states & 1).astype(bool)
        weekend = past << 1 | (busy | works)
        saturday, sunday = past << 1 | works, (weekend << 1) & (2**self.of - 1)
        most = self.of - self.at_least
        over = (np.bitwise_count(weekend) > most) & (weekend & 1).astype(bool)
        nothing = np.zeros(over.shape)
        early = over & works  # a worked Saturday already breaks the rule
        late = over & ~(busy & (np.bitwise_count(past << 1 | 1) > most))
        plain = np.broadcast_to(states, over.shape)
        moves: Ints = np.stack([plain, saturday, sunday]).astype(np.int32)
        amounts = np.stack([nothing, early.astype(float), late.astype(float)])
        kinds = np.array([max(0, weekday - SATURDAY + 1) for weekday in setting.weekdays], dtype=np.int32)
        return Automaton(moves, kinds, self._start(setting), np.ones(len(states), dtype=bool), amounts)

    def _start(self, setting: Setting) -> int:
        past, busy = 0, 0
        for k, worked in enumerate(setting.worked_before):
            weekday = (setting.weekdays[0] - len(setting.worked_before) + k) % 7
            if weekday == SATURDAY:
                busy = int(worked)
            elif weekday == SATURDAY + 1:
                past, busy = (past << 1 | (busy or int(worked))) & (2 ** (self.of - 1) - 1), 0
        return past << 1 | busy
