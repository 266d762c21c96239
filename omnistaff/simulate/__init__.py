"""Simulate: how a roster serves its contacts, event by event, with confidence limits."""

from omnistaff.simulate.patience import estimate_patience
from omnistaff.simulate.replay import Replay, observe_duty, replay
from omnistaff.simulate.run import describe, simulate_roster

__all__ = ["Replay", "describe", "estimate_patience", "observe_duty", "replay", "simulate_roster"]
