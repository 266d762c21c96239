"""Headline figures of the chronology."""

from __future__ import annotations

import pandas as pd

from omnistaff.tables import Figure, History
from omnistaff.timeline.corrected import CorrectedCases

MOST_SEGMENTS = 5


def describe(history: History, corrected: CorrectedCases | None = None) -> list[Figure]:
    """Return the headline figures: matters, repeats, switches, duplicates, first-contact resolution.

    With *corrected*, also how many matters there really were, allowing for contacts that could not be linked.
    """
    timeline, cases = history.timeline, history.cases
    matters, contacts = len(cases), len(timeline)
    per_case = contacts / matters if matters else 0.0
    repeat, switch = _share(timeline["is_repeat"]), _share(timeline["is_switch"])
    twice, resolved = _share(timeline["is_duplicate"]), _share(cases["resolved_first_contact"])
    figures = [
        Figure("cases", matters, "", f"{matters:,} matters, {per_case:.2f} contacts each"),
        Figure("repeat_share", repeat, "", f"{repeat:.1%} of contacts repeat an earlier one on the same matter"),
        Figure("switch_share", switch, "", f"{switch:.1%} of contacts came on another channel than the one before"),
        Figure("duplicate_share", twice, "", f"{twice:.1%} of contacts came before the first channel had answered"),
        Figure("first_contact_resolution", resolved, "", f"{resolved:.1%} of matters solved at first contact"),
    ]
    segments = timeline["segment"].nunique()
    if segments > MOST_SEGMENTS:
        figures.append(
            Figure(
                "too_many_segments", segments, "",
                f"{segments} segments: each one more makes every cell thinner, every comparison less certain and"
                " every queue harder to staff; people remember three or four",
            )
        )  # fmt: skip
    return figures + (_corrected(corrected) if corrected else [])


def _corrected(found: CorrectedCases) -> list[Figure]:
    cases = f"{found.cases:,.0f} ({found.cases_low:,.0f} to {found.cases_high:,.0f})"
    share = f"{found.repeat_share:.1%} ({found.repeat_share_low:.1%} to {found.repeat_share_high:.1%})"
    return [
        Figure("true_cases", found.cases, "", f"{cases} matters, allowing for contacts that could not be linked"),
        Figure(
            "true_cases_low", found.cases_low, "", f"at least {found.cases_low:,.0f} matters, with 97.5% certainty"
        ),
        Figure("true_repeat_share", found.repeat_share, "", f"{share} of contacts repeat, allowing for these"),
    ]


def _share(flags: pd.Series[bool]) -> float:
    return float(flags.mean()) if len(flags) else 0.0
