"""The sections of the report in their order."""

from omnistaff.report.sections import (
    answer,
    assumptions,
    customers,
    demand,
    forecast,
    intervals,
    quality,
    roster,
    staffing,
)

SECTIONS = (
    answer.SECTION,
    quality.SECTION,
    customers.SECTION,
    demand.SECTION,
    forecast.SECTION,
    staffing.SECTION,
    intervals.SECTION,
    roster.SECTION,
    assumptions.SECTION,
)
