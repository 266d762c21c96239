"""What a roster costs, by part: paid time, cover, wishes, and each soft rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.cover import Cover, Groups, Need
from omnistaff.schedule.lines import Line
from omnistaff.schedule.rules import rule_cost
from omnistaff.schedule.seats import seats_cost, take_seats
from omnistaff.schedule.shifts import Menu
from omnistaff.schedule.staff import Member, Team


def cost_parts(lines: Sequence[Line], need: Need, groups: Groups, team: Team) -> dict[str, float]:
    """Return the cost of *lines*, one a member, by part; the parts add up to it."""
    cover = Cover(need, groups)
    for member, line in zip(team.members, lines, strict=True):
        cover.add(member.group, line.works)
    missing = (cover.shortage() * need.falls).sum(axis=1)
    idle = cover.heads.sum(axis=1) - need.levels[need.full].sum(axis=1) + cover.shortage()[need.full]
    rules: dict[str, float] = defaultdict(float)
    for member, line in zip(team.members, lines, strict=True):
        for name, cost in soft_costs(member, line, team.menus[member.menu]):
            rules[name] += cost
    paid = sum(
        member.minute_cost * int(team.menus[member.menu].paid_minutes[line.chosen[line.chosen >= 0]].sum())
        for member, line in zip(team.members, lines, strict=True)
    )
    rules["seats"] += seats_cost(team.seats.room()._replace(taken=seats_taken(team, lines)))
    wishes = sum(line.wishes for line in lines) + rules["seats"]
    return {
        "paid_hours": paid,
        "understaffing": float(missing[: need.full + 1].sum()),
        "spare": float(missing[need.full + 1 :].sum()),
        "overstaffing": float(need.idle @ idle),
        "wishes": float(wishes) - sum(rules.values()) - paid,
        **{name: cost for name, cost in sorted(rules.items()) if cost > 0},
    }


def seats_taken(team: Team, lines: Sequence[Line]) -> npt.NDArray[np.int32]:
    """Return how many people are there by [site, slot]."""
    taken = team.seats.room().taken
    for member, line in zip(team.members, lines, strict=True):
        if member.site >= 0:
            take_seats(taken[member.site], team.menus[member.menu].offers, line.chosen, 1)
    return taken


def soft_costs(member: Member, line: Line, menu: Menu) -> Iterator[tuple[str, float]]:
    """Yield (rule, cost) of the soft rules that a line breaks."""
    soft = [rule for rule in member.rules if not rule.is_hard]
    if not soft:
        return
    of_option = menu.kinds.groups[menu.kinds.option_group, 0]
    classes = [int(of_option[option]) if option >= 0 else 0 for option in line.chosen]
    for rule in soft:
        yield rule.name, rule_cost(rule, member.setting, classes)
