"""omnistaff: from what customers did on every channel to who should work when.

Every public name is loaded on first use, so ``import omnistaff`` is quick.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from omnistaff.numba_cache import choose_folder

_HOMES = {
    "omnistaff.plan": ("Plan", "load_plan", "make_plan"),
    "omnistaff.intake": ("read_contacts",),
    "omnistaff.ingest": ("read_people",),
    "omnistaff.identity": ("resolve_identities",),
    "omnistaff.timeline": ("build_timeline",),
    "omnistaff.demand": ("count_demand",),
    "omnistaff.forecast": ("backtest", "forecast_demand", "update_forecast"),
    "omnistaff.queueing": ("erlang_a", "erlang_b", "erlang_c", "fewest_agents", "queue_measures"),
    "omnistaff.staffing": ("pool_staff", "required_staff"),
    "omnistaff.schedule": ("build_roster", "check_roster", "replan_roster", "same_day_moves"),
    "omnistaff.simulate": ("estimate_patience", "simulate_roster"),
    "omnistaff.report": ("write_report",),
    "omnistaff.compare": ("change_plan", "compare_plans"),
    "omnistaff.pipeline": ("run_plan",),
    "omnistaff.tables.files": ("Workspace",),
    "omnistaff.errors": (
        "ConfigError",
        "DomainError",
        "InfeasibleError",
        "MissingTableError",
        "OmnistaffError",
        "ParseError",
        "TableError",
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)

choose_folder()

try:
    __version__ = version("omnistaff")
except PackageNotFoundError:  # a checkout that was not installed
    __version__ = "0"


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'omnistaff' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
