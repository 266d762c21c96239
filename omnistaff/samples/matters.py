"""Matters: which contacts are about one thing, whose it is, and how much work it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from omnistaff.samples.people import People, pick_customers
from omnistaff.samples.world import CAME_FROM, FOLLOW_UP_DAYS, FOLLOW_UP_EFFORT, LINE_NAMES, LINES, REASONS


@dataclass(frozen=True)
class Contacts:
    """Every contact in time order, one position each; times are seconds since 1970."""

    line: np.ndarray  # position in LINES
    arrived: np.ndarray
    matter: np.ndarray
    customer: np.ndarray
    reason: np.ndarray  # position in REASONS
    is_follow_up: np.ndarray
    effort_s: np.ndarray  # agent's time; for chats, alone with one customer
    patience_s: np.ndarray
    redial_of: np.ndarray  # position of the contact that hung up, -1 for most

    def __len__(self) -> int:
        return len(self.line)

    def take(self, rows: np.ndarray) -> Contacts:
        """Return the contacts at *rows*."""
        return replace(self, **{name: values[rows] for name, values in vars(self).items()})


def make_contacts(line: np.ndarray, arrived: np.ndarray, people: People, rng: np.random.Generator) -> Contacts:
    """Return arrivals joined to matters: a share of each line's contacts follow up an earlier one.

    A follow-up looks back an exponential time on the line it came from and joins the matter of the contact it
    finds there in its own domain, so matters grow into chains over channels while the arrival rates stay true.
    """
    is_cards = rng.random(len(line)) < np.array([entry.cards_share for entry in LINES])[line]
    parent = _parents(line, arrived, is_cards, rng)
    matter = _roots(parent)
    is_root = matter == np.arange(len(line))
    mail = np.isin(line, [LINE_NAMES.index("email")])
    with_mail = np.zeros(len(line), dtype=bool)
    with_mail[matter[mail]] = True
    customer = np.full(len(line), -1)
    names = np.array(LINE_NAMES)[line[is_root]]
    customer[is_root] = pick_customers(people, names, with_mail[is_root], rng)
    reason = _reasons(is_cards, rng)[matter]
    effort = _efforts(line, reason, ~is_root, rng)
    mean_patience = np.array([entry.patience_s for entry in LINES])[line]
    return Contacts(
        line=line,
        arrived=arrived,
        matter=matter,
        customer=customer[matter],
        reason=reason,
        is_follow_up=~is_root,
        effort_s=effort,
        patience_s=rng.standard_exponential(len(line)) * mean_patience,
        redial_of=np.full(len(line), -1),
    )


def _parents(line: np.ndarray, arrived: np.ndarray, is_cards: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the contact that each follow-up follows, itself for first contacts."""
    share = np.array([entry.follow_up_share for entry in LINES])[line]
    parent = np.arange(len(line))
    follows = np.flatnonzero(rng.random(len(line)) < share)
    wanted = arrived[follows] - rng.exponential(FOLLOW_UP_DAYS * 86_400, len(follows))
    came_from = np.empty(len(follows), dtype=int)
    for k, name in enumerate(LINE_NAMES):
        rows = line[follows] == k
        chances = CAME_FROM[name]
        places = rng.choice(len(chances), rows.sum(), p=np.array(list(chances.values())))
        came_from[rows] = np.array([LINE_NAMES.index(previous) for previous in chances])[places]
    for k in range(len(LINES)):
        for cards in (False, True):
            known = np.flatnonzero((line == k) & (is_cards == cards))
            rows = np.flatnonzero((came_from == k) & (is_cards[follows] == cards))
            before = np.searchsorted(arrived[known], wanted[rows]) - 1
            found = before >= 0
            parent[follows[rows[found]]] = known[before[found]]
    return parent


def _roots(parent: np.ndarray) -> np.ndarray:
    """Return the first contact of each contact's chain, by pointer jumping."""
    roots = parent
    while True:
        further = roots[roots]
        if np.array_equal(further, roots):
            return roots
        roots = further


def _reasons(is_cards: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    reason = np.empty(len(is_cards), dtype=int)
    for domain, rows in (("cards", is_cards), ("accounts", ~is_cards)):
        places = [k for k, entry in enumerate(REASONS) if entry.domain == domain]
        reason[rows] = rng.choice(places, rows.sum(), p=[REASONS[k].share for k in places])
    return reason


def _efforts(line: np.ndarray, reason: np.ndarray, follows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return each contact's effort in seconds: lognormal around the line's mean, longer for hard matters."""
    mean = np.array([entry.effort_s for entry in LINES])[line] * np.array([r.effort_factor for r in REASONS])[reason]
    mean = mean * np.where(follows, FOLLOW_UP_EFFORT, 1.0)
    variance = np.log1p(np.array([entry.effort_cv for entry in LINES])[line] ** 2)
    drawn = np.exp(np.log(mean) - variance / 2 + np.sqrt(variance) * rng.standard_normal(len(line)))
    effort: np.ndarray = np.maximum(np.round(drawn), 8.0)
    return effort
