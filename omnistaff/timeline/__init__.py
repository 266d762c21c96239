"""Every customer's chronology: order, matters, repeats, switches."""

from omnistaff.timeline.build import build_timeline
from omnistaff.timeline.figures import describe

__all__ = ["build_timeline", "describe"]
