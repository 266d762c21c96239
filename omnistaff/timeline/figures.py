"""Headline figures of the chronology."""

from __future__ import annotations

import pandas as pd

from omnistaff.tables import Figure, History


def describe(history: History) -> list[Figure]:
    """Return the headline figures: matters, repeats, switches, duplicates, first-contact resolution."""
    timeline, cases = history.timeline, history.cases
    matters, contacts = len(cases), len(timeline)
    per_case = contacts / matters if matters else 0.0
    repeat, switch = _share(timeline["is_repeat"]), _share(timeline["is_switch"])
    twice, resolved = _share(timeline["is_duplicate"]), _share(cases["resolved_first_contact"])
    return [
        Figure("cases", matters, "", f"{matters:,} matters, {per_case:.2f} contacts each"),
        Figure("repeat_share", repeat, "", f"{repeat:.1%} of contacts repeat an earlier one on the same matter"),
        Figure("switch_share", switch, "", f"{switch:.1%} of contacts came on another channel than the one before"),
        Figure("duplicate_share", twice, "", f"{twice:.1%} of contacts came before the first channel had answered"),
        Figure("first_contact_resolution", resolved, "", f"{resolved:.1%} of matters solved at first contact"),
    ]


def _share(flags: pd.Series[bool]) -> float:
    return float(flags.mean()) if len(flags) else 0.0
