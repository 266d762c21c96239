"""``omnistaff customer``: see a customer, correct who is who, erase a person."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from omnistaff.cli.app import (
    DAILY,
    DEFAULT_WORK,
    AsJson,
    PlanFile,
    WorkFolder,
    app,
    load,
    records,
    show_record,
    show_table,
)

if TYPE_CHECKING:
    from omnistaff.timeline.context import ContextCard

Who = Annotated[str, typer.Argument(metavar="ID", help="Customer or contact id, phone, e-mail, handle or account.")]


class ShowByDefault(TyperGroup):
    """``customer ID`` is short for ``customer show ID``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``show`` before anything that is no command of the group."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["show", *args]
        return super().parse_args(ctx, args)


customer = typer.Typer(
    cls=ShowByDefault, no_args_is_help=True, help="Show a customer's chronology; split, link, undo, erase."
)
app.add_typer(customer, name="customer", rich_help_panel=DAILY)


@customer.command()
def show(
    who: Who,
    plan: PlanFile,
    work: WorkFolder = DEFAULT_WORK,
    ids: Annotated[bool, typer.Option("--ids", help="Show contact ids, as `split` and `link` take them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the chronology and the context card of a customer."""
    from omnistaff.customers import show_customer

    loaded, workspace = load(plan, work)
    card = show_customer(who, loaded, workspace)
    if not as_json:
        show_card(card, loaded.time_zone, ids=ids)
        return
    fields = {field.name: getattr(card, field.name) for field in dataclasses.fields(card)}
    tables = {name: records(value) for name, value in fields.items() if hasattr(value, "columns")}
    show_record(fields | tables, as_json=True)


def show_card(card: ContextCard, zone: str, *, ids: bool) -> None:
    """Print the card as an agent reads it: who, what waits, what is open, what comes next, what was; local times."""
    when = partial(_local, zone=zone)
    contacts, cases = card.contacts, card.cases
    segment = f", {card.segment}" if card.segment else ""
    language = f", in {card.language}" if card.language else ""
    typer.echo(f"Customer {card.customer_id}{segment}")
    typer.echo(
        f"since {when(card.first_at)}: {contacts} contact{'s'[: contacts > 1]} on {cases}"
        f" matter{'s'[: cases > 1]}, mostly {card.preferred_channel} about {card.preferred_hour}:00{language}"
    )
    for row in card.waiting.to_dict("records"):
        typer.echo(f"{row['who_waits']} since {when(row['since_at'])} ({row['waited_hours']:,.0f} h)")
    numbers = {case: k for k, case in enumerate(card.chronology["case_id"].iloc[::-1].unique(), start=1)}
    opened = card.open_cases
    if len(opened):
        table = opened.assign(matter=opened["case_id"].map(numbers), opened=opened["opened_at"].map(when),
                          last=opened["last_at"].map(when))  # fmt: skip
        typer.echo("\nOpen matters")
        show_table(table[["matter", "reason", "opened", "last", "last_channel", "contacts", "why"]], as_json=False)
    else:
        typer.echo("no open matter")
    if len(card.likely_reasons):
        best = [f"{row['reason']} {row['probability']:.0%}" for row in card.likely_reasons.head(3).to_dict("records")]
        typer.echo(f"\nNext contact, if one comes, on {', '.join(best)}\n  (right for {card.reason_accuracy:.0%} of"
                   f" later contacts; a plain guess for {card.reason_baseline:.0%})")  # fmt: skip
    typer.echo("\nChronology, latest first")
    rows = card.chronology
    again = rows["is_repeat"].map({True: " again", False: ""})
    table = rows.assign(
        when=rows["arrived_at"].map(when),
        matter=rows["case_id"].map(numbers).astype("str") + again,
        agent=rows["agent_id"].str.replace(r"^.*/", "", regex=True),  # a switch puts the line's technology before it
    )
    columns = ["contact_id"] if ids else ["reason", "outcome", "agent"]
    show_table(table[["when", "channel", "matter", *columns]], as_json=False, limit=20)


def _local(at: Any, zone: str) -> str:
    return str(at.tz_convert(zone).strftime("%y-%m-%d %H:%M"))


@customer.command()
def split(
    contacts: Annotated[str, typer.Argument(help="Contact ids of one customer, joined by commas.")],
    plan: PlanFile,
    work: WorkFolder = DEFAULT_WORK,
) -> None:
    """Make some contacts of a customer a customer of their own."""
    from omnistaff.customers import split_off

    split_off([contact.strip() for contact in contacts.split(",")], *load(plan, work))


@customer.command()
def link(
    left: Annotated[str, typer.Argument(help="A contact id.")],
    right: Annotated[str, typer.Argument(help="Another contact id.")],
    plan: PlanFile,
    work: WorkFolder = DEFAULT_WORK,
) -> None:
    """Make the customers of two contacts one."""
    from omnistaff.customers import join_contacts

    join_contacts(left, right, *load(plan, work))


@customer.command()
def undo(
    edge: Annotated[str, typer.Argument(help="An edge id, see the table identity_edges.")],
    plan: PlanFile,
    work: WorkFolder = DEFAULT_WORK,
) -> None:
    """Take an edge back: what it alone joined falls apart."""
    from omnistaff.customers import undo_edge

    undo_edge(edge, *load(plan, work))


@customer.command()
def erase(who: Who, plan: PlanFile, work: WorkFolder = DEFAULT_WORK) -> None:
    """Erase a person from the tables; demand stays as it is."""
    from omnistaff.customers import erase as erase_person

    contacts = erase_person(who, *load(plan, work))
    typer.echo(f"erased: {contacts} contacts are nobody's now; run `omnistaff run --from demand` to renew the rest")
