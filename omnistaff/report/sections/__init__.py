"""The sections of the report in their order."""

from omnistaff.report.sections import answer, demand, forecast, roster, staffing

SECTIONS = (answer.SECTION, demand.SECTION, forecast.SECTION, staffing.SECTION, roster.SECTION)
