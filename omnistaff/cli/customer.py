"""``omnistaff customer``: see a customer, correct who is who, erase a person."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

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
    show_tables,
)

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
def show(who: Who, plan: PlanFile, work: WorkFolder = DEFAULT_WORK, as_json: AsJson = False) -> None:
    """Show the chronology and the context card of a customer."""
    from omnistaff.customers import show_customer

    loaded, workspace = load(plan, work)
    card = show_customer(who, loaded, workspace)
    fields = {field.name: getattr(card, field.name) for field in dataclasses.fields(card)}
    tables = {name: fields.pop(name) for name in ("open_cases", "likely_reasons", "chronology")}
    if as_json:
        show_record({**fields, **{name: records(table) for name, table in tables.items()}}, as_json=True)
        return
    show_record(fields, as_json=False)
    show_tables({name.replace("_", " "): table for name, table in tables.items()}, as_json=False)


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
