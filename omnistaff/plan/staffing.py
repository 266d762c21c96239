"""Section ``staffing``: from demand to people."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from omnistaff.plan.base import Settings, Share

Shrinkage = Annotated[float, Field(ge=0, lt=1)]


class StaffingSettings(Settings):
    """Which formula, with which certainty, after which losses."""

    model: Literal["erlang_a", "erlang_c"] = "erlang_a"
    meet_target_with_probability: Share | None = Field(
        0.8, description="chance that an interval meets its target; none staffs for the mean"
    )
    shrinkage_share: dict[str, Shrinkage] = Field(
        {"planned": 0.12, "unplanned": 0.08}, description="parts act one after another: 1 - (1 - a)(1 - b)"
    )
    default_patience_s: float = Field(
        180, gt=0, description="mean patience where a queue says estimate and the logs tell nothing"
    )
    max_abandon_share: Share = Field(
        0.05, description="abandonment at most, beside the service level, where a queue names none"
    )
    blending_share: Share = Field(
        0.75, description="share of live agents' idle time that deferred work can use without hurting the live queues"
    )
    certify_rounds: int = Field(
        8, ge=0, description="how often the pool is changed and simulated again until every promise just holds"
    )
    max_agents: int = Field(10_000, ge=1, description="a search that needs more stops with an error")

    @property
    def available_share(self) -> float:
        """Share of rostered time in which people are ready for work."""
        share = 1.0
        for part in self.shrinkage_share.values():
            share *= 1 - part
        return share
