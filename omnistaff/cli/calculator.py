"""``omnistaff erlang``: the calculator; any two of volume, agents and service give the third."""

from __future__ import annotations

from typing import Annotated

import typer

from omnistaff.cli.app import AsJson, app, show_record


@app.command()
def erlang(  # noqa: PLR0913 - a command's options are its parameters
    handle_s: Annotated[float, typer.Option("--handle", help="Handle time in seconds.")],
    per_hour: Annotated[float | None, typer.Option("--per-hour", help="Contacts an hour.")] = None,
    agents: Annotated[float | None, typer.Option("--agents", help="Agents ready for work.")] = None,
    answered_share: Annotated[float | None, typer.Option("--answered", help="Share to answer in time, 0.80.")] = None,
    within_s: Annotated[float, typer.Option("--within", help="Seconds that count as in time.")] = 20,
    patience_s: Annotated[float | None, typer.Option("--patience", help="Mean patience; none: Erlang C.")] = None,
    max_occupancy_share: Annotated[float, typer.Option("--max-occupancy", help="Occupancy at most.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Erlang C and A: give two of --per-hour, --agents and --answered, get the third and all measures."""
    from omnistaff.queueing.calculator import solve_for_third

    answer = solve_for_third(
        handle_s=handle_s,
        per_hour=per_hour,
        agents=agents,
        answered_share=answered_share,
        within_s=within_s,
        patience_s=patience_s,
        max_occupancy_share=max_occupancy_share,
    )
    show_record(answer, as_json=as_json)
