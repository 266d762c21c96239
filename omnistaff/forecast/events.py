"""The plan's events: what they did in the past, kept out of the base level, and what they will do, as draws."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.lifts import (
    SIZE,
    LiftPrior,
    draw_thetas,
    fit_lift,
    lift_curve,
    pool_events,
    weigh,
    wide_prior,
)
from omnistaff.forecast.models.profile import Profile
from omnistaff.forecast.stated import event_base, scale_to_stated, stated_shape
from omnistaff.plan import Plan, Queue
from omnistaff.plan.calendar import Event

DAY, LEVEL = 0.04**2, 0.035**2  # variances of a day's and of the base level's relative error while an event runs
LIFTING = ("launch", "campaign", "other")
LEAST_SEEN_DAYS = 7  # of an event that runs, before others are said to be like it
LEAST_BASE_DAYS = 7  # known days free of events, by which those that have begun can be told from the base


@dataclass(frozen=True)
class Lifted:
    """The history without events, and what events multiply the days after it by: draws × days, 1 is nothing."""

    days: Days
    factors: FloatArray


@dataclass(frozen=True)
class Learnt:
    """What a queue's history tells of its events, by their place in the plan.

    ``clean`` is the history without outages. ``lifting`` are the events that can be told from the base, whose
    expected totals of every day are ``base``. ``fitted`` are those seen, over or for a week: logs of size,
    half-life and rise + 1.
    """

    clean: Days
    lifting: dict[int, Event]
    base: FloatArray
    fitted: dict[int, FloatArray]


def treat_events(
    days: Days,
    queue: Queue,
    plan: Plan,
    *,
    volumes: Mapping[str, float],
    analogues: Mapping[int, FloatArray] = MappingProxyType({}),
) -> Lifted:
    """Return the queue's history freed of the plan's events and the factors of running and coming ones.

    Days of outages, and days of an event that still runs, are not learnt from: the level must not chase them. Counts
    of events that are over are divided by their fitted lift. A coming event's prior is, in this order: the stated
    extra volume, its analogue, past events of its kind, the wide shipped prior. *volumes* are the queues' usual
    volumes, by which a stated volume is shared out among the event's queues; *analogues* are events fitted on other
    queues, by their place in the plan. A draw of an event is the same one in all its queues: a launch larger than
    thought is larger for all of them.
    """
    origin = days.history
    learnt = learn_events(days, queue, plan)
    clean, factors = learnt.clean, np.ones((1, len(days.dates) - origin))
    past = {place: theta for place, theta in learnt.fitted.items() if _is_over(learnt.lifting[place], days)}
    known = {**analogues, **learnt.fitted}
    for place, event in learnt.lifting.items():
        if place in past:
            clean = _repair(clean, event, past[place])
        elif days.row(event.last_day) >= origin:
            rng = _rng_of(place, plan)
            all_queues = learnt.base * _scale(event, queue.name, volumes)
            curves = _curves(event, clean, all_queues, event_prior(place, plan, known, past), rng)
            factors = factors * (1 + _given_seen(event, clean, learnt.base, curves, rng))
    running = [event for place, event in learnt.lifting.items() if place not in past]
    return Lifted(_drop(clean, running, origin), factors)


def learn_events(days: Days, queue: Queue, plan: Plan) -> Learnt:
    """Return what *days* tell of the events of a queue.

    Where hardly a day is free of events, those that have begun are taken for the queue's usual level.
    """
    origin = days.history
    clean = _drop(days, list(_events_of(queue, plan, ("outage",)).values()), origin)
    lifting = _events_of(queue, plan, LIFTING)
    lifting = {place: event for place, event in lifting.items() if days.row(event.start) < len(days.dates)}
    if not lifting:
        return Learnt(clean, {}, np.zeros(0), {})
    free = _drop(clean, list(lifting.values()), origin)
    if np.isfinite(free.counts).any(axis=1).sum() < LEAST_BASE_DAYS:
        lifting = {place: event for place, event in lifting.items() if days.row(event.start) >= origin}
        free = clean
    base = base_totals(free)
    found = {place: _fit(event, clean, base) for place, event in lifting.items() if days.row(event.start) >= 0}
    return Learnt(clean, lifting, base, {place: theta for place, theta in found.items() if theta is not None})


def _events_of(queue: Queue, plan: Plan, kinds: tuple[str, ...]) -> dict[int, Event]:
    """Return the events of some *kinds* that touch a queue, by their place in the plan."""
    return {
        place: event
        for place, event in enumerate(plan.calendar.events)
        if event.kind in kinds and event.touches(queue.name)
    }


def _rng_of(place: int, plan: Plan) -> np.random.Generator:
    """Return the generator of the plan's event at *place*: the same in all its queues, whenever it starts."""
    names = [event.name for event in plan.calendar.events]
    earlier = names[:place].count(names[place])  # a campaign is repeated under one name, its luck is not
    return np.random.default_rng([plan.seed, zlib.crc32(names[place].encode()), earlier])


