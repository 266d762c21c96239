"""Section ``staffing``: from demand to people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, assert_never

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from omnistaff.plan.base import Settings, Share
from omnistaff.plan.week import WeekShare
from omnistaff.timegrid import WEEK_MINUTES, WeekProfile

#: Of whom a share is ready for work: all who are paid, who is on the roster, who is at the site.
Whom = Literal["paid", "rostered", "on_site"]


class StaffingSettings(Settings):
    """Which formula, with which certainty, after which losses."""

    model: Literal["erlang_a", "erlang_c"] = "erlang_a"
    meet_target_with_probability: Share | None = Field(
        0.8, description="chance that an interval meets its target; none staffs for the mean"
    )
    shrinkage_share: dict[str, WeekShare] = Field(
        {"planned": 0.12, "unplanned": 0.08},
        description="parts act one after another: 1 - (1 - a)(1 - b); a part is one share or follows the week of the "
        'operation: {default: 0.05, "mon-fri 09:00-11:00": 0.15}, later keys first',
    )
    out_of_office: list[str] = Field(
        ["unplanned"],
        description="parts of shrinkage_share that keep people from coming at all, for whole shifts: sickness, "
        "leave; the others take time at the site",
    )
    in_roster: list[str] = Field(
        [],
        description="parts of shrinkage_share that the roster takes itself, as absences, breaks or meetings: paid "
        "for, and not taken off the roster a second time",
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
        24, ge=0, description="how often the pool is changed and simulated again until every promise just holds"
    )
    max_agents: int = Field(10_000, ge=1, description="a search that needs more stops with an error")

    @model_validator(mode="after")
    def _parts_are_known(self) -> StaffingSettings:
        named = {"in_roster": self.in_roster}
        if "out_of_office" in self.model_fields_set:
            named["out_of_office"] = self.out_of_office
        problems = [
            f"{key}: no part of shrinkage_share is called {name!r}"
            for key, names in named.items()
            for name in names
            if name not in self.shrinkage_share
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def losses(self, whom: Whom) -> dict[str, bool]:
        """Return the parts of the shrinkage that take time of *whom*, and whether each takes whole shifts."""
        away = {name: name in self.out_of_office for name in self.shrinkage_share}
        match whom:
            case "paid":
                return away
            case "rostered":
                return {name: whole for name, whole in away.items() if name not in self.in_roster}
            case "on_site":
                return {name: whole for name, whole in away.items() if not whole}
            case _:
                assert_never(whom)

    def ready_by_minute(self, parts: Iterable[str]) -> npt.NDArray[np.float64]:
        """Return the share that *parts* of the shrinkage leave in every minute of the week, from Monday on."""
        kept = np.ones(WEEK_MINUTES)
        for name in parts:
            kept *= 1 - WeekProfile(self.shrinkage_share[name]).values
        return kept
