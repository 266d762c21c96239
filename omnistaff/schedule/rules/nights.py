"""Nights: in a row, and in four weeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from omnistaff.schedule.rules.base import Automaton, Case, Rule, Setting, as_states, one_kind

FOUR_WEEKS = 28


@dataclass(frozen=True)
class NightsInARow(Rule):
    """Nights in a row at most."""

    name: ClassVar[str] = "nights_in_a_row"
    unit: ClassVar[str] = "night"
    at_most: int

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract."""
        most = case.contract.max_nights_in_a_row
        return [] if most is None else [cls(most, weight=case.weight(cls.name))]

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"works at most {self.at_most} nights in a row"

    def automaton(self, setting: Setting) -> Automaton:
        """State k has had k nights in a row."""
        run = np.arange(self.at_most + 1)[:, None]
        nights = setting.nights()[None, :]
        moves = np.where(nights, np.minimum(run + 1, self.at_most), 0)
        amounts = ((run == self.at_most) & nights).astype(float)
        start = min(setting.run_before(setting.nights_before, True), self.at_most)
        accepts = np.ones(self.at_most + 1, dtype=bool)
        return Automaton(as_states([moves]), one_kind(setting), start, accepts, amounts[None])


@dataclass(frozen=True)
class NightsInFourWeeks(Rule):
    """Nights at most in each four weeks, counted from the first day."""

    name: ClassVar[str] = "nights_in_four_weeks"
    unit: ClassVar[str] = "night"
    at_most: int

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract."""
        most = case.contract.max_nights_in_four_weeks
        return [] if most is None else [cls(most, weight=case.weight(cls.name))]

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"works at most {self.at_most} nights in four weeks"

    def automaton(self, setting: Setting) -> Automaton:
        """State k has had k nights; the first day of four weeks begins anew."""
        had = np.arange(self.at_most + 1)[:, None]
        nights = np.broadcast_to(setting.nights()[None, :], (self.at_most + 1, setting.classes))
        moves = [np.minimum(had + nights, self.at_most), np.minimum(0 * had + nights, self.at_most)]
        fresh = nights if self.at_most == 0 else np.zeros_like(nights)
        amounts = np.stack([(had == self.at_most) & nights, fresh]).astype(float)
        kinds = np.array([int(d > 0 and d % FOUR_WEEKS == 0) for d in range(setting.days)], dtype=np.int32)
        return Automaton(as_states(moves), kinds, 0, np.ones(self.at_most + 1, dtype=bool), amounts)