def _scale(event: Event, queue: str, volumes: Mapping[str, float]) -> float:
    """Return the volume of all the event's queues as a multiple of this one's."""
    own = volumes.get(queue, 0.0)
    touched = sum(volume for name, volume in volumes.items() if event.touches(name))
    return touched / own if own > 0 else 1.0


def base_totals(days: Days) -> FloatArray:
    """Return the expected total of every day, past and to come, without events (*days* has theirs left out)."""
    return Profile().totals(days, days.history)


def event_prior(place: int, plan: Plan, known: Mapping[int, FloatArray], past: Mapping[int, FloatArray]) -> LiftPrior:
    """Return the prior of the lift of the plan's event at *place*, before its own days are looked at.

    Events fitted so far are *known*, those that are over *past*, both by place.
    """
    events = plan.calendar.events
    event = events[place]
    wide = wide_prior(event.half_life_days)
    if event.volume is not None:
        return stated_shape(wide)
    named = [known[k] for k in sorted(known) if k != place and events[k].name == event.analogue]
    alike = named or [past[k] for k in sorted(past) if events[k].kind == event.kind]
    return pool_events(np.array(alike), wide) if alike else wide


def _rows(event: Event, days: Days) -> tuple[int, int]:
    """Return (first row, row after the last) of an event, within *days*; the first may lie before them."""
    return days.row(event.start), min(days.row(event.last_day) + 1, len(days.dates))


def _is_over(event: Event, days: Days) -> bool:
    return days.row(event.last_day) < days.history


def _drop(days: Days, events: list[Event], origin: int) -> Days:
    """Return *days* with the counts of event days unknown."""
    counts = days.counts.copy()
    for event in events:
        first, end = _rows(event, days)
        counts[max(first, 0) : max(min(end, origin), 0)] = np.nan
    return replace(days, counts=counts) if events else days


def _measured(event: Event, days: Days, base: FloatArray) -> FloatArray:
    """Return actual / base of each day of the event so far, NaN where the day is closed or not whole."""
    first, end = _rows(event, days)
    window = slice(max(first, 0), min(end, days.history))
    wanted = days.wanted[window]
    whole = wanted.any(axis=1) & ~(np.isnan(days.counts[window]) & wanted).any(axis=1)
    total = np.nansum(days.counts[window], axis=1)
    return np.where(whole & (base[window] > 0), total / np.maximum(base[window], 1e-9), np.nan)


def _fit(event: Event, days: Days, base: FloatArray) -> FloatArray | None:
    """Return the most likely theta of an event, None when no day was seen, or less than a week of a running one."""
    lift = _measured(event, days, base) - 1
    if np.isnan(lift).all() or not (_is_over(event, days) or len(lift) >= LEAST_SEEN_DAYS):
        return None
    return fit_lift(lift, wide_prior(event.half_life_days), event.lasting_share)


def _repair(days: Days, event: Event, theta: FloatArray) -> Days:
    """Return *days* with the counts of a past event divided by its fitted lift; what lasts is the new level."""
    first, end = _rows(event, days)
    counts = days.counts.copy()
    lift = lift_curve(theta, np.arange(end - first, dtype=np.float64), event.lasting_share)
    stays = event.lasting_share * np.exp(theta[SIZE])
    counts[first:end] *= ((1 + stays) / (1 + lift))[:, None]
    return replace(days, counts=counts)


def _curves(event: Event, days: Days, base: FloatArray, prior: LiftPrior, rng: np.random.Generator) -> FloatArray:
    """Return draws × all days of the event's lift; *base* are usual totals of all its queues."""
    clock = np.arange(len(days.dates), dtype=np.float64) - days.row(event.start)
    thetas = draw_thetas(prior, rng)
    curves = lift_curve(thetas, clock, event.lasting_share)
    if not event.lasting_share:
        curves[:, max(_rows(event, days)[1], 0) :] = 0.0
    if event.volume is None:
        return curves
    return curves * scale_to_stated(event, thetas, event_base(event, days, base), rng)[:, None]


def _given_seen(
    event: Event, days: Days, base: FloatArray, curves: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Return draws × days after the history of an event's lift, given the days of it that were seen.

    Draws that were re-weighed are picked in the order of what they still bring, so that the same chance picks the
    like in another queue.
    """
    first, origin = days.row(event.start), days.history
    if first < origin:
        seen = slice(max(first, 0), origin)
        weights = weigh(curves[:, seen], _measured(event, days, base), DAY, LEVEL)
        order = np.argsort(curves[:, origin:].sum(axis=1))
        curves = curves[order[rng.choice(len(curves), len(curves), p=weights[order])]]
    return curves[:, origin:]
