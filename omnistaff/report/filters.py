"""Forms that narrow long tables down; without scripts they do not show and every row stays."""

from __future__ import annotations

from html import escape


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
