"""Simulate: how a roster serves its contacts, event by event, with confidence limits."""

from omnistaff.simulate.patience import estimate_patience
from omnistaff.simulate.run import describe, simulate_roster

__all__ = ["describe", "estimate_patience", "simulate_roster"]
