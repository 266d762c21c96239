"""The part of a history that a model learns from: whole days, gaps filled, special days told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.calendar import MONTHLY_FROM_DAYS, YEARLY_FROM_DAYS, Kind
from omnistaff.forecast.days import BoolArray, Days, FloatArray, IntArray

# How much evidence, in days, it takes for an effect to be believed by half.
WEEKDAY_RIDGE = 0.02
KIND_RIDGE = 1.0
TERM_RIDGE = 0.3
YEAR_RIDGE = 200.0
NEAR_DAYS = 15.0  # open days after which a day tells half as much of another's usual volume
MIN_SEEN_SHARE = 0.5  # a day with fewer known slots teaches nothing


@dataclass(frozen=True)
class Training:
    """What is known at an origin.

    ``rows`` are the days learnt from, ``full`` their counts without gaps (0 in slots that their weekday never has),
    ``like`` the weekday each day (all of them) behaves like, but for the share ``kept`` of its own weekday, ``seen``
    weekday × slot: ever observed.
    ``levels`` and ``terms`` are the regression's columns for all days. ``place`` counts open days: time passes only
    on those, for memory and for forgetting.
    """

    origin: int
    rows: IntArray
    full: FloatArray
    like: IntArray
    kept: FloatArray
    seen: BoolArray
    levels: FloatArray
    terms: FloatArray
    ridge: FloatArray
    place: IntArray

    def decay(self, half_life_days: float) -> FloatArray:
        """Return the weight of each training day by age in open days."""
        age = self.place[self.origin - 1] - self.place[self.rows]
        return np.asarray(0.5 ** (age / half_life_days), dtype=np.float64)

    def steps_ahead(self, steps: int) -> IntArray:
        """Return how many open days each of the next *steps* days is after the last training day."""
        ahead = self.place[self.origin : self.origin + steps] - self.place[self.rows[-1]]
        return np.asarray(np.maximum(ahead, 1))


def make_training(days: Days, origin: int) -> Training:
    """Return what can be learnt at *origin*: only rows of ``counts`` before it are read."""
    past = days.counts[:origin]
    known = ~np.isnan(past)
    expected = np.maximum(np.count_nonzero(days.wanted[:origin], axis=1), 1)
    rows = np.flatnonzero(np.count_nonzero(known, axis=1) >= np.maximum(MIN_SEEN_SHARE * expected, 1)).astype(
        np.int64
    )
    like = like_weekdays(days, rows)
    on = (like[rows] == np.arange(7)[:, None]).astype(np.float64)
    seen = on @ known[rows] > 0
    place = np.cumsum(days.wanted.any(axis=1)).astype(np.int64)
    full = _fill_gaps(past[rows], like[rows], seen)
    kept = _kept_shares(days, rows, np.log(full.sum(axis=1) + 1), like, place)
    weekdays = np.unique(like[rows])[None, :]
    levels = (like[:, None] == weekdays) * (1 - kept[:, None])
    levels += (days.calendar.weekday[:, None] == weekdays) * kept[:, None]
    terms, ridge = _terms(days, origin, rows)
    return Training(origin, rows, full, like, kept, seen, levels, terms, ridge, place)


def like_weekdays(days: Days, rows: IntArray) -> IntArray:
    """Return the weekday each day behaves like: holidays as the rest day, eves as the short day where there is one.

    A special day keeps its own weekday when the other one was never seen in *rows* of history.
    """
    calendar = days.calendar
    like = calendar.weekday.copy()
    ordinary = rows[calendar.kind[rows] == Kind.ORDINARY]
    known = set(np.unique(calendar.weekday[ordinary]).tolist())
    if calendar.rest_day in known:
        like[calendar.kind == Kind.HOLIDAY] = calendar.rest_day
    if calendar.short_day in known:
        like[calendar.kind == Kind.EVE] = calendar.short_day
    return like


def _kept_shares(days: Days, rows: IntArray, volume: FloatArray, like: IntArray, place: IntArray) -> FloatArray:
    """Return the share of its own weekday that each day keeps, 0 where it is like that weekday anyway.

    Past holidays, and past eves, tell theirs: how far their log *volume* lies from that of the like weekday near them
    towards that of their own, by least squares, with one such day's worth of belief in none.
    """
    own, kept = days.calendar.weekday, np.zeros(len(like))
    ordinary = days.calendar.kind[rows] == Kind.ORDINARY
    for kind in (Kind.EVE, Kind.HOLIDAY):
        moved = (days.calendar.kind == kind) & (like != own) & np.isin(own, own[rows[ordinary]])
        past = np.flatnonzero(moved[rows])
        if not len(past):
            continue
        near = 0.5 ** (np.abs(place[rows[past], None] - place[rows]) / NEAR_DAYS) * ordinary
        usual = [_near_mean(near * (own[rows] == day[rows[past], None]), volume) for day in (like, own)]
        apart, towards = usual[1] - usual[0], volume[past] - usual[0]
        squares = float((apart**2).sum())
        if squares > 0:
            share = float((apart * towards).sum()) / (squares + squares / len(past))
            kept[moved] = min(max(share, 0.0), 1.0)
    return kept


def _near_mean(weight: FloatArray, values: FloatArray) -> FloatArray:
    """Return the mean of *values* under each row of weights."""
    return np.asarray(weight @ values / np.maximum(weight.sum(axis=1), 1e-12))


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


def _terms(days: Days, origin: int, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return (columns, ridge): kinds of special days, catch-up, drivers; month and year where they are known."""
    calendar = days.calendar
    kinds = [(calendar.kind == kind).astype(np.float64) for kind in Kind if kind != Kind.ORDINARY]
    known = origin - rows[0] if len(rows) else 0
    blocks = [(np.column_stack(kinds), KIND_RIDGE), (calendar.catch_up, TERM_RIDGE)]
    if known >= MONTHLY_FROM_DAYS:
        blocks.append((calendar.monthly, TERM_RIDGE))
    blocks.append((calendar.drivers, TERM_RIDGE))
    if known >= YEARLY_FROM_DAYS:
        blocks.append((calendar.yearly, YEAR_RIDGE))
    ridge = [np.full(block.shape[1], believed) for block, believed in blocks]
    return np.hstack([block for block, _ in blocks]), np.concatenate(ridge)


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
