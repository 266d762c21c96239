"""Simulate: how a roster serves its contacts, event by event, with confidence limits."""

from omnistaff.simulate.conversations import conversation_speeds
from omnistaff.simulate.details import simulate_groups, trace_contacts
from omnistaff.simulate.paired import paths_met, replicated_service
from omnistaff.simulate.patience import estimate_patience, handle_quantiles, patience_quantiles
from omnistaff.simulate.presence import observe_duty
from omnistaff.simulate.readiness import ready_quantiles, with_time_to_ready
from omnistaff.simulate.replay import Replay, replay
from omnistaff.simulate.run import RosterSimulator, describe, simulate_roster

__all__ = [
    "Replay",
    "RosterSimulator",
    "conversation_speeds",
    "describe",
    "estimate_patience",
    "handle_quantiles",
    "observe_duty",
    "paths_met",
    "patience_quantiles",
    "ready_quantiles",
    "replay",
    "replicated_service",
    "simulate_groups",
    "simulate_roster",
    "trace_contacts",
    "with_time_to_ready",
]
