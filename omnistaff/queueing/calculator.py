"""The calculator: of volume, agents and service, any two give the third, with all measures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from omnistaff.errors import DomainError
from omnistaff.queueing.domain import Floats
from omnistaff.queueing.inverse import fewest_kept, largest_kept, most_arrivals
from omnistaff.queueing.measures import QueueMeasures, queue_measures
from omnistaff.queueing.redials import arrivals_with_redials
from omnistaff.queueing.search import fewest_agents
from omnistaff.queueing.trunks import TrunkMeasures, fewest_trunks, trunk_measures

HALVINGS = 50


@dataclass(frozen=True)
class Promise:
    """The service asked for: limits that hold together; None is no limit, all None no promise."""

    answered_share: float | None = None
    asa_s: float | None = None
    abandon_share: float | None = None
    max_occupancy_share: float | None = None

    def limits(self) -> dict[str, float]:
        """Return the limits that were set, by name."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def is_kept(self, measures: QueueMeasures | TrunkMeasures) -> bool:
        """Return whether *measures* (of one queue) stay within all limits."""
        limits = self.limits()
        return bool(
            measures.service_level >= limits.get("answered_share", 0.0)
            and measures.asa_s <= limits.get("asa_s", np.inf)
            and measures.abandon_share <= limits.get("abandon_share", 1.0)
            and measures.occupancy_share <= limits.get("max_occupancy_share", 1.0)
        )


@dataclass(frozen=True)
class Line:
    """A queue but for volume and agents: seconds, and a mean patience, trunks and redials if there are any."""

    handle_s: float
    within_s: float = 20
    patience_s: float | None = None
    trunks: float | None = None
    redial_share: float = 0.0

    def attempts_per_hour(self, per_hour: float, agents: float) -> float:
        """Return all attempts, those who left and dial again included."""
        if self.redial_share == 0 or self.patience_s is None:
            return per_hour
        rate = arrivals_with_redials(
            arrivals_per_s=per_hour / 3600,
            handle_s=self.handle_s,
            servers=agents,
            patience_s=self.patience_s,
            redial_share=self.redial_share,
        )
        return 3600 * float(rate)

    def measures(self, per_hour: float, agents: float) -> QueueMeasures | TrunkMeasures:
        """Return the measures over all attempts, those that found no trunk included."""
        rate = self.attempts_per_hour(per_hour, agents) / 3600
        handle, within, patience = self.handle_s, self.within_s, self.patience_s
        if self.trunks is None:
            return queue_measures(
                arrivals_per_s=rate, handle_s=handle, servers=agents, within_s=within, patience_s=patience
            )
        return trunk_measures(
            arrivals_per_s=rate,
            handle_s=handle,
            servers=agents,
            trunks=self.trunks,
            within_s=within,
            patience_s=patience,
        )


def solve_for_third(
    line: Line,
    promise: Promise,
    *,
    per_hour: float | None = None,
    agents: float | None = None,
    blocked_share: float | None = None,
    fractional: bool = False,
) -> dict[str, float | str]:
    """Return volume, agents and all measures from two of *per_hour*, *agents* and a *promise*.

    Erlang A with a mean patience, Erlang C without. The fewest whole (or *fractional*) agents for a promise, the
    largest volume for agents and a promise; for volume and agents, with *blocked_share*, the fewest trunks that block
    no more, and at least one for each agent. Behind trunks and with redials every measure is over all attempts.
    DomainError says all that does not go together, and what cannot be reached.

    >>> solve_for_third(Line(handle_s=180), Promise(answered_share=0.8), per_hour=200)["agents"]
    14.0
    """
    problems = _problems(line, promise, per_hour, agents, blocked_share)
    if fractional and (agents is not None or line.trunks is not None):
        problems.append("--fractional is for finding agents, without --trunks")
    if problems:
        raise DomainError("the calculator cannot answer that", problems)
    if agents is None:
        agents = _fewest(line, promise, per_hour or 0.0, fractional)
    if per_hour is None:
        per_hour = _most(line, promise, agents)
    if blocked_share is not None:
        line = replace(line, trunks=_trunks(line, per_hour, agents, blocked_share))
    return _record(line, per_hour, agents)


