"""Staffing: from a distribution of demand to pooled people."""

from omnistaff.staffing.curve import staffing_curve
from omnistaff.staffing.decisions import CertaintyCost, certainty_curve
from omnistaff.staffing.figures import describe
from omnistaff.staffing.hours import HourAdvice, recommend_hours
from omnistaff.staffing.needed import NeededPeople, people_again, people_in_pool
from omnistaff.staffing.opened import fill_opened
from omnistaff.staffing.pool import pool_staff
from omnistaff.staffing.required import required_staff
from omnistaff.staffing.study import (
    Arrangement,
    Sources,
    half_width,
    pooling_study,
    sources_of_saving,
    usual_arrangements,
)
from omnistaff.staffing.training import Training, next_trainings, worth_of_training

__all__ = [
    "Arrangement",
    "CertaintyCost",
    "HourAdvice",
    "NeededPeople",
    "Sources",
    "Training",
    "certainty_curve",
    "describe",
    "fill_opened",
    "half_width",
    "next_trainings",
    "people_again",
    "people_in_pool",
    "pool_staff",
    "pooling_study",
    "recommend_hours",
    "required_staff",
    "sources_of_saving",
    "staffing_curve",
    "usual_arrangements",
    "worth_of_training",
]
