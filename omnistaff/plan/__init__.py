"""Every setting: frozen classes, one module a section, and the only place with defaults."""

from omnistaff.plan.calendar import Calendar, Event
from omnistaff.plan.forecast import Adjustment, DemandSettings, ForecastSettings
from omnistaff.plan.identity import Identity, ModelLinks
from omnistaff.plan.ingest import Source
from omnistaff.plan.load import load_plan, make_plan, plan_schema
from omnistaff.plan.queues import Queue, Target
from omnistaff.plan.root import Plan
from omnistaff.plan.schedule import Break, Contract, Pattern, Rules, ScheduleSettings
from omnistaff.plan.simulate import EngineSettings, ReportSettings, SimulateSettings
from omnistaff.plan.staffing import StaffingSettings
from omnistaff.plan.timeline import TimelineSettings

__all__ = [
    "Adjustment", "Break", "Calendar", "Contract", "DemandSettings", "EngineSettings", "Event", "ForecastSettings",
    "Identity", "ModelLinks", "Pattern", "Plan", "Queue", "ReportSettings",
    "Rules", "ScheduleSettings", "SimulateSettings",
    "Source", "StaffingSettings", "Target", "TimelineSettings", "load_plan", "make_plan", "plan_schema",
]  # fmt: skip
