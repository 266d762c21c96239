"""Forms that narrow long tables down; without scripts they do not show and every row stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

LABELS = {"day": "Day", "queue": "Queue", "team": "Team", "agent": "Agent"}  # agents by text, the others by choice


def form(target: str, label: str, *fields: str) -> str:
    """Return a form whose fields hide the rows of the element with id *target*."""
    return (
        f'<form class="filters" data-for="{target}" aria-label="{escape(label)}">{"".join(fields)}'
        '<button type="reset">Show all</button><output aria-live="polite"></output></form>'
    )


def choice(name: str, label: str, options: list[tuple[str, str]]) -> str:
    """Return a field with a choice of (value, words), nothing where there is nothing to choose from."""
    if not options:
        return ""
    items = "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options)
    return f'<label>{label}<select name="{name}"><option value="">all</option>{items}</select></label>'


def search(name: str, label: str) -> str:
    """Return a field for text."""
    return f'<label>{label}<input name="{name}" type="search" autocomplete="off"></label>'


def form_of(target: str, label: str, values: Mapping[str, Sequence[str]]) -> str:
    """Return the form for rows with *values* (one a row, parts joined by ``|``), empty where nothing can differ."""
    fields = []
    for name, column in values.items():
        parts = dict.fromkeys(part for value in column for part in value.split("|") if part)
        if name == "agent":
            fields.append(search(name, LABELS[name]))
        elif len(parts) > 1:
            fields.append(choice(name, LABELS[name], [(part, part) for part in parts]))
    return form(target, label, *fields) if fields else ""


def row_keys(values: Mapping[str, Sequence[str]], rows: int) -> list[str]:
    """Return each row's attributes for the filters."""
    if not values:
        return [""] * rows
    columns = [[_key(name, value) for value in column] for name, column in values.items()]
    return [" data-row" + "".join(keys) for keys in zip(*columns, strict=True)]


def _key(name: str, value: str) -> str:
    text = value.lower() if name == "agent" else f"|{value}|"
    return f' data-{name}="{escape(text)}"'
