"""One graph of rule states for a person: the automata of all rules joined, day by day.

Layer d holds the joint states in which a person can be before day d, so that every state can be reached from the
first day and leads to a legal end. The program over days in ``kernel`` runs through these layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.kernel import Steps
from omnistaff.schedule.rules import FORBIDDEN, Automaton, Rule, Setting

Ints = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def join_rules(rules: Sequence[Rule], setting: Setting) -> Steps | None:
    """Return the graph of all *rules* together; None when no line of days can keep them all."""
    automata = [_weighted(rule, setting) for rule in rules]
    layers, steps, costs = _forward(automata, setting)
    return _prune(automata, layers, steps, costs)


def _weighted(rule: Rule, setting: Setting) -> Automaton:
    """Return the states of a rule with moves that break it forbidden (a hard rule) or priced (a soft one)."""
    automaton = rule.automaton(setting)
    if automaton.amounts is None:
        return automaton
    if rule.is_hard:
        return replace(automaton, moves=np.where(automaton.amounts > 0, FORBIDDEN, automaton.moves), amounts=None)
    return replace(automaton, amounts=rule.weight * automaton.amounts)


def _radices(automata: Sequence[Automaton]) -> Codes:
    sizes = [automaton.moves.shape[1] for automaton in automata]
    return np.concatenate([[1], np.cumprod(sizes, dtype=np.int64)]).astype(np.int64)


def _forward(automata: Sequence[Automaton], setting: Setting) -> tuple[list[Codes], list[Codes], list[Floats]]:
    """Return the reachable codes of each layer, and by day the code after [state, class] or -1, and its cost."""
    radix = _radices(automata)
    first = sum(automaton.start * int(radix[k]) for k, automaton in enumerate(automata))
    layers, steps, costs = [np.array([first], dtype=np.int64)], [], []
    for d in range(setting.days):
        codes = layers[-1]
        after = np.zeros((len(codes), len(setting.class_minutes)), dtype=np.int64)
        legal, cost = np.ones(after.shape, dtype=bool), np.zeros(after.shape)
        for k, automaton in enumerate(automata):
            part = codes // radix[k] % automaton.moves.shape[1]
            move = automaton.moves[automaton.kinds[d]][part]
            legal &= move >= 0
            after += move * radix[k]
            if automaton.amounts is not None:
                cost += automaton.amounts[automaton.kinds[d]][part]
        after[~legal] = -1
        found = np.unique(after)
        layers.append(found[found >= 0])
        steps.append(after)
        costs.append(np.where(legal, cost, 0.0))
    return layers, steps, costs


def _prune(
    automata: Sequence[Automaton], layers: list[Codes], steps: list[Codes], costs: list[Floats]
) -> Steps | None:
    """Return the walk without dead ends; None when nothing is left."""
    radix = _radices(automata)
    alive = np.ones(len(layers[-1]), dtype=bool)
    for k, automaton in enumerate(automata):
        alive &= automaton.accepts[layers[-1] // radix[k] % automaton.moves.shape[1]]
    moves: list[Codes] = [np.full((int(alive.sum()), steps[0].shape[1]), -1, dtype=np.int64)]
    kept: list[Floats] = [np.zeros(moves[0].shape)]
    for d in range(len(steps) - 1, -1, -1):
        index = np.cumsum(alive) - 1
        place = np.minimum(np.searchsorted(layers[d + 1], steps[d]), max(0, len(alive) - 1))
        goes = np.asarray((steps[d] >= 0) & (alive[place] if len(alive) else np.zeros_like(place, dtype=bool)))
        after = np.where(goes, index[place] if len(alive) else -1, -1)
        alive = np.asarray(goes.any(axis=1))
        moves.append(after[alive])
        kept.append(np.where(goes, costs[d], 0.0)[alive])
    if not len(moves[-1]):
        return None
    return _number(moves, kept)


def _number(moves: list[Codes], costs: list[Floats]) -> Steps:
    """Return the walk with states numbered through all layers, the last first in *moves* and *costs*.

    States that behave alike to the end are one.
    """
    merged, prices, rename = [moves[0][:1]], [costs[0][:1]], np.zeros(len(moves[0]), dtype=np.int64)
    for after, cost in zip(moves[1:], costs[1:], strict=True):
        renamed = np.where(after >= 0, rename[np.maximum(after, 0)], -1)
        keys = np.hstack([renamed, cost]) if cost.any() else renamed
        _, first, rename = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        rename = rename.ravel()
        merged.append(renamed[first])
        prices.append(cost[first])
    merged.reverse()
    layers = np.concatenate([[0], np.cumsum([len(after) for after in merged])]).astype(np.int32)
    following = np.concatenate(
        [np.where(after >= 0, after + layers[d + 1], -1) for d, after in enumerate(merged)]
    ).astype(np.int32)
    return Steps(layers, following, np.concatenate(prices[::-1]))
