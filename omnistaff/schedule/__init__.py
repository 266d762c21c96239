"""Who works when: legal shifts with breaks, covering the pooled need, with a proven bound on the cost."""

from omnistaff.schedule.build import build_roster
from omnistaff.schedule.check import check_roster
from omnistaff.schedule.describe import describe
from omnistaff.schedule.explain import explain_gaps
from omnistaff.schedule.need import first_day
from omnistaff.schedule.replan import replan_roster
from omnistaff.schedule.sameday import same_day_moves

__all__ = ["build_roster", "check_roster", "describe", "explain_gaps", "first_day", "replan_roster", "same_day_moves"]
