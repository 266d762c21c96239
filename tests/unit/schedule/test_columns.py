"""Column generation against enumeration, and against the instances' own arithmetic."""

from __future__ import annotations

import importlib
import itertools
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from omnistaff.schedule.columns import Hunt
from omnistaff.schedule.dive import Dive, all_open
from omnistaff.schedule.lines import Line
from omnistaff.schedule.master import Master
from omnistaff.schedule.mend import mend

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
sys.path.append(str(BENCHMARKS))
model, files = importlib.import_module("curtois_model"), importlib.import_module("curtois_files")
Adapter, broken_rules = model.Adapter, files.broken_rules
read_instance, score = files.read_instance, files.score

TINY = """# three nurses, four days, two shifts
SECTION_HORIZON
4

SECTION_SHIFTS
D,480,
N,600,D

SECTION_STAFF
A,D=4|N=1,1680,480,3,1,1,1
B,D=4|N=4,1680,480,2,2,1,1
C,D=0|N=4,1200,600,2,1,2,0

SECTION_DAYS_OFF
A,2

SECTION_SHIFT_ON_REQUESTS
A,0,N,3
B,1,D,2

SECTION_SHIFT_OFF_REQUESTS
B,3,N,4
C,1,N,1

SECTION_COVER
0,D,1,100,1
0,N,1,20,2
1,D,1,100,1
1,N,1,100,3
2,D,2,30,1
3,N,2,50,1
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "Tiny1.txt"
    path.write_text(TINY, encoding="utf-8")
    return path


def _alone(hunt: Hunt) -> list[Line]:
    """Return the first roster, made while the bound is found."""
    hunt.prove()
    return list(hunt.lines())


def _is_proved(cost: float, bound: float) -> bool:
    return cost - math.ceil(bound - 1e-6) < 0.5


def _best_of_all(path: Path) -> int:
    """Return the least score of all rosters that break no rule."""
    instance = read_instance(path)
    names = list(instance.staff)
    lines = list(itertools.product((None, "D", "N"), repeat=4))
    legal = []
    for who in names:
        fine = []
        for line in lines:
            roster = {other: [None] * 4 for other in names} | {who: list(line)}
            if not any(problem.startswith(f"{who} ") for problem in broken_rules(instance, roster)):
                fine.append(list(line))
        legal.append(fine)
    return min(score(instance, dict(zip(names, each, strict=True))) for each in itertools.product(*legal))


def test_the_hunt_finds_the_best_of_all_rosters_and_bounds_it(tiny: Path) -> None:
    instance = read_instance(tiny)
    adapter = Adapter(instance)
    master = Master(adapter.team, adapter.need, adapter.groups)
    hunt = Hunt(master, 1, np.random.default_rng(1), _is_proved, grain=1.0)
    mend(hunt, _alone(hunt), patience=20)
    roster = adapter.roster([line.chosen for line in hunt.lines()])
    assert broken_rules(instance, roster) == []
    assert score(instance, roster) == pytest.approx(hunt.cost) == _best_of_all(tiny)
    assert hunt.bound <= hunt.cost + 1e-6


def test_a_dive_leaves_what_is_not_free_as_it_is(tiny: Path) -> None:
    adapter = Adapter(read_instance(tiny))
    hunt = Hunt(Master(adapter.team, adapter.need, adapter.groups), 1, np.random.default_rng(1), lambda *_: False)
    hunt.offer([hunt.master.add(i, line) for i, line in enumerate(_alone(hunt))])
    before = [line.chosen.tolist() for line in hunt.lines()]
    is_open = all_open(hunt)
    for i, line in enumerate(before):
        is_open[i, :2] = False
        is_open[i, [0, 1], line[:2]] = True
    found = Dive(hunt, [0, 1], is_open).run()
    assert found is not None
    assert hunt.roster_cost(found) <= hunt.cost + 1e-6
    after = {hunt.master.columns[k].person: hunt.master.columns[k].line.chosen.tolist() for k in found}
    assert after[2] == before[2]
    assert [after[i][:2] for i in (0, 1)] == [line[:2] for line in before[:2]]


def test_days_on_which_nothing_is_open_may_be_left_out_of_the_program(tiny: Path) -> None:
    adapter = Adapter(read_instance(tiny))
    master = Master(adapter.team, adapter.need, adapter.groups)
    hunt = Hunt(master, 1, np.random.default_rng(1), lambda *_: False)
    hunt.prove()
    for pay in np.random.default_rng(2).random((30, len(master.idle), 1)) * 50:
        for i, found in enumerate(hunt.answer([0, 1, 2], pay)):
            assert found.line is not None
            master.add(i, found.line)
    best = np.array([line.chosen for line in hunt.lines()])
    fits = (master.chosen[:, :2] == best[master.people, :2]).all(axis=1)
    assert fits.sum() > len(best)
    part = master.solve(1e-8, fits, np.array([False, False, True, True]))
    assert part.cost == pytest.approx(master.solve(1e-8, fits).cost, rel=1e-6)


def test_a_dive_gives_up_when_its_aim_is_out_of_reach(tiny: Path) -> None:
    adapter = Adapter(read_instance(tiny))
    hunt = Hunt(Master(adapter.team, adapter.need, adapter.groups), 1, np.random.default_rng(1), lambda *_: False)
    hunt.prove()
    assert Dive(hunt, [0, 1, 2], all_open(hunt), aim=_best_of_all(tiny) - 1).run() is None


def test_the_judge_of_rosters_sees_every_rule(tiny: Path) -> None:
    instance = read_instance(tiny)
    roster = {"A": ["N", "D", "D", None], "B": ["D", None, "D", "D"], "C": ["N", None, "N", None]}
    problems = " ".join(broken_rules(instance, roster))
    assert "A works D after N on day 1" in problems
    assert "A works on day 2, which is off" in problems
    assert "C is off for 1 days in a row" in problems
    assert "B works 1440 minutes" not in problems
    assert (
        score(instance, roster) == 2 + 2 + 100 + 2 * 50
    )  # a refused wish, one N too many, no N on day 1, two short on day 3
