"""The rules that run over days, one class each: what it says to a planner, and the states it walks through."""

from __future__ import annotations

from omnistaff.schedule.rules.base import FORBIDDEN, HARD, LEAVE_DAYS, Automaton, Case, Rule, Setting, rule_cost
from omnistaff.schedule.rules.consecutive_days import ConsecutiveDays
from omnistaff.schedule.rules.days_off_together import DaysOffTogether
from omnistaff.schedule.rules.days_per_week import DaysPerWeek
from omnistaff.schedule.rules.fair_share import FairShare
from omnistaff.schedule.rules.fixed_days import FixedDays
from omnistaff.schedule.rules.long_rest import LongRest
from omnistaff.schedule.rules.nights import NightsInARow, NightsInFourWeeks
from omnistaff.schedule.rules.paid_hours import MonthlyHours, Overtime, PaidMinutes
from omnistaff.schedule.rules.same_start import SameStart
from omnistaff.schedule.rules.weekends_off import WeekendsOff

RULES: tuple[type[Rule], ...] = (
    PaidMinutes, DaysPerWeek, ConsecutiveDays, DaysOffTogether, WeekendsOff, MonthlyHours, Overtime, NightsInARow,
    NightsInFourWeeks, LongRest, SameStart, FixedDays, FairShare,
)  # fmt: skip

__all__ = [
    "FORBIDDEN", "HARD", "LEAVE_DAYS", "RULES", "Automaton", "Case", "ConsecutiveDays", "DaysOffTogether",
    "DaysPerWeek", "FairShare", "FixedDays", "LongRest", "MonthlyHours", "NightsInARow", "NightsInFourWeeks",
    "Overtime", "PaidMinutes", "Rule", "SameStart", "Setting", "WeekendsOff", "contract_rules", "rule_cost",
]  # fmt: skip


def contract_rules(case: Case) -> tuple[Rule, ...]:
    """Return all rules over days of one person."""
    return tuple(rule for kind in RULES for rule in kind.made_for(case))
