"""Staffing: from a distribution of demand to pooled people."""

from omnistaff.staffing.figures import describe
from omnistaff.staffing.pool import pool_staff
from omnistaff.staffing.required import required_staff

__all__ = ["describe", "pool_staff", "required_staff"]
