"""The part of a history that a model learns from: whole days, gaps filled, special days told apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit

from omnistaff.forecast.calendar import MONTHLY_FROM_DAYS, YEARLY_FROM_DAYS
from omnistaff.forecast.days import BoolArray, Days, FloatArray, IntArray

# How much evidence, in days, it takes for an effect to be believed by half.
LEVEL_RIDGE = 0.02  # of a weekday
TERM_RIDGES = np.array([1.0, 0.3, 0.3, 0.3, 200.0])  # kinds of special days, catch-up, drivers, month, year
NEAR_DAYS = 15.0  # open days after which a day tells half as much of another's usual volume
MIN_SEEN_SHARE = 0.5  # a day with fewer known slots teaches nothing


@dataclass(frozen=True)
class Training:
    """What is known at an origin.

    ``rows`` are the days learnt from, ``full`` their counts without gaps (0 in slots that their weekday never has),
    ``is_whole`` whether none had to be filled, ``total`` the sums of these by day, ``like`` the weekday each day (all
    of them) behaves like, but for the share ``kept`` of its own weekday, ``seen`` weekday × slot: ever observed.
    ``design`` holds the regression's columns for all days, weekdays first, ``ridge`` how much each is shrunk.
    ``place`` counts open days: time passes only on those, for memory and for forgetting.
    """

    origin: int
    rows: IntArray
    full: FloatArray
    is_whole: bool
    total: FloatArray
    like: IntArray
    kept: FloatArray
    seen: BoolArray
    design: FloatArray
    ridge: FloatArray
    place: IntArray

    @cached_property
    def known(self) -> FloatArray:
        """Return the columns of the training days."""
        return self.design[self.rows]

    def decay(self, half_life_days: float) -> FloatArray:
        """Return the weight of each training day by age in open days."""
        age = self.place[self.origin - 1] - self.place[self.rows]
        return np.asarray(np.exp2(age / -half_life_days), dtype=np.float64)

    def steps_ahead(self, steps: int) -> IntArray:
        """Return how many open days each of the next *steps* days is after the last training day."""
        ahead = self.place[self.origin : self.origin + steps] - self.place[self.rows[-1]]
        return np.asarray(np.maximum(ahead, 1))


def make_training(days: Days, origin: int) -> Training:
    """Return what can be learnt at *origin*: only rows of ``counts`` before it are read."""
    known, expected = days.known[:origin], np.maximum(days.expected[:origin], 1)
    rows = np.flatnonzero(known >= np.maximum(MIN_SEEN_SHARE * expected, 1)).astype(np.int64)
    usual = np.bincount(days.calendar.weekday[rows[days.calendar.ordinary[rows]]], minlength=7) > 0
    like = _like_weekdays(days, usual)
    full, is_whole, seen = _whole_days(days, rows, like[rows])
    total = full.sum(axis=1)
    kept = _kept_shares(days, rows, np.log(total + 1), like, usual)
    design, ridge = _regression_columns(days, origin, rows, like, kept)
    return Training(origin, rows, full, is_whole, total, like, kept, seen, design, ridge, days.place)


def _like_weekdays(days: Days, usual: BoolArray) -> IntArray:
    """Return the weekday each day behaves like: holidays as the rest day, eves as the short day where there is one.

    A special day keeps its own weekday when the other one was never seen on a *usual* day.
    """
    like = days.calendar.weekday.copy()
    for special, resembled in days.calendar.moved:
        if resembled >= 0 and usual[resembled]:
            like[special] = resembled
    return like


def _whole_days(days: Days, rows: IntArray, like: IntArray) -> tuple[FloatArray, bool, BoolArray]:
    """Return (counts of *rows* with gaps filled, whether there was none, weekday × slot: ever observed)."""
    slots = days.counts.shape[1]
    seen = np.zeros((7, slots), dtype=bool)
    whole = days.known[rows] == slots
    seen[like[whole]] = True
    if whole.all():
        together = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
        full = days.counts[rows[0] : rows[-1] + 1] if together else days.counts[rows]
        return np.ascontiguousarray(full), True, seen
    full = days.counts[rows]
    for weekday in range(7):
        seen[weekday] |= ~np.isnan(full[~whole & (like == weekday)]).all(axis=0)
    return _fill_gaps(full, like, seen), False, seen


def _kept_shares(days: Days, rows: IntArray, volume: FloatArray, like: IntArray, usual: BoolArray) -> FloatArray:
    """Return the share of its own weekday that each day keeps, 0 where it is like that weekday anyway.

    Past holidays, and past eves, tell theirs: how far their log *volume* lies from that of the like weekday near them
    towards that of their own, by least squares, with one such day's worth of belief in none.
    """
    own, kept = days.calendar.weekday, np.zeros(len(like))
    for special, _ in days.calendar.moved:
        moved = special & (like != own) & usual[own]
        past = np.flatnonzero(moved[rows])
        if not len(past):
            continue
        places = days.place[rows], past, own[rows], like[rows]
        of_like, of_own = _near_means(*places, days.calendar.ordinary[rows], volume)
        apart, towards = of_own - of_like, volume[past] - of_like
        squares = float((apart**2).sum())
        if squares > 0:
            share = float((apart * towards).sum()) / (squares + squares / len(past))
            kept[moved] = min(max(share, 0.0), 1.0)
    return kept


@njit(cache=True)
def _near_means(place, past, own, like, ordinary, values):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return (usual values near each *past* day of the weekday it is like, of its own weekday): 2 × past.

    Ordinary days tell, half as much every NEAR_DAYS open days away.
    """
    weight, total = np.full((2, len(past)), 1e-12), np.zeros((2, len(past)))
    for number, day in enumerate(past):
        for other in range(len(own)):
            if ordinary[other] and own[other] in (like[day], own[day]):
                near = 0.5 ** (abs(place[day] - place[other]) / NEAR_DAYS)
                of = 0 if own[other] == like[day] else 1
                weight[of, number] += near
                total[of, number] += near * values[other]
    return total / weight


