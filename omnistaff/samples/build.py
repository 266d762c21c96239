"""The demo world in memory: people, contacts, what became of them, and what each contact tells of its customer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from omnistaff.samples.matters import Contacts, make_contacts
from omnistaff.samples.people import People, make_people, pick_customers
from omnistaff.samples.rates import (
    ALL_OF_IT,
    FORESEEN,
    Calendar,
    day_luck,
    draw_arrivals,
    expected_rates,
    make_calendar,
    open_mask,
)
from omnistaff.samples.service import PATIENCE_AGAIN, Duty, Served, effort_shares, serve
from omnistaff.samples.world import LINE_NAMES, LINES, REASONS, Size

#: Two contacts of one customer on WhatsApp nearer than this would be one conversation.
CONVERSATION_GAP_S = 8 * 3600.0
REDIAL_MEAN_S = 240.0
STAY_AFTER_CLOSING_S = 900.0
SHORT_ABANDON_S = 5.0


@dataclass(frozen=True)
class World:
    """The demo bank's half-year: contacts in time order with their outcome, and the truth behind them."""

    size: Size
    calendar: Calendar
    people: People
    contacts: Contacts
    answered: np.ndarray  # seconds since 1970, NaN if not served
    ended: np.ndarray
    left: np.ndarray  # when the customer gave up, NaN if served
    duty_number: np.ndarray  # which agent on duty, -1 if not served
    agent_s: np.ndarray  # agent's own time: chats share it
    rates: np.ndarray  # true expected contacts by line and interval, redials left out

    def rows_of(self, *lines: str) -> np.ndarray:
        """Return the positions of the contacts of *lines*, in time order."""
        return np.flatnonzero(np.isin(self.contacts.line, [LINE_NAMES.index(name) for name in lines]))

    @property
    def last_second(self) -> float:
        """The end of history: what is not done by then is open in the logs."""
        return float(self.calendar.seconds[-1]) + 1800.0


def build_world(size: Size, rng: np.random.Generator) -> World:
    """Return the world of *size*: rates, arrivals, matters, customers, service."""
    calendar = make_calendar(size)
    planned = expected_rates(calendar, size, FORESEEN)
    rates = expected_rates(calendar, size, ALL_OF_IT) * day_luck(calendar, rng)[:, calendar.day]
    line, arrived = draw_arrivals(rates, calendar, rng)
    people = make_people(size.customers, (calendar.seconds[0], calendar.seconds[-1]), rng)
    contacts = _part_conversations(make_contacts(line, arrived, people, rng), people, rng)
    served = [_serve_line(k, contacts, planned[k], calendar, rng) for k in range(len(LINES))]
    return _gather(size, calendar, people, contacts, served, rates)


def _part_conversations(contacts: Contacts, people: People, rng: np.random.Generator) -> Contacts:
    """Return *contacts* with WhatsApp contacts too near to the number's last one given to another customer."""
    line = LINE_NAMES.index("whatsapp")
    rows = np.flatnonzero(contacts.line == line)
    customer, matter = contacts.customer.copy(), contacts.matter.copy()
    for _ in range(50):
        number = people.mobile_at(customer[rows], contacts.arrived[rows])
        by_number = np.lexsort((contacts.arrived[rows], number))
        order = rows[by_number]
        same = np.diff(number[by_number]) == 0
        near = np.diff(contacts.arrived[order]) < CONVERSATION_GAP_S
        clash = order[1:][same & near]
        if not len(clash):
            break
        customer[clash] = pick_customers(people, np.full(len(clash), "whatsapp"), np.zeros(len(clash), bool), rng)
        matter[clash] = len(contacts) + clash
    first = np.zeros(len(contacts), dtype=bool)
    first[np.unique(matter, return_index=True)[1]] = True
    return replace(contacts, customer=customer, matter=matter, is_follow_up=~first)


