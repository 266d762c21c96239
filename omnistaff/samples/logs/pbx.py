"""The PBX of the cards line: an Asterisk ``queue_log``, one line an event, all times Unix seconds."""

from __future__ import annotations

import numpy as np

from omnistaff.samples.logs.scene import Scene
from omnistaff.samples.traces import shown_number

#: After-contact work is not in this log: the share of agent time that the talk time leaves out.
AFTER_CONTACT_SHARE = 0.12


def write_pbx(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return (positions, call ids) of the cards line's contacts; write ``pbx/queue_log.<month>``."""
    world = scene.world
    rows = world.rows_of("cards-voice")
    arrived = np.floor(world.contacts.arrived[rows]).astype(int)
    ids = np.array([f"{at - 2}.{100 + 10 * k}" for k, at in enumerate(arrived.tolist())])
    number = shown_number(world.people, world.contacts.customer[rows], world.contacts.arrived[rows], scene.rng)
    events: list[tuple[int, str]] = []
    for k, row in enumerate(rows.tolist()):
        events += _call(int(arrived[k]), str(ids[k]), _caller(int(number[k]), k), row, scene)
    events += _duty_changes(scene)
    events.sort()
    stamps = np.array([at for at, _ in events], dtype=float)
    month = scene.months(stamps)
    lines = np.array([f"{at}|{text}" for at, text in events], dtype=object)
    for name in np.unique(month):
        scene.write_lines(f"pbx/queue_log.{name}", [*lines[month == name], *_broken(str(name))])
    return rows, ids


def _caller(number: int, k: int) -> str:
    """Return the caller id as trunks show it: national or with 0034, empty or ``anonymous`` when withheld."""
    if number < 0:
        return "anonymous" if k % 3 else ""
    return f"0034{number}" if k % 9 == 0 else str(number)


def _call(at: int, call: str, caller: str, row: int, scene: Scene) -> list[tuple[int, str]]:
    world = scene.world
    events = [(at, f"{call}|cards|NONE|ENTERQUEUE||{caller}|1")]
    member = f"PJSIP/{scene.agent_id[row]}"
    if world.duty_number[row] < 0:
        left = world.left[row]
        if left < world.last_second:
            wait = int(left) - at
            events.append((at + wait, f"{call}|cards|NONE|ABANDON|1|1|{wait}"))
        return events
    wait = int(world.answered[row]) - at
    bridged = f"{at + wait - 3}.{call.rsplit('.', 1)[1]}"
    if row % 37 == 0 and wait >= 12:
        events.append((at + wait - 6, f"{call}|cards|PJSIP/{scene.agent_id[row][::-1]}|RINGNOANSWER|10000"))
    events.append((at + wait, f"{call}|cards|{member}|CONNECT|{wait}|{bridged}|3"))
    talk = int((1 - AFTER_CONTACT_SHARE) * world.agent_s[row])
    done = at + wait + talk
    if done < world.last_second:
        who = "COMPLETEAGENT" if row % 4 == 0 else "COMPLETECALLER"
        events.append((done, f"{call}|cards|{member}|{who}|{wait}|{talk}|1"))
    return events


def _duty_changes(scene: Scene) -> list[tuple[int, str]]:
    """Return the lines that are about agents, not calls: the first and last call of each agent's day."""
    world = scene.world
    rows = world.rows_of("cards-voice")
    rows = rows[world.duty_number[rows] >= 0]
    day = np.floor(world.contacts.arrived[rows] / 86_400).astype(int)
    key = np.char.add(np.char.add(scene.agent_id[rows], "@"), day.astype(str))
    _, first = np.unique(key, return_index=True)
    last = len(key) - 1 - np.unique(key[::-1], return_index=True)[1]
    start = [(int(world.answered[r]) - 60, f"NONE|cards|PJSIP/{scene.agent_id[r]}|ADDMEMBER|") for r in rows[first]]
    end = [(int(world.ended[r]) + 30, f"NONE|cards|PJSIP/{scene.agent_id[r]}|REMOVEMEMBER|") for r in rows[last]]
    return start + end


def _broken(month: str) -> list[str]:
    """Return what a crash leaves at the end of a month's file: half a line."""
    return [f"{month.replace('-', '')}|crash"]
