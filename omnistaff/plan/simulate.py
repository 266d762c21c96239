"""Sections ``simulate``, ``report`` and ``engine``."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from omnistaff.plan.base import Seconds, Settings, Share


def _rise(values: list[float]) -> list[float]:
    if len(values) < 2 or values[0] < 0 or values[-1] <= 0 or any(b < a for a, b in pairwise(values)):
        raise ValueError("expected at least two times in seconds that rise from 0 or more")
    return values


Quantiles = Annotated[list[float], AfterValidator(_rise)]


class Redial(Settings):
    """Callers who left and try again."""

    share: Share = Field(description="of those who left")
    after_s: Seconds = Field(600, description="mean time until they do, exponential")


class Callback(Settings):
    """A callback offered to who would wait long; they keep their place in the line and do not leave."""

    share: Share = Field(description="who accept")
    from_wait_s: Seconds = Field(120, description="offered when the first in line has waited so long")


class SimulateSettings(Settings):
    """How the roster is proved."""

    replications: int = Field(100, ge=2, le=100_000)
    arrivals: Literal["path_counts", "path_rates", "mean_rates"] = Field(
        "path_counts",
        description="path_counts: as many contacts as the forecast path says; path_rates: Poisson with the path as "
        "rate; mean_rates: Poisson with the mean forecast, handle times as forecast too",
    )
    handle_times: Literal["lognormal", "exponential", "constant", "empirical"] = "lognormal"
    handle_quantiles_s: dict[str, Quantiles] = Field(
        {},
        description="queue: handle times at the quantiles 0, 1/k, ... 1; empirical handle times have this shape and "
        "the forecast's mean",
    )
    patience_quantiles_s: dict[str, Quantiles] = Field(
        {}, description="queue: patience at the quantiles 0, 1/k, ... 1, in place of exponential patience"
    )
    shift_end: Literal["finish", "hard_stop", "first_to_finish", "overtime"] = Field(
        "finish",
        description="finish: end the conversation, then leave; hard_stop: colleagues go on with it; "
        "first_to_finish: people are interchangeable, whoever is free first leaves; "
        "overtime: finish, and work on while live contacts wait",
    )
    max_overtime_minutes: float = Field(
        30, ge=0, description="shift_end overtime: nobody begins a contact later than this after the shift"
    )
    first_queues: dict[str, list[str]] = Field(
        {}, description="skills: queues that people of this skill set take before all others, in this order"
    )
    deferred_work: Literal["pre_empted", "finished_first"] = Field(
        "pre_empted", description="whether deferred work is dropped when a live contact arrives"
    )
    reserved_idle: int = Field(
        0, ge=0, description="people kept idle for live contacts before deferred work is begun"
    )
    kept_free: dict[str, Annotated[int, Field(ge=0)]] = Field(
        {},
        description="live or messaging queue: so many free people who serve it take no contacts of queues that keep "
        "fewer, unless it is closed; who does deferred work that he would drop counts as free",
    )
    conversations: Literal["spread", "packed"] = Field(
        "spread", description="a new conversation goes to who has fewest, or to who has most and still room"
    )
    short_abandon_s: Seconds = Field(5, description="leaving before this is a misdial")
    loss_block_minutes: int = Field(
        30, gt=0, description="length of one stretch lost to the parts of staffing.shrinkage_share at the site"
    )
    backlog: dict[str, Annotated[int, Field(ge=0)]] = Field(
        {}, description="deferred contacts waiting at the start, by queue"
    )
    redials: dict[str, Redial] = Field({}, description="by queue; leave them out if the forecast counts them already")
    transfers: dict[str, dict[str, Share]] = Field(
        {}, description="queue: {other: share} of its finished contacts that go on to another queue"
    )
    callbacks: dict[str, Callback] = Field({}, description="by live queue")
    half_width: Share | None = Field(
        None, description="stop before replications once every queue's service level is known to plus or minus this"
    )
    min_abandons: int = Field(10, ge=1, description="patience is estimated where at least so many left")

    def problems(self, modes: Mapping[str, str]) -> list[str]:
        """Return what does not fit the plan's queues, given as {name: mode}."""
        by_queue = (
            "handle_quantiles_s", "patience_quantiles_s", "kept_free", "backlog", "redials", "transfers", "callbacks",
        )  # fmt: skip
        named = {name: set(getattr(self, name)) for name in by_queue}
        named |= {f"transfers.{queue}": set(shares) for queue, shares in self.transfers.items()}
        named |= {f"first_queues.{skills}": set(skills.split("|")) for skills in self.first_queues}
        found = [
            f"{where}: no queue is called {queue!r}"
            for where, queues in named.items()
            for queue in sorted(queues - set(modes))
        ]
        found += [
            f"{where}.{queue}: its work is deferred, expected a queue whose customers wait"
            for where in ("patience_quantiles_s", "kept_free", "redials", "callbacks")
            for queue in getattr(self, where)
            if modes.get(queue) == "deferred"
        ]
        found += [
            f"transfers.{queue}: passes on more than all of its contacts"
            for queue, shares in self.transfers.items()
            if sum(shares.values()) > 1 + 1e-9
        ]
        found += [
            f"first_queues.{skills}: {queue} is not among the skills"
            for skills, queues in self.first_queues.items()
            for queue in sorted(set(queues) - set(skills.split("|")))
        ]
        if self.handle_times == "empirical" and (missing := sorted(set(modes) - set(self.handle_quantiles_s))):
            found.append(f"handle_quantiles_s: empirical handle_times want them of {', '.join(missing)} too")
        if self.handle_times != "empirical" and self.handle_quantiles_s:
            found.append(f"handle_quantiles_s: {self.handle_times} handle_times do not read them, write empirical")
        return [f"simulate.{problem}" for problem in found]


class ReportSettings(Settings):
    """How the report looks."""

    title: str | None = None
    currency: str = Field("", description="written behind costs, such as EUR")
    connect_queue_ids: dict[str, str] = Field({}, description="Amazon Connect's id of each queue, for its import")


class EngineSettings(Settings):
    """Where timeline and demand run."""

    backend: Literal["duckdb", "spark"] = Field("duckdb", description="spark needs omnistaff[spark] and Java 17")
    rows_in_memory: int = Field(
        1_000_000, ge=0, description="duckdb: up to this many contacts pandas is quicker and is used instead"
    )
