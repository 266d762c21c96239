"""Sections ``simulate``, ``report`` and ``engine``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from omnistaff.plan.base import Settings


class SimulateSettings(Settings):
    """How the roster is proved."""

    replications: int = Field(100, ge=2, le=100_000)
    shift_end: Literal["finish", "hard_stop", "first_to_finish"] = "finish"


class ReportSettings(Settings):
    """How the report looks."""

    title: str | None = None
    currency: str = Field("", description="written behind costs, such as EUR")
    connect_queue_ids: dict[str, str] = Field({}, description="Amazon Connect's id of each queue, for its import")
    week_start: Literal["mon", "sun", "sat"] = "mon"


class EngineSettings(Settings):
    """Where timeline and demand run."""

    backend: Literal["duckdb", "spark"] = "duckdb"
