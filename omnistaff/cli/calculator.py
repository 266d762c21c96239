"""``omnistaff erlang``: the calculator; any two of volume, agents and service give the third."""

from __future__ import annotations

from typing import Annotated

import typer

from omnistaff.cli.app import LOOK_UP, AsJson, app, show_record


def _number(name: str, meaning: str, most: float | None = None) -> typer.models.OptionInfo:
    """Return an option that takes a number from 0 to *most*."""
    option: typer.models.OptionInfo = typer.Option(name, help=meaning, min=0, max=most)
    return option


@app.command(rich_help_panel=LOOK_UP)
def erlang(  # noqa: PLR0913 - a command's options are its parameters
    handle_s: Annotated[float, _number("--handle", "Handle time in seconds.")],
    per_hour: Annotated[float | None, _number("--per-hour", "Contacts an hour.")] = None,
    agents: Annotated[float | None, _number("--agents", "Agents ready for work; 10.5 is fine.")] = None,
    answered_share: Annotated[float | None, _number("--answered", "Share to answer in time, 0.80.", 1)] = None,
    within_s: Annotated[float, _number("--within", "Seconds that count as in time.")] = 20,
    asa_s: Annotated[float | None, _number("--asa", "Mean wait of the answered at most, seconds.")] = None,
    abandon_share: Annotated[float | None, _number("--abandoned", "Share that leaves at most, 0.03.", 1)] = None,
    max_occupancy_share: Annotated[float | None, _number("--max-occupancy", "Occupancy at most, 0.85.", 1)] = None,
    patience_s: Annotated[float | None, _number("--patience", "Mean patience, seconds; none: Erlang C.")] = None,
    redial_share: Annotated[float, _number("--redials", "Share of those who left who dial again.", 1)] = 0.0,
    trunks: Annotated[float | None, _number("--trunks", "Lines for those served and waiting.")] = None,
    blocked_share: Annotated[float | None, _number("--blocked", "Find the trunks that block at most.", 1)] = None,
    fractional: Annotated[bool, typer.Option("--fractional", help="Find agents in fractions.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erlang C and A: of volume, agents and service (all limits given hold) give two, get the third."""
    from omnistaff.queueing.calculator import Line, Promise, solve_for_third

    answer = solve_for_third(
        Line(handle_s, within_s=within_s, patience_s=patience_s, trunks=trunks, redial_share=redial_share),
        Promise(answered_share, asa_s, abandon_share, max_occupancy_share),
        per_hour=per_hour,
        agents=agents,
        blocked_share=blocked_share,
        fractional=fractional,
    )
    show_record(answer, as_json=as_json)
