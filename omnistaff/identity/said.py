"""What contacts say of who they are, counted one contact at a time: the values they show and what each is worth."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from omnistaff.identity.evidence import ranks
from omnistaff.identity.normalise import Spelt, blocked_spellings, normalise_one
from omnistaff.plan import Identity

_GIVEN = re.compile(r"[^\W\d]{1,3}")


@dataclass(slots=True)
class Known:
    """What one contact says of its customer: values that may link, given name, one value of each unique kind."""

    at: int
    values: tuple[str, ...]
    name: str
    owners: dict[str, str]


@dataclass(slots=True)
class Value:
    """A value: who showed it, under which given names, beside how many different unique ids, and its worth."""

    kind: str
    is_usable: bool
    members: dict[str, None] = field(default_factory=dict)
    by_name: dict[str, dict[str, None]] = field(default_factory=dict)
    owners: dict[str, Counter[str]] = field(default_factory=dict)
    status: str = "ok"


class Said:
    """What all contacts so far say, by contact and by value; a value's text is its kind and its spelling."""

    def __init__(self, settings: Identity) -> None:
        self.contacts: dict[str, Known] = {}
        self.values: dict[str, Value] = {}
        self._settings = settings
        self._places: dict[str, int] = {}
        self._blocked = blocked_spellings(settings)
        self._spelt: dict[tuple[str, str], Spelt] = {}

    def add(self, contact_id: str, at: int, identifiers: Iterable[tuple[str, str]]) -> list[str]:
        """Note what a contact says; return the values of others whose worth that changes."""
        spelt = {f"{one.kind}\x1f{one.value}": one for one in (self._spell(*pair) for pair in identifiers)}
        links = [text for text in sorted(spelt) if spelt[text].kind not in self._settings.descriptive]
        named = [match[0] for text in sorted(spelt) if (match := self._given(spelt[text]))]
        unique = [text for text in links if spelt[text].kind in self._settings.unique_ids and not spelt[text].reason]
        owners = {spelt[text].kind: text for text in reversed(unique)}
        self.contacts[contact_id] = Known(at, tuple(links), named[0] if named else "", owners)
        flipped = []
        for text in links:
            value = self.values.setdefault(text, Value(spelt[text].kind, not spelt[text].reason))
            value.is_usable &= not spelt[text].reason
            if self._note(contact_id, value, 1) and len(value.members) > 1:
                flipped.append(text)
        return flipped

    def withdraw(self, contact_id: str) -> set[str]:
        """Take back what a contact said; return the contacts with a value whose worth that changes."""
        known = self.contacts.pop(contact_id)
        touched: set[str] = set()
        for text in known.values:
            if self._note(contact_id, self.values[text], -1, known):
                touched.update(self.values[text].members)
        return touched

    def _spell(self, kind: str, raw: str) -> Spelt:
        found = self._spelt.get((kind, raw))
        if found is None:
            found = self._spelt[(kind, raw)] = normalise_one(kind, raw, self._settings, self._blocked)
        return found

    @staticmethod
    def _given(one: Spelt) -> re.Match[str] | None:
        return _GIVEN.match(one.value) if one.kind in ("given_name", "name") else None

    def _note(self, contact_id: str, value: Value, count: int, known: Known | None = None) -> bool:
        """Count a contact in or out of what is known of a value; return whether the value's worth changes."""
        known = known or self.contacts[contact_id]
        for holder in (value.members, value.by_name.setdefault(known.name, {})):
            if count > 0:
                holder[contact_id] = None
            else:
                holder.pop(contact_id, None)
        for kind, owner in known.owners.items():
            seen = value.owners.setdefault(kind, Counter())
            seen[owner] += count
            if not seen[owner]:
                del seen[owner]
        before, value.status = value.status, self._judge(value)
        return before != value.status

    def _judge(self, value: Value) -> str:
        """Return the worth of a value, as ``evidence.judge`` does."""
        if not value.is_usable:
            return "blocked"
        is_unique = value.kind in self._settings.unique_ids
        ids = max((len(seen) for kind, seen in value.owners.items() if kind != value.kind), default=0)
        names = sum(1 for name, members in value.by_name.items() if name and members)
        many = ids > self._settings.max_unique_ids_per_value + is_unique
        return "shared" if many or (names > self._settings.max_names_per_value and not is_unique) else "ok"

    def node(self, contact_id: str, text: str) -> str | None:
        """Return what ties a contact through a value: nothing, the value, or the value with a given name."""
        value, name = self.values[text], self.contacts[contact_id].name
        if value.status == "ok":
            return ""
        return name if value.status == "shared" and name else None

    def tied(self, contact_id: str, text: str) -> str | None:
        """Return another contact that a value ties to this one."""
        name = self.node(contact_id, text)
        if name is None:
            return None
        holders = self.values[text].members if name == "" else self.values[text].by_name[name]
        return next((other for other in holders if other != contact_id), None)

    def unique_ids(self, contact_ids: Iterable[str]) -> dict[str, set[str]]:
        """Return {kind: values} of the usable unique ids that contacts show."""
        found: dict[str, set[str]] = {}
        for contact in contact_ids:
            for text in self.contacts[contact].values:
                if self.values[text].kind in self._settings.unique_ids and self.values[text].is_usable:
                    found.setdefault(self.values[text].kind, set()).add(text)
        return found

    def rank_of(self, text: str) -> int:
        """Return the place of a value among all ties: smaller holds before greater."""
        value = self.values[text]
        if value.kind not in self._places:
            self._places[value.kind] = int(ranks(np.array([value.kind]), self._settings)[0])
        return 2 * self._places[value.kind] + (value.status == "shared")
