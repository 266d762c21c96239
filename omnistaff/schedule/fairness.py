"""Fair shares: how many nights, weekend days and late shifts are one person's part of what has to be worked.

What the need asks for is read off a first draft, in which everybody is put in once where they are worth most. What
was had before (the previous roster) and what the draft needs are shared out in proportion to the contract's hours
among those who may work such shifts; a person's share is what is left of it after what they had.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from omnistaff.plan import Plan
from omnistaff.plan.schedule import Burden
from omnistaff.schedule.cover import Cover, Groups, Need
from omnistaff.schedule.history import History
from omnistaff.schedule.kernel import NEVER
from omnistaff.schedule.lines import Line, best_answer
from omnistaff.schedule.rules.fair_share import carries
from omnistaff.schedule.shifts import Menu
from omnistaff.schedule.staff import Member, Team

Shares = dict[str, tuple[tuple[Burden, float], ...]]


def fair_shares(team: Team, need: Need, groups: Groups, history: History, plan: Plan) -> Shares:
    """Return, by agent, how many more shifts of each kind are a fair share."""
    rules = plan.schedule.rules
    if not rules.fairness_cost or not rules.fair_shares:
        return {}
    lines = first_draft(team, need, groups)
    result: dict[str, list[tuple[Burden, float]]] = defaultdict(list)
    for burden in rules.fair_shares:
        able = [member for member in team.members if can_carry(member, team.menus[member.menu], burden)]
        had = {m.agent_id: dict(history.of(m.agent_id).burdens).get(burden, 0) for m in able}
        drafted = sum(
            carried(m, line, team.menus[m.menu], burden) for m, line in zip(team.members, lines, strict=True)
        )
        hours = sum(member.contract.hours_per_week for member in able)
        total = drafted + sum(had.values())
        for member in able:
            part = total * member.contract.hours_per_week / hours
            result[member.agent_id].append((burden, round(part - had[member.agent_id], 3)))
    return {agent: tuple(shares) for agent, shares in result.items()}


def first_draft(team: Team, need: Need, groups: Groups) -> list[Line]:
    """Return lines of everybody, put in one after another where they are worth most."""
    cover, lines = Cover(need, groups), []
    for member in team.members:
        line = best_answer(member, team.menus[member.menu], cover.worth(member.group))
        cover.add(member.group, line.works)
        lines.append(line)
    return lines


def carried(member: Member, line: Line, menu: Menu, burden: Burden) -> int:
    """Return how many shifts of a kind are in a line."""
    days = np.flatnonzero(line.chosen >= 0)
    return int(carries(burden, member.setting)[days, _classes(menu)[line.chosen[days]]].sum())


def can_carry(member: Member, menu: Menu, burden: Burden) -> bool:
    """Return whether a shift of a kind is open to a person."""
    days, options = np.nonzero(member.base > NEVER / 2)
    return bool(carries(burden, member.setting)[days, _classes(menu)[options]].any())


def _classes(menu: Menu) -> npt.NDArray[np.int32]:
    return np.asarray(menu.kinds.groups[menu.kinds.option_group, 0])
