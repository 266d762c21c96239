"""Weekly shift selection: 62,832 combinations of shift and breaks, a linear bound and a whole-number solution.

Seven days of quarter hours around the clock, three contracts (8.5 h with three breaks, 6 h and 4 h with one), starts
on the half hour, every break anywhere in its window, 11 h rest, at most five (five, four) days a week. A missing
quarter hour costs 6, one too many 1, a paid one 1. Breaks are implicit (Aykin): one variable for each shift and
place of a break. The bound is that linear program. The whole-number solution is made from it day by day: an integer
program of one day's shifts and breaks near the linear ones, the days solved before as chosen, the others as in the
linear program; then each day is solved once more between its neighbours. Two days are solved at a time, one a core.
Every rule and the cost are counted again from the numbers alone. *seconds* is the wall clock that each of the 14
small programs may use.

    python benchmarks/schedule_weekly.py [agents 300] [seed 1] [seconds 4]
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import numpy as np

from omnistaff.schedule.solve import Limits, Solution, add_variables, new_problem, solve, weighted_sum

DAYS, QUARTERS, STEP, REST = 7, 96, 2, 44
SLOTS = DAYS * QUARTERS + 40
UNDER, OVER, PAY = 6.0, 1.0, 1.0
CONTRACTS = (  # share, quarters, days a week, breaks (first, last, quarters)
    (0.65, 34, 5, ((6, 10, 1), (14, 20, 2), (24, 28, 1))), (0.2, 24, 5, ((8, 14, 2),)), (0.15, 16, 4, ((6, 10, 1),)),
)  # fmt: skip
STARTS = range(0, QUARTERS, STEP)
BREAKS = [
    (k, s, b, p)
    for k, (_, _, _, breaks) in enumerate(CONTRACTS)
    for s in range(len(STARTS))
    for b, (first, last, _) in enumerate(breaks)
    for p in range(first, last + 1)
]
PAIRS = ((0, 3), (1, 4), (2, 5), (6,))  # days solved side by side
NEAR = ((0, 1), (1, 1))  # by how much starts and breaks may differ from the solution before, round by round


def head_counts(agents: int) -> list[int]:
    """Return how many people have each contract."""
    return [round(share * agents) for share, *_ in CONTRACTS]


def make_need(agents: int, seed: int) -> np.ndarray:
    """Return the need by slot: two peaks a day, quieter weekends, 93 % of what everybody can work."""
    rng = np.random.default_rng(seed)
    hours = np.arange(QUARTERS) / 4
    day = 0.05 + np.exp(-(((hours - 10.5) / 2.6) ** 2)) + 0.85 * np.exp(-(((hours - 15.5) / 3) ** 2))
    week = np.concatenate([share * day for share in (1.15, 1.05, 1, 1, 0.95, 0.6, 0.5)]) * rng.normal(1, 0.04, 672)
    able = sum(
        count * days * (span - sum(length for *_, length in breaks))
        for count, (_, span, days, breaks) in zip(head_counts(agents), CONTRACTS, strict=True)
    )
    return np.concatenate([np.round(week / week.sum() * 0.93 * able), np.zeros(SLOTS - 672)])


def too_close(k: int, early: int) -> list[int]:
    """Return the starts of the day before that rest forbids with a start up to number *early*."""
    span = CONTRACTS[k][1]
    return [r for r in range(len(STARTS)) if STARTS[r] + span + REST > QUARTERS + STARTS[early]]


@dataclass
class Choice:
    """How many people begin when, and where their breaks are."""

    begun: np.ndarray = field(default_factory=lambda: np.zeros((DAYS, len(CONTRACTS), len(STARTS))))
    placed: np.ndarray = field(default_factory=lambda: np.zeros((DAYS, len(BREAKS))))

    def cover(self, days: range) -> np.ndarray:
        """Return the people at work by slot of the shifts of *days*."""
        heads = np.zeros(SLOTS)
        for d in days:
            for k, (_, span, *_) in enumerate(CONTRACTS):
                for s, count in enumerate(self.begun[d, k]):
                    heads[d * QUARTERS + STARTS[s] :][:span] += count
            for (k, s, b, p), count in zip(BREAKS, self.placed[d], strict=True):
                heads[d * QUARTERS + STARTS[s] + p :][: CONTRACTS[k][3][b][2]] -= count
        return heads

    def cost(self, need: np.ndarray) -> float:
        """Return what is paid, missing and too much."""
        heads = self.cover(range(DAYS))
        return (
            PAY * heads.sum() + UNDER * np.maximum(need - heads, 0).sum() + OVER * np.maximum(heads - need, 0).sum()
        )

    def with_day(self, d: int, other: Choice) -> Choice:
        """Return the week with day *d* as in another."""
        choice = Choice(self.begun.copy(), self.placed.copy())
        choice.begun[d], choice.placed[d] = other.begun[d], other.placed[d]
        return choice

    def broken(self, counts: list[int]) -> list[str]:
        """Return every rule that is broken, in words."""
        return list(_broken(self, counts))


def _broken(choice: Choice, counts: list[int]) -> Iterator[str]:
    for name, numbers in (("starts", choice.begun), ("breaks", choice.placed)):
        if (np.abs(numbers - np.round(numbers)) > 1e-6).any() or (numbers < -1e-6).any():
            yield f"{name} are no whole numbers"
    placed: dict[tuple[int, int, int], np.ndarray] = {}
    for n, (k, s, b, _) in enumerate(BREAKS):
        placed[k, s, b] = placed.get((k, s, b), 0) + choice.placed[:, n]
    for (k, s, b), number in placed.items():
        if (np.abs(number - choice.begun[:, k, s]) > 1e-6).any():
            yield f"contract {k} from start {s} on lacks break {b}"
    for k, (count, (_, _, days, _)) in enumerate(zip(counts, CONTRACTS, strict=True)):
        begun = choice.begun[:, k]
        if begun.sum() > count * days + 1e-6 or (begun.sum(axis=1) > count + 1e-6).any():
            yield f"contract {k} works too often"
        for s in range(len(STARTS)):
            late = begun[:-1, too_close(k, s)].sum(axis=1)
            if (late + begun[1:, : s + 1].sum(axis=1) > count + 1e-6).any():
                yield f"contract {k} rests too little before start {s}"


class Model:
    """The program over the shifts and breaks of *days*; other days are as in *beside*."""

    def __init__(self, need: np.ndarray, counts: list[int], days: range, beside: Choice | None = None) -> None:
        self.days, self.counts, self.beside = days, counts, beside or Choice()
        self.is_integer = beside is not None
        self.problem, self.cost = new_problem("week"), []
        others = [d for d in range(DAYS) if d not in days]
        self.left = need - sum((self.beside.cover(range(d, d + 1)) for d in others), np.zeros(SLOTS))
        self.terms: list[list[tuple[Any, float]]] = [[] for _ in range(SLOTS)]
        self.begun = {(d, k): self._starts(d, k) for d in days for k in range(len(CONTRACTS))}
        self.placed = {d: self._breaks(d) for d in days}
        for k, (_, _, most, _) in enumerate(CONTRACTS):
            self._rest(k)
            everything = [x for d in days for x in self.begun[d, k]]
            used = sum(self.beside.begun[d, k].sum() for d in others)
            self.problem += weighted_sum(everything, np.ones(len(everything))) <= counts[k] * most - used
        self.first = days.start * QUARTERS
        self._cover(range(self.first, min(SLOTS, days.stop * QUARTERS + 40)))

    def _add(self, count: int, name: str) -> list[Any]:
        return add_variables(self.problem, count, name, is_integer=self.is_integer)

    def _starts(self, d: int, k: int) -> list[Any]:
        span, breaks = CONTRACTS[k][1], CONTRACTS[k][3]
        begun = self._add(len(STARTS), f"x{d}_{k}_")
        paid = PAY * (span - sum(length for *_, length in breaks))
        for s, x in zip(STARTS, begun, strict=True):
            self.cost.append((x, paid))
            for t in range(d * QUARTERS + s, d * QUARTERS + s + span):
                self.terms[t].append((x, 1.0))
        self.problem += weighted_sum(begun, np.ones(len(begun))) <= self.counts[k]
        return begun

    def _breaks(self, d: int) -> list[Any]:
        placed = self._add(len(BREAKS), f"b{d}_")
        rows: dict[tuple[int, int, int], list[Any]] = {}
        for (k, s, b, p), place in zip(BREAKS, placed, strict=True):
            rows.setdefault((k, s, b), []).append(place)
            at = d * QUARTERS + STARTS[s] + p
            for t in range(at, at + CONTRACTS[k][3][b][2]):
                self.terms[t].append((place, -1.0))
        for (k, s, _), places in rows.items():
            self.problem += weighted_sum([*places, self.begun[d, k][s]], [*np.ones(len(places)), -1.0]) == 0
        return placed

    def _rest(self, k: int) -> None:
        """Whoever ends late on the day before and whoever starts early are different people."""
        for d in range(1, DAYS):
            if d not in self.days and d - 1 not in self.days:
                continue
            for s in range(len(STARTS)):
                late, early = too_close(k, s), range(s + 1)
                if not late or s + 1 == len(STARTS):
                    continue
                sides = ((d - 1, late), (d, early))
                names = [self.begun[day, k][r] for day, rows in sides if day in self.days for r in rows]
                fixed = sum(
                    self.beside.begun[day, k, list(rows)].sum() for day, rows in sides if day not in self.days
                )
                self.problem += weighted_sum(names, np.ones(len(names))) <= max(0.0, self.counts[k] - fixed)

    def _cover(self, slots: range) -> None:
        under, over = (add_variables(self.problem, len(slots), name) for name in ("u", "o"))
        self.cost += [(u, UNDER) for u in under] + [(o, OVER) for o in over]
        self.slack = (slots, under, over)
        self.problem.setObjective(weighted_sum([x for x, _ in self.cost], [c for _, c in self.cost]))
        for n, t in enumerate(slots):
            names = [x for x, _ in self.terms[t]] + [under[n], over[n]]
            signs = [c for _, c in self.terms[t]] + [1.0, -1.0]
            self.problem += weighted_sum(names, signs) == float(self.left[t])

    def stay_near(self, starts: int, breaks: int) -> None:
        """Hold the days solved for near those of *beside*."""
        for (d, k), names in self.begun.items():
            _hold(names, self.beside.begun[d, k], starts)
        for d, names in self.placed.items():
            _hold(names, self.beside.placed[d], breaks)

    def _start(self) -> np.ndarray:
        """Return the days solved for as they are in *beside*; HiGHS mends what is no whole number."""
        slots, under, over = self.slack
        missing = (self.left - sum((self.beside.cover(range(d, d + 1)) for d in self.days), np.zeros(SLOTS)))[slots]
        place = {id(variable): k for k, variable in enumerate(self.problem.variables())}
        values = np.zeros(len(place))
        pairs = [*((names, self.beside.begun[key]) for key, names in self.begun.items())]
        pairs += [(names, self.beside.placed[d]) for d, names in self.placed.items()]
        pairs += [(under, np.maximum(missing, 0)), (over, np.maximum(-missing, 0))]
        for names, numbers in pairs:
            values[[place[id(x)] for x in names]] = numbers
        return values

    def solve(self, limits: Limits) -> tuple[Solution, Choice]:
        """Return the solution, and the week with the days solved for."""
        found = solve(self.problem, limits, start=self._start() if self.is_integer else None)
        choice = Choice(self.beside.begun.copy(), self.beside.placed.copy())
        for (d, k), names in self.begun.items():
            choice.begun[d, k] = found.values[[x.index for x in names]]
        for d, names in self.placed.items():
            choice.placed[d] = found.values[[x.index for x in names]]
        if self.is_integer:
            for numbers in (choice.begun, choice.placed):
                numbers[self.days] = np.round(numbers[self.days])
        return found, choice


def _hold(names: list[Any], values: np.ndarray, reach: int) -> None:
    for x, value in zip(names, values, strict=True):
        x.lowBound, x.upBound = max(0.0, np.floor(value + 1e-6) - reach), np.ceil(value - 1e-6) + reach


def choose_week(need: np.ndarray, counts: list[int], fractional: Choice, seconds: float) -> Choice:
    """Return a whole-number week near the fractional one; two days at a time, which are no neighbours."""
    choice, limits = fractional, Limits(gap_share=1e-3, nodes=100_000, time_limit_s=seconds)

    def solve_day(d: int, near: tuple[int, int], beside: Choice) -> Choice:
        model = Model(need, counts, range(d, d + 1), beside)
        model.stay_near(*near)
        found, better = model.solve(limits)
        return beside.with_day(d, better) if len(found.values) else beside

    with ThreadPoolExecutor(2) as pool:
        for turn, near in enumerate(NEAR):
            for pair in PAIRS:
                for d, found in zip(pair, pool.map(solve_day, pair, repeat(near), repeat(choice)), strict=True):
                    joined = choice.with_day(d, found)
                    if set(joined.broken(counts)) - set(choice.broken(counts)):
                        joined = solve_day(d, near, choice)  # both used the days that a contract had left
                    if turn == 0 or joined.cost(need) < choice.cost(need):
                        choice = joined
    return choice


def main() -> None:
    """Print asked and measured."""
    agents = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 4.0
    need, counts = make_need(agents, seed), head_counts(agents)
    combinations = sum(
        DAYS * len(STARTS) * int(np.prod([last - first + 1 for first, last, _ in breaks])) for *_, breaks in CONTRACTS
    )
    clock, wall = time.process_time(), time.perf_counter()
    found, fractional = Model(need, counts, range(DAYS)).solve(Limits())
    bound_s = time.process_time() - clock
    choice = choose_week(need, counts, fractional, seconds)
    solved_s = time.process_time() - clock
    cost, memory = choice.cost(need), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("figure | asked | measured")
    print(f"combinations of shift and breaks | 62832 | {combinations}")
    print(f"linear bound, all in | 5 CPU s | {bound_s:.1f} CPU s (bound {found.bound:.1f})")
    print(f"whole-number solution | within 0.5 % | {(cost - found.bound) / cost:.2%} (cost {cost:.1f})")
    wall = time.perf_counter() - wall
    print(f"all in, on two cores | 60 s | {wall:.1f} s, {solved_s:.1f} CPU s, {memory:.0f} MB")
    print(f"rules broken | 0 | {len(choice.broken(counts))} {choice.broken(counts)[:3]}")


if __name__ == "__main__":
    main()
