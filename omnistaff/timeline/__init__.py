"""Every customer's chronology: order, matters, repeats, switches, and what they tell."""

from omnistaff.timeline.build import build_timeline
from omnistaff.timeline.channels import ChannelChange, change_channels
from omnistaff.timeline.context import ContextCard, context
from omnistaff.timeline.corrected import CorrectedCases, correct_cases
from omnistaff.timeline.figures import describe
from omnistaff.timeline.journeys import channel_matrix, frequent_paths, parallel_matters
from omnistaff.timeline.parity import compare_channels, fit_channels
from omnistaff.timeline.reasons import ReasonModel, train_reasons
from omnistaff.timeline.suggest import SuggestedSegments, suggest_segments
from omnistaff.timeline.waiting import waiting_by_queue, waiting_matters
from omnistaff.timeline.warehouse import chronology

__all__ = [
    "ChannelChange", "ContextCard", "CorrectedCases", "ReasonModel", "SuggestedSegments", "build_timeline",
    "change_channels", "channel_matrix", "chronology", "compare_channels", "context", "correct_cases", "describe",
    "fit_channels", "frequent_paths", "parallel_matters", "suggest_segments", "train_reasons", "waiting_by_queue",
    "waiting_matters",
]  # fmt: skip
