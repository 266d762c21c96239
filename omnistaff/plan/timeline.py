"""Section ``timeline``: what is one matter, what is a repeat, which segments there are."""

from __future__ import annotations

from pydantic import Field

from omnistaff.plan.base import Settings


class TimelineSettings(Settings):
    """How contacts become cases."""

    case_gap_hours: float = Field(168, gt=0, description="silence after which the same reason is a new matter")
    same_reason: bool = Field(True, description="a case holds one reason family")
    reason_families: dict[str, list[str]] = Field({}, description="family: reasons that are the same matter")
    repeat_days: float = Field(7, gt=0, description="a contact on the same matter within this is a repeat")
    segments: dict[str, str] = Field({}, description="segment: rule over a customer's history, first match wins")
