"""Compiled steps of duty: who comes and goes, and the rule for the end of a shift."""

from __future__ import annotations

from omnistaff.simulate.compiled import compiled, compiled_inline
from omnistaff.simulate.lists import clock
from omnistaff.simulate.routing import choose_queue
from omnistaff.simulate.service import (
    find_work,
    hand_back,
    serve_line,
    settle,
    take,
)
from omnistaff.simulate.state import (
    DEFERRED,
    FIRST_TO_FINISH,
    HARD_STOP,
    LEAVING,
    LIVE,
    MOST_OVERTIME,
    OFF,
    ON,
    ON_DUTY,
    OVER,
    OVERTIME,
    SHIFT_END,
    Centre,
)


@compiled_inline
def next_duty(c: Centre, place: int) -> int:
    """Return the first duty event from *place* on that happens: its block is worked and does not just go on."""
    while place < c.duty.size:
        event = c.duty[place]
        if c.is_present[event.block] and (event.beside < 0 or not c.is_present[event.beside]):
            break
        place += 1
    return place


@compiled
def change_duty(c: Centre, place: int, now: float) -> None:
    """Begin or end somebody's duty by the rule for the end of shifts."""
    event = c.duty[place]
    agent, group = event.agent, c.agent_group[event.agent]
    if c.options[SHIFT_END] == FIRST_TO_FINISH:
        agent = _stand_in(c, group, event.is_start)
        if agent < 0:
            return
    if event.is_start == 1:
        _begin_duty(c, agent, now)
    else:
        _end_duty(c, agent, now)


@compiled_inline
def _stand_in(c: Centre, group: int, is_start: int) -> int:
    """Return who of *group* comes or goes when people are interchangeable, -1 if the next to finish will go."""
    off_duty = c.list_size.shape[1] - 1
    if is_start == 1:
        if c.debt[group] > 0:
            c.debt[group] -= 1
            return -1
        return c.lists[group, off_duty, c.list_size[group, off_duty] - 1]
    if c.list_size[group, 0] > 0:
        return c.lists[group, 0, c.list_size[group, 0] - 1]
    if c.list_size[group, off_duty - 1] > 0:
        return c.lists[group, off_duty - 1, c.list_size[group, off_duty - 1] - 1]
    c.debt[group] += 1
    return -1


@compiled_inline
def _begin_duty(c: Centre, agent: int, now: float) -> None:
    record = c.agents[agent]
    if record.duty == OFF:
        clock(c, record.group, ON_DUTY, now, 1)
        record.duty = ON
    elif record.duty == LEAVING:
        stay(c, agent, now)
    find_work(c, agent, now)


@compiled
def _end_duty(c: Centre, agent: int, now: float) -> None:
    record = c.agents[agent]
    returned = -1
    if record.level > 0:
        if record.kind == DEFERRED or c.options[SHIFT_END] == HARD_STOP:
            returned = hand_back(c, agent, now)
        else:
            leave_soon(c, agent, now)
            settle(c, agent, now)
            return
    if c.options[SHIFT_END] == OVERTIME:
        leave_soon(c, agent, now)
        work_on(c, agent, now)
    else:
        go_off_duty(c, agent, now)
    if returned >= 0:
        for queue in range(c.mode.size):
            if c.mode[queue] == c.mode[returned] or c.mode[queue] == LIVE:
                serve_line(c, queue, now)


@compiled_inline
def work_on(c: Centre, agent: int, now: float) -> None:
    """Let *agent*, whose shift is over, take what waits live while overtime is allowed, or go off duty."""
    record = c.agents[agent]
    if c.options[SHIFT_END] == OVERTIME and now < record.ends_at + c.options[MOST_OVERTIME]:
        queue = choose_queue(c, agent, now)
        if queue >= 0:
            take(c, agent, queue, now)
    if record.level == 0:
        go_off_duty(c, agent, now)
    else:
        settle(c, agent, now)


@compiled_inline
def leave_soon(c: Centre, agent: int, now: float) -> None:
    """Note that the shift of *agent*, who has something to finish, ends."""
    record = c.agents[agent]
    clock(c, record.group, OVER, now, 1)
    record.duty, record.ends_at = LEAVING, now


@compiled_inline
def stay(c: Centre, agent: int, now: float) -> None:
    """Note that *agent*, who was to leave, is on duty again."""
    record = c.agents[agent]
    clock(c, record.group, OVER, now, -1)
    record.duty = ON


@compiled
def go_off_duty(c: Centre, agent: int, now: float) -> None:
    """End the agent's duty."""
    record = c.agents[agent]
    clock(c, record.group, ON_DUTY, now, -1)
    if record.duty == LEAVING:
        stay(c, agent, now)
    record.duty = OFF
    settle(c, agent, now)
