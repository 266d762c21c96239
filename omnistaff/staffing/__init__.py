"""Staffing: from a distribution of demand to pooled people."""

from omnistaff.staffing.decisions import CertaintyCost, HourWorth, certainty_curve, worth_of_hours
from omnistaff.staffing.figures import describe
from omnistaff.staffing.pool import pool_staff
from omnistaff.staffing.required import required_staff

__all__ = [
    "CertaintyCost",
    "HourWorth",
    "certainty_curve",
    "describe",
    "pool_staff",
    "required_staff",
    "worth_of_hours",
]
