"""Weekly shift selection: 62,832 combinations of shift and breaks, a linear bound and a whole-number solution.

Seven days of quarter hours around the clock, three contracts (8.5 h with three breaks, 6 h and 4 h with one), starts
on the half hour, every break anywhere in its window, 11 h rest, at most five (five, four) days a week. A missing
quarter hour costs 6, one too many 1, a paid one 1. Breaks are implicit (Aykin): one variable for each shift and
place of a break. The bound is that linear program; the whole-number solution is made by the engine of the stage,
guided by the program's prices, with as many people without names.

    python benchmarks/schedule_weekly.py [agents 300] [seed 1]
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from omnistaff.plan import Contract
from omnistaff.schedule.cover import Cover, Need, make_groups
from omnistaff.schedule.kernel import Offers
from omnistaff.schedule.rules import DaysPerWeek, Setting
from omnistaff.schedule.search import Desk, search
from omnistaff.schedule.shifts import Menu, ShiftClass, relate
from omnistaff.schedule.solve import Limits, Solution, add_variables, new_problem, solve, weighted_sum
from omnistaff.schedule.staff import Member, Team
from omnistaff.schedule.walk import join_rules

DAYS, QUARTERS, STEP, REST = 7, 96, 2, 44
SLOTS = DAYS * QUARTERS + 40
UNDER, OVER, PAY = 6.0, 1.0, 1.0
CONTRACTS = (  # share, quarters, days a week, breaks (first, last, quarters)
    (0.65, 34, 5, ((6, 10, 1), (14, 20, 2), (24, 28, 1))), (0.2, 24, 5, ((8, 14, 2),)), (0.15, 16, 4, ((6, 10, 1),)),
)  # fmt: skip
STARTS = range(0, QUARTERS, STEP)


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


def linear_bound(need: np.ndarray, agents: int) -> tuple[Solution, int]:
    """Return the solution of the linear program, and how many combinations it stands for; cover rows come last."""
    problem, cost, combinations = new_problem("week"), [], 0
    cover: list[list[tuple[object, float]]] = [[] for _ in range(SLOTS)]
    for k, (count, (_, span, days, breaks)) in enumerate(zip(head_counts(agents), CONTRACTS, strict=True)):
        begun = [add_variables(problem, len(STARTS), f"x{k}_{d}_") for d in range(DAYS)]
        paid = PAY * (span - sum(length for *_, length in breaks))
        combinations += DAYS * len(STARTS) * int(np.prod([last - first + 1 for first, last, _ in breaks]))
        for d in range(DAYS):
            problem += weighted_sum(begun[d], np.ones(len(STARTS))) <= count
            for s, x in zip(STARTS, begun[d], strict=True):
                cost.append((x, paid))
                at = d * QUARTERS + s
                for t in range(at, at + span):
                    cover[t].append((x, 1.0))
                for b, (first, last, length) in enumerate(breaks):
                    places = add_variables(problem, last - first + 1, f"b{k}_{d}_{s}_{b}_")
                    problem += weighted_sum([*places, x], [*np.ones(len(places)), -1.0]) == 0
                    for p, place in enumerate(places):
                        for t in range(at + first + p, at + first + p + length):
                            cover[t].append((place, -1.0))
            if d:  # rest: whoever ends late on the day before and whoever starts early are different people
                for s in STARTS:
                    late = [x for r, x in zip(STARTS, begun[d - 1], strict=True) if r + span + REST > QUARTERS + s]
                    early = [x for r, x in zip(STARTS, begun[d], strict=True) if r <= s]
                    if late and len(early) < len(STARTS):
                        problem += weighted_sum([*late, *early], np.ones(len(late) + len(early))) <= count
        everything = [x for day in begun for x in day]
        problem += weighted_sum(everything, np.ones(len(everything))) <= count * days
    under, over = add_variables(problem, SLOTS, "u"), add_variables(problem, SLOTS, "o")
    cost += [(u, UNDER) for u in under] + [(o, OVER) for o in over]
    problem.setObjective(weighted_sum([x for x, _ in cost], [c for _, c in cost]))
    for t, terms in enumerate(cover):
        names, signs = [x for x, _ in terms] + [under[t], over[t]], [c for _, c in terms] + [1.0, -1.0]
        problem += weighted_sum(names, signs) == float(need[t])
    return solve(problem, Limits()), combinations


def make_team(agents: int) -> Team:
    """Return people without names who may work any shift of their contract."""
    menus, members = [], []
    for k, (count, (_, span, days, breaks)) in enumerate(zip(head_counts(agents), CONTRACTS, strict=True)):
        options = len(STARTS)
        starts = (np.arange(DAYS)[:, None] * QUARTERS + np.array(STARTS)).astype(np.int32)
        one, zero = np.ones(options, np.int32), np.zeros(options, np.int32)
        windows = np.array([breaks], np.int32)
        offers = Offers(starts, one * span, zero, windows, np.array([len(breaks)], np.int32),
                        np.array([[-1, 0]], np.int32), 1)  # fmt: skip
        paid = span - sum(length for *_, length in breaks)
        classes = (ShiftClass(), ShiftClass(15 * paid))
        kinds = relate(starts, one * span, one, REST)
        minutes = np.array(STARTS, np.int32) * 15
        menus.append(
            Menu((), zero, minutes, one * 15 * paid, zero > 0, offers, kinds, classes, (frozenset(),) * DAYS)
        )
        setting = Setting(tuple(range(DAYS)), (0, 15 * paid))
        rule = DaysPerWeek((0,), (days,))
        walk = join_rules((rule,), setting)
        base = np.full((DAYS, options), -PAY * paid)
        members += [
            Member(f"{k}-{i}", "UTC", Contract(), 0, k, walk, base, 0.0, (rule,), setting) for i in range(count)
        ]
    return Team(tuple(members), tuple(menus), ("all",))


def main() -> None:
    """Print asked and measured."""
    agents = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    need = make_need(agents, seed)
    clock = time.process_time()
    found, combinations = linear_bound(need, agents)
    bound_s = time.process_time() - clock
    team, groups = make_team(agents), make_groups([(0,)], 1)
    cover = Cover(Need(("all",), need[None, :, None], np.array([UNDER]), OVER, 0), groups)
    pay = (found.duals[-SLOTS:] if found.duals.size else np.zeros(SLOTS))[:, None]
    desk = Desk(team, cover, pay, np.random.default_rng(seed))
    search(desk, lambda cost: cost - found.bound <= 0.001 * cost)
    cost = desk.finish().cost
    solved_s = time.process_time() - clock
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("figure | asked | measured")
    print(f"combinations of shift and breaks | 62832 | {combinations}")
    print(f"linear bound, all in | 5 CPU s | {bound_s:.1f} CPU s (bound {found.bound:.1f})")
    print(f"whole-number solution | within 0.5 % | {(cost - found.bound) / cost:.2%} (cost {cost:.1f})")
    print(f"all in | 60 CPU s | {solved_s:.1f} CPU s, {memory:.0f} MB")


if __name__ == "__main__":
    main()
