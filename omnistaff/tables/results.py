"""Results that are more than one table: what a stage returns and the next one takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from pandera.typing import DataFrame

from omnistaff.tables.catalog import (
    Absences,
    Agents,
    Allocation,
    Cases,
    Changes,
    Contacts,
    Coverage,
    Customers,
    Forecast,
    ForecastPaths,
    ForecastQuantiles,
    Identifiers,
    Identities,
    IdentityEdges,
    IdentityEvents,
    IdentityReview,
    Outcomes,
    Pool,
    Preferences,
    Rejects,
    Roster,
    StaffingCurve,
    Timeline,
)


class Figure(NamedTuple):
    """One headline figure of a stage: a number for programs and its text for people."""

    figure: str
    value: float
    unit: str
    text: str


class ContactLog(NamedTuple):
    """What ingest makes of the logs."""

    contacts: DataFrame[Contacts]
    identifiers: DataFrame[Identifiers]
    rejects: DataFrame[Rejects]


class Resolution(NamedTuple):
    """Who is who, with the evidence."""

    identities: DataFrame[Identities]
    edges: DataFrame[IdentityEdges]
    events: DataFrame[IdentityEvents]
    review: DataFrame[IdentityReview]


class History(NamedTuple):
    """Every customer's chronology, the matters in it, and the customers."""

    timeline: DataFrame[Timeline]
    cases: DataFrame[Cases]
    customers: DataFrame[Customers]


class People(NamedTuple):
    """Who can work, when not, and what they would like."""

    agents: DataFrame[Agents]
    absences: DataFrame[Absences]
    preferences: DataFrame[Preferences]


@dataclass(frozen=True)
class DemandForecast:
    """Demand to come as a distribution: means, quantiles and joint paths."""

    table: DataFrame[Forecast]
    quantiles: DataFrame[ForecastQuantiles]
    paths: DataFrame[ForecastPaths]


@dataclass(frozen=True)
class PooledStaff:
    """The cheapest agents by skill set, what they serve, and how far from the best they can be."""

    table: DataFrame[Pool]
    allocation: DataFrame[Allocation]
    bound: float = float("nan")  # fewest agent-hours that square-root staffing of shared queues allows
    silo: float = float("nan")  # agent-hours if each queue had its own people
    service: DataFrame[Outcomes] | None = None  # simulated service of these people, where it was certified
    rounds: int = 0  # times the pool was corrected by simulation
    missed: tuple[str, ...] = ()  # queues of which the last simulation does not prove every promise
    curve: DataFrame[StaffingCurve] | None = None  # what fewer people lose, by which a roster values a missing hour


@dataclass(frozen=True)
class BuiltRoster:
    """Who works when, what it covers, what it costs and how far from the best it can be."""

    table: DataFrame[Roster]
    coverage: DataFrame[Coverage]
    cost: float
    bound: float
    gap_share: float
    status: str  # optimal, within_gap, search_ended, time_limit or interrupted
    cost_parts: dict[str, float] = field(default_factory=dict)
    changes: DataFrame[Changes] | None = None  # of a re-planned roster