def _problems(
    line: Line, promise: Promise, per_hour: float | None, agents: float | None, blocked_share: float | None
) -> list[str]:
    """Return what is wrong with the choice of options, in their words."""
    service = promise.limits()
    found = (per_hour is not None) + (agents is not None) + bool(service)
    services = "--answered, --asa, --abandoned, --max-occupancy"
    stays, blocks = line.patience_s is None, line.trunks is not None
    sought = blocked_share is not None
    wrong = {
        f"give two of --per-hour, --agents and a service ({services}), found {found}": found != 2,
        "--answered 1 and --asa 0 are never kept: ask for a little less": promise.answered_share == 1
        or promise.asa_s == 0,
        "--abandoned needs --patience: without it nobody leaves": stays and promise.abandon_share is not None,
        "--redials needs --patience: without it nobody leaves to dial again": stays and line.redial_share > 0,
        "--redials does not go with --trunks or --blocked": line.redial_share > 0 and (blocks or sought),
        "--blocked finds the trunks for --per-hour and --agents: leave out --trunks and the service": sought
        and (blocks or bool(service)),
        "behind --trunks no volume can be found for --abandoned, as the blocked cannot leave: give --answered": blocks
        and per_hour is None
        and promise.abandon_share is not None,
    }
    return [problem for problem, holds in wrong.items() if holds]


def _fewest(line: Line, promise: Promise, per_hour: float, fractional: bool) -> float:
    """Return the fewest agents that keep *promise*."""
    if line.trunks is None and line.redial_share == 0:
        found = fewest_agents(
            arrivals_per_s=per_hour / 3600,
            handle_s=line.handle_s,
            within_s=line.within_s,
            patience_s=line.patience_s,
            fractional=fractional,
            **promise.limits(),
        )
        return float(found)
    most = np.inf if line.trunks is None else line.trunks

    def kept(count: Floats) -> np.ndarray:
        return np.array([count[0] >= most or promise.is_kept(line.measures(per_hour, float(count[0])))])

    agents = float(fewest_kept(kept, np.zeros(1))[0])
    if agents == most and not promise.is_kept(line.measures(per_hour, most)):
        raise DomainError(f"with {most:g} trunks no number of agents keeps the promise: too many are blocked")
    low = max(agents - 1, 0.0)
    for _ in range(HALVINGS if fractional else 0):
        middle = 0.5 * (low + agents)
        low, agents = (low, middle) if kept(np.array([middle]))[0] else (middle, agents)
    return agents


def _most(line: Line, promise: Promise, agents: float) -> float:
    """Return the largest volume an hour, without redials, at which *agents* keep *promise*."""
    if line.trunks is not None:

        def kept(rate: Floats) -> np.ndarray:
            return np.array([promise.is_kept(line.measures(3600 * float(rate[0]), agents))])

        return 3600 * float(largest_kept(kept, np.array([(agents + 1) / line.handle_s]))[0])
    attempts = most_arrivals(
        servers=agents,
        handle_s=line.handle_s,
        within_s=line.within_s,
        patience_s=line.patience_s,
        **promise.limits(),
    )
    left = replace(line, redial_share=0.0).measures(3600 * float(attempts), agents).abandon_share
    return 3600 * float(attempts * (1 - line.redial_share * left))


def _trunks(line: Line, per_hour: float, agents: float, blocked_share: float) -> float:
    """Return the fewest trunks that block at most *blocked_share*, and no fewer than *agents*."""
    found = fewest_trunks(
        arrivals_per_s=per_hour / 3600,
        handle_s=line.handle_s,
        servers=agents,
        blocked_share=blocked_share,
        patience_s=line.patience_s,
    )
    return max(agents, float(found))


def _record(line: Line, per_hour: float, agents: float) -> dict[str, float | str]:
    """Return the answer, with what line groups and redials add where there are any."""
    attempts = line.attempts_per_hour(per_hour, agents)
    measures = line.measures(per_hour, agents)
    record: dict[str, float | str] = {
        "model": "erlang_c" if line.patience_s is None else "erlang_a",
        "per_hour": per_hour,
        "load_erlangs": attempts / 3600 * line.handle_s,
        "agents": agents,
        "service_level": float(measures.service_level),
        "asa_s": float(measures.asa_s),
        "abandon_share": float(measures.abandon_share),
        "occupancy_share": float(measures.occupancy_share),
        "wait_share": float(measures.wait_share),
    }
    if line.redial_share > 0:
        record["attempts_per_hour"] = attempts
    if isinstance(measures, TrunkMeasures) and line.trunks is not None:
        record |= {"trunks": line.trunks, "blocked_share": float(measures.blocked_share)}
        record["trunks_busy"] = float(measures.trunks_busy)
    return record
