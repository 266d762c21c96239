"""The typed tables that stages hand to each other, and how they are kept on disk."""

from omnistaff.tables.catalog import (
    CHANNELS,
    OUTCOMES,
    TABLES,
    Absences,
    Agents,
    Allocation,
    Cases,
    Contacts,
    Coverage,
    Customers,
    Demand,
    Figures,
    Forecast,
    ForecastPaths,
    ForecastQuantiles,
    Identifiers,
    Identities,
    IdentityEdges,
    IdentityEvents,
    Outcomes,
    Patience,
    Pool,
    Preferences,
    Rejects,
    Requirement,
    Roster,
    Scores,
    Table,
    Timeline,
    Violations,
)
from omnistaff.tables.check import check, conform, empty
from omnistaff.tables.results import (
    BuiltRoster,
    ContactLog,
    DemandForecast,
    Figure,
    History,
    People,
    PooledStaff,
    Resolution,
)

__all__ = [
    "CHANNELS", "OUTCOMES", "TABLES", "Absences", "Agents", "Allocation", "BuiltRoster", "Cases", "ContactLog",
    "Contacts", "Coverage", "Customers", "Demand", "DemandForecast", "Figure", "Figures", "Forecast", "ForecastPaths",
    "ForecastQuantiles", "History", "Identifiers", "Identities", "IdentityEdges", "IdentityEvents", "Outcomes",
    "Patience", "People", "Pool", "PooledStaff", "Preferences", "Rejects", "Requirement", "Resolution", "Roster",
    "Scores", "Table", "Timeline", "Violations", "check", "conform", "empty",
]  # fmt: skip
