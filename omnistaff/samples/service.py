"""What became of each contact: an event simulation of one line with its agents on duty, patience and redials."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

import numpy as np

ARRIVAL, STAFF, DONE, LEAVE = 0, 1, 2, 3
#: Slower with each further conversation: 1, 1/1.18, 1/1.36 of the speed alone.
SLOWDOWN = 0.18
#: Who calls again is more patient.
PATIENCE_AGAIN = 1.5


@dataclass(frozen=True)
class Duty:
    """How many agents are on duty from each moment on, and how many conversations each works at once."""

    times: np.ndarray
    agents: np.ndarray
    slots: int = 1


@dataclass(frozen=True)
class Served:
    """Outcome of each contact, redials after the given ones; times in seconds since 1970, NaN if not served."""

    redial_of: np.ndarray  # position among the given contacts, for the added ones
    arrived: np.ndarray  # of the added ones
    answered: np.ndarray
    ended: np.ndarray
    left: np.ndarray  # when the customer gave up
    agent: np.ndarray  # number on duty, -1 if not served


@dataclass
class _Line:
    """State of one line while events pass."""

    arrived: list[float]
    patience: list[float]
    effort: list[float]
    redial_gap: list[float]
    duty: Duty
    root: list[int]
    answered: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)
    agent: list[int] = field(default_factory=list)
    events: list[tuple[float, int, int]] = field(default_factory=list)
    waiting: deque[int] = field(default_factory=deque)
    busy: list[int] = field(default_factory=list)  # conversations of each agent
    on_duty: int = 0
    turn: int = 0


def serve(
    arrived: np.ndarray, patience_s: np.ndarray, effort_s: np.ndarray, redial_gap_s: np.ndarray, duty: Duty
) -> Served:
    """Return the outcome of contacts given in time order, first come first served.

    Who waits longer than their patience leaves, and calls again after ``redial_gap_s`` (once; infinite: never).
    Agents going off duty finish what they have.
    """
    count = len(arrived)
    nothing = float("nan")
    line = _Line(
        arrived.tolist(), patience_s.tolist(), effort_s.tolist(), redial_gap_s.tolist(), duty,
        root=list(range(count)), answered=[nothing] * count, ended=[nothing] * count, left=[nothing] * count,
        agent=[-1] * count, busy=[0] * (int(duty.agents.max(initial=0)) + 1),
    )  # fmt: skip
    line.events = [(time, ARRIVAL, k) for k, time in enumerate(line.arrived)]
    line.events += [(time, STAFF, int(n)) for time, n in zip(duty.times.tolist(), duty.agents, strict=True)]
    heapq.heapify(line.events)
    while line.events:
        _step(line, *heapq.heappop(line.events))
    return Served(
        redial_of=np.array(line.root[count:], dtype=int),
        arrived=np.array(line.arrived[count:]),
        answered=np.array(line.answered),
        ended=np.array(line.ended),
        left=np.array(line.left),
        agent=np.array(line.agent),
    )


def _step(line: _Line, now: float, event: int, who: int) -> None:
    """Let one event happen; *who* is the contact, or the number of agents for a change of staff."""
    if event == ARRIVAL:
        line.waiting.append(who)
        if line.patience[who] < 1e9:
            heapq.heappush(line.events, (now + line.patience[who], LEAVE, who))
    elif event == STAFF:
        line.on_duty = who
    elif event == DONE:
        line.busy[line.agent[who]] -= 1
    elif line.agent[who] < 0:
        _leave(line, now, who)
        return
    _answer_waiting(line, now)


def _answer_waiting(line: _Line, now: float) -> None:
    """Let free agents take whoever has waited longest and is still there."""
    while line.waiting:
        agent = _free_agent(line)
        if agent < 0:
            return
        contact = line.waiting.popleft()
        if line.left[contact] != line.left[contact]:  # NaN: has not left
            _begin(line, now, contact, agent)


def _leave(line: _Line, now: float, who: int) -> None:
    line.left[who] = now
    gap = line.redial_gap[who]
    if gap == float("inf") or not line.duty.agents[bisect_right(line.duty.times, now + gap) - 1]:
        return
    again = len(line.arrived)
    line.arrived.append(now + gap)
    line.patience.append(PATIENCE_AGAIN * line.patience[who])
    line.effort.append(line.effort[who])
    line.redial_gap.append(float("inf"))
    line.root.append(line.root[who])
    for values in (line.answered, line.ended, line.left):
        values.append(float("nan"))
    line.agent.append(-1)
    heapq.heappush(line.events, (now + gap, ARRIVAL, again))


def _free_agent(line: _Line) -> int:
    """Return the agent on duty with the fewest conversations, in turn; -1 when all are full."""
    best, fewest = -1, line.duty.slots
    for k in range(line.on_duty):
        agent = (line.turn + k) % line.on_duty
        if line.busy[agent] < fewest:
            best, fewest = agent, line.busy[agent]
            if fewest == 0:
                break
    return best


def _begin(line: _Line, now: float, contact: int, agent: int) -> None:
    line.turn = agent + 1
    others = line.busy[agent]
    line.busy[agent] += 1
    line.agent[contact] = agent
    line.answered[contact] = now
    end = now + line.effort[contact] * (1 + SLOWDOWN * others)
    line.ended[contact] = end
    heapq.heappush(line.events, (end, DONE, contact))


def effort_shares(agent_key: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return each conversation's seconds of agent time: at any moment an agent's time is split evenly.

    *agent_key* tells agents apart. Sweeps over starts and ends with the integral of 1 / conversations at once.
    """
    count = len(start)
    times = np.concatenate([start, end])
    keys = np.concatenate([agent_key, agent_key])
    change = np.concatenate([np.ones(count), -np.ones(count)])
    order = np.lexsort((-change, times, keys))
    level = np.cumsum(change[order])  # every agent's sum ends at zero, so one cumulative sum serves all
    step = np.diff(times[order], append=times[order][-1:])
    gained = np.where(level > 0, step / np.maximum(level, 1), 0.0)
    integral = np.empty(2 * count)
    integral[order] = np.concatenate([[0.0], np.cumsum(gained)[:-1]])
    return integral[count:] - integral[:count]
