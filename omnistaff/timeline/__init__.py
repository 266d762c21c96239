"""Every customer's chronology: order, matters, repeats, switches, and what they tell."""

from omnistaff.timeline.build import build_timeline
from omnistaff.timeline.context import ContextCard, context
from omnistaff.timeline.corrected import CorrectedCases, correct_cases
from omnistaff.timeline.figures import describe
from omnistaff.timeline.journeys import channel_matrix, frequent_paths, parallel_matters
from omnistaff.timeline.parity import compare_channels, fit_channels, move_reason
from omnistaff.timeline.reasons import ReasonModel, train_reasons
from omnistaff.timeline.warehouse import chronology

__all__ = [
    "ContextCard", "CorrectedCases", "ReasonModel", "build_timeline", "channel_matrix", "chronology",
    "compare_channels", "context", "correct_cases", "describe", "fit_channels", "frequent_paths", "move_reason",
    "parallel_matters", "train_reasons",
]  # fmt: skip
