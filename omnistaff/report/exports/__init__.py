"""Files for other programs, written to ``exports/`` of the work folder: rosters, plans, platform imports."""

from omnistaff.report.exports.writing import write_exports

__all__ = ["write_exports"]