def _fill_gaps(counts: FloatArray, like: IntArray, seen: BoolArray) -> FloatArray:
    """Return counts with gaps filled by the weekday's mean profile, scaled to what the day shows."""
    gap = np.isnan(counts)
    if not gap.any():
        return counts
    full = np.nan_to_num(counts)
    for weekday in np.unique(like[gap.any(axis=1)]):
        rows = like == weekday
        number = np.maximum((~gap[rows]).sum(axis=0), 1)
        mean = np.where(seen[weekday], full[rows].sum(axis=0) / number, 0.0)
        expected = (mean * ~gap[rows]).sum(axis=1)
        factor = np.divide(full[rows].sum(axis=1), expected, out=np.ones(rows.sum()), where=expected > 0)
        full[rows] = np.where(gap[rows], factor[:, None] * mean, full[rows])
    return full


def _regression_columns(
    days: Days, origin: int, rows: IntArray, like: IntArray, kept: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return (columns, ridge): weekdays, kinds of special days, catch-up, drivers; month and year where known."""
    weekdays = np.flatnonzero(np.bincount(like[rows]))
    known = origin - rows[0] if len(rows) else 0
    number = 3 + int(known >= MONTHLY_FROM_DAYS) + int(known >= YEARLY_FROM_DAYS)
    terms, block = days.calendar.terms
    used = int(np.searchsorted(block, number))
    ridge = np.concatenate([np.full(len(weekdays), LEVEL_RIDGE), TERM_RIDGES[block[:used]]])
    columns = np.empty((len(like), len(ridge)))
    columns[:, len(weekdays) :] = terms[:, :used]
    levels = columns[:, : len(weekdays)]
    levels[:] = like[:, None] == weekdays
    mixed = np.flatnonzero(kept)
    share = kept[mixed, None]
    levels[mixed] = (1 - share) * levels[mixed] + share * (days.calendar.weekday[mixed, None] == weekdays)
    return columns, ridge


def borrow_unseen(forecast: FloatArray, training: Training, days: Days) -> FloatArray:
    """Return *forecast* (days from the origin × slots) with slots that the like weekday never had filled in.

    Such a slot takes the mean of the other weekdays' counts there, scaled to the day's level in the slots that both
    have; a slot that no weekday ever had takes the nearest one's value.
    """
    steps = len(forecast)
    ahead = slice(training.origin, training.origin + steps)
    seen = training.seen[training.like[ahead]]
    lacking = days.wanted[ahead] & ~seen
    if not lacking.any() or not len(training.rows):
        return forecast
    like = training.like[training.rows]
    cover = training.seen[like]
    pooled = training.full.sum(axis=0) / np.maximum(cover.sum(axis=0), 1)
    have = np.flatnonzero(training.seen.any(axis=0))
    nearest = have[np.abs(have[None, :] - np.arange(len(pooled))[:, None]).argmin(axis=1)]
    pooled = pooled[nearest]
    base = (pooled * seen).sum(axis=1)
    level = np.divide((forecast * seen).sum(axis=1), base, out=np.ones(steps), where=base > 0)
    return np.where(lacking, level[:, None] * pooled, forecast)