def _serve_line(
    k: int, contacts: Contacts, planned: np.ndarray, calendar: Calendar, rng: np.random.Generator
) -> tuple[np.ndarray, Served]:
    """Return (positions, outcome) of the contacts of line *k*."""
    line = LINES[k]
    rows = np.flatnonzero(contacts.line == k)
    gap = rng.exponential(REDIAL_MEAN_S, len(rows)) + 15.0
    gap[rng.random(len(rows)) >= line.redial_share] = np.inf
    duty = _duty(k, planned, calendar, rng)
    return rows, serve(contacts.arrived[rows], contacts.patience_s[rows], contacts.effort_s[rows], gap, duty)


def _duty(k: int, planned: np.ndarray, calendar: Calendar, rng: np.random.Generator) -> Duty:
    """Return the agents the bank had on duty: square-root staffing on the planned load, now and then one off."""
    line = LINES[k]
    is_open = open_mask(line.hours, calendar)
    mean_effort = line.effort_s * sum(
        r.share * r.effort_factor * (line.cards_share if r.domain == "cards" else 1 - line.cards_share)
        for r in REASONS
    )
    work = planned
    if line.arrivals:  # work that came while closed is spread over the next opening
        opening = np.cumsum(np.diff(is_open.astype(int), prepend=0) == 1)
        total = np.bincount(opening, planned)
        work = (total / np.maximum(np.bincount(opening, is_open), 1))[opening]
    load = work * mean_effort * 1.04 / 1800 / (1 + 0.6 * (line.slots - 1))
    surprise = rng.choice([-1, 0, 1], len(load) // 6 + 1, p=[0.12, 0.76, 0.12]).repeat(6)[: len(load)]
    agents = np.maximum(np.ceil(load + line.staffing_factor * np.sqrt(load)) + surprise, 1) * is_open
    times = calendar.seconds + np.where(is_open, 0.0, STAY_AFTER_CLOSING_S)
    return Duty(times, agents.astype(int), line.slots)


def _gather(
    size: Size, calendar: Calendar, people: People, contacts: Contacts, served: list[tuple[np.ndarray, Served]],
    rates: np.ndarray,
) -> World:  # fmt: skip
    """Return the world with every line's outcomes in one order of time, redials among them."""
    source = np.concatenate([np.concatenate([rows, rows[s.redial_of]]) for rows, s in served])
    everything = contacts.take(source)
    arrived = np.concatenate([np.concatenate([contacts.arrived[rows], s.arrived]) for rows, s in served])
    redial = np.concatenate(
        [np.concatenate([np.zeros(len(rows), bool), np.ones(len(s.arrived), bool)]) for rows, s in served]
    )
    answered, ended, left = (
        np.concatenate([getattr(s, name) for _, s in served]) for name in ("answered", "ended", "left")
    )
    agent = np.concatenate([s.agent for _, s in served])
    order = np.lexsort((everything.line, arrived))
    place = np.full(len(contacts), -1)
    originals = np.flatnonzero(~redial[order])
    place[source[order][originals]] = originals
    joined = replace(
        everything,
        arrived=arrived,
        patience_s=np.where(redial, PATIENCE_AGAIN, 1.0) * everything.patience_s,
        redial_of=np.where(redial, place[source], -1),
        is_follow_up=everything.is_follow_up | redial,
    ).take(order)
    answered, ended, left, agent = answered[order], ended[order], left[order], agent[order]
    return World(
        size,
        calendar,
        people,
        joined,
        answered,
        ended,
        left,
        agent,
        _agent_time(joined, answered, ended, agent),
        rates,
    )


def _agent_time(contacts: Contacts, answered: np.ndarray, ended: np.ndarray, agent: np.ndarray) -> np.ndarray:
    """Return seconds of agent time: the effort itself, or an agent's share of a chat among chats."""
    result = np.where(agent >= 0, contacts.effort_s, np.nan)
    for k, line in enumerate(LINES):
        if line.slots > 1:
            rows = np.flatnonzero((contacts.line == k) & (agent >= 0))
            result[rows] = effort_shares(agent[rows], answered[rows], ended[rows])
    return result
