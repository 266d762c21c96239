"""The calculator: of volume, agents and service, any two give the third, with all measures."""

from __future__ import annotations

from omnistaff.errors import DomainError
from omnistaff.queueing.inverse import most_arrivals
from omnistaff.queueing.measures import queue_measures
from omnistaff.queueing.search import fewest_agents


def solve_for_third(  # noqa: PLR0913 - a calculator's keys
    *,
    handle_s: float,
    per_hour: float | None = None,
    agents: float | None = None,
    answered_share: float | None = None,
    within_s: float = 20,
    patience_s: float | None = None,
    max_occupancy_share: float = 1.0,
) -> dict[str, float | str]:
    """Return volume, agents and all measures from two of *per_hour*, *agents* and *answered_share*.

    Erlang A with a mean patience, Erlang C without. The fewest whole agents for a service, the largest volume
    for agents and a service. DomainError unless exactly two of the three are given.

    >>> solve_for_third(handle_s=180, per_hour=200, answered_share=0.8)["agents"]
    14.0
    """
    given = {"--per-hour": per_hour, "--agents": agents, "--answered": answered_share}
    missing = [name for name, value in given.items() if value is None]
    if len(missing) != 1:
        raise DomainError(f"give two of --per-hour, --agents and --answered, found {3 - len(missing)}")
    if agents is None:
        agents = float(
            fewest_agents(
                arrivals_per_s=_per_s(per_hour),
                handle_s=handle_s,
                within_s=within_s,
                answered_share=answered_share or 0,
                patience_s=patience_s,
                max_occupancy_share=max_occupancy_share,
            )
        )
    if per_hour is None:
        per_hour = 3600 * float(
            most_arrivals(
                handle_s=handle_s,
                servers=agents,
                within_s=within_s,
                answered_share=answered_share or 0,
                patience_s=patience_s,
                max_occupancy_share=max_occupancy_share,
            )
        )
    measures = queue_measures(
        arrivals_per_s=_per_s(per_hour),
        handle_s=handle_s,
        servers=agents,
        within_s=within_s,
        patience_s=patience_s,
    )
    return {
        "model": "erlang_c" if patience_s is None else "erlang_a",
        "per_hour": per_hour,
        "load_erlangs": _per_s(per_hour) * handle_s,
        "agents": agents,
        "service_level": float(measures.service_level),
        "asa_s": float(measures.asa_s),
        "abandon_share": float(measures.abandon_share),
        "occupancy_share": float(measures.occupancy_share),
        "wait_share": float(measures.wait_share),
    }


def _per_s(per_hour: float | None) -> float:
    return (per_hour or 0) / 3600
