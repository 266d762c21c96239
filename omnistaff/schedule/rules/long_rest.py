"""Rest that reaches past the following day, such as two days after a run of nights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from omnistaff.schedule.rules.base import Automaton, Case, Rule, Setting


@dataclass(frozen=True)
class LongRest(Rule):
    """Rest between two shifts with days off between them; what is too close is in the setting."""

    name: ClassVar[str] = "rest"
    hours: float
    after_nights: float

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract whose rest can reach past the following day."""
        contract = case.contract
        if max(contract.min_rest_hours, contract.rest_after_nights_hours) <= 0:
            return []
        return [cls(contract.min_rest_hours, contract.rest_after_nights_hours)]

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        nights = f", {self.after_nights:g} h after nights" if self.after_nights > self.hours else ""
        return f"rests at least {self.hours:g} h between two shifts{nights}"

    def automaton(self, setting: Setting) -> Automaton:
        """State 0 is free; (class, k) had its last shift k days ago, which can still forbid one."""
        reach = max((lag for day in setting.too_close for lag, _, _ in day), default=0)
        holding = sorted({before for day in setting.too_close for _, before, _ in day})
        number = {(c, lag): 1 + i * reach + lag - 1 for i, c in enumerate(holding) for lag in range(1, reach + 1)}
        states = 1 + len(holding) * reach
        days = sorted(set(setting.too_close), key=sorted) or [frozenset()]
        moves = np.zeros((len(days), states, setting.classes), dtype=np.int32)
        amounts = np.zeros(moves.shape)
        for c in holding:
            moves[:, :, c] = number[c, 1]
            for lag in range(1, reach):
                moves[:, number[c, lag], 0] = number[c, lag + 1]
        for kind, close in enumerate(days):
            for lag, before, now in close:
                amounts[kind, number[before, lag], now] = 1.0
        order = {close: kind for kind, close in enumerate(days)}
        kinds = np.array([order[close] for close in setting.too_close] or [0] * setting.days, dtype=np.int32)
        return Automaton(moves, kinds, 0, np.ones(states, dtype=bool), amounts)
