"""The report for planners and the files for other programs: what is read, not computed."""

from omnistaff.report.exports import write_exports
from omnistaff.report.page import write_report

__all__ = ["write_exports", "write_report"]
