"""Who is on duty when: the roster's stretches of work as blocks, cut so that losses can take single ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import TableError
from omnistaff.plan import Plan
from omnistaff.simulate.state import DUTY
from omnistaff.simulate.streams import name_key
from omnistaff.tables import Agents, Roster
from omnistaff.tables.skills import Skill, skills_by_agent
from omnistaff.timegrid import mean_over

ON_DUTY = "work"


@dataclass(frozen=True)
class Staff:
    """People by skill set, and their blocks of work as events. Who changes skills is a person more from then on."""

    groups: list[list[str]]  # queues that each group serves
    names: list[str]  # agent_id of each person
    agent_group: np.ndarray
    speeds: np.ndarray  # person, queue of the plan: 1 is the speed of the forecast's handle times
    events: np.ndarray  # DUTY records by time
    shifts: np.ndarray  # key of each block's shift
    blocks: np.ndarray  # key of each block
    lost: np.ndarray  # by block: share of shifts, share of blocks that are lost


def read_staff(
    roster: DataFrame[Roster], agents: DataFrame[Agents], plan: Plan, start: pd.Timestamp, seconds: float
) -> Staff:
    """Return the people of *roster* and their blocks of work in the window of *seconds* from *start*.

    Raises TableError naming people on the roster who are not among *agents*, or who would work twice at a time.
    """
    work = roster[roster["activity"] == ON_DUTY]
    unknown = sorted(set(work["agent_id"]) - set(agents["agent_id"]))
    if unknown:
        raise TableError("the roster names people who are not in agents", unknown[:10])
    known = [queue.name for queue in plan.queues]
    roles = list(_roles(agents[agents["agent_id"].isin(work["agent_id"])], known, start))
    groups = sorted({role.queues for role in roles})
    cuts = any(not whole for whole in plan.staffing.losses("rostered").values())
    stretches = _by_role(_stretches(work, start, seconds), roles)
    pieces = _cut(stretches, plan.simulate.loss_block_minutes * 60.0 if cuts else 0.0)
    speeds = np.ones((len(roles), len(known)))
    for row, role in zip(speeds, roles, strict=True):
        row[[known.index(queue) for queue in role.queues]] = role.speeds
    return Staff(
        groups=[list(group) for group in groups],
        names=[role.agent_id for role in roles],
        agent_group=np.array([groups.index(role.queues) for role in roles], dtype=np.int64),
        speeds=speeds,
        events=_events(pieces["role"].to_numpy(), pieces["from_s"].to_numpy(), pieces["to_s"].to_numpy()),
        shifts=_keys(pieces["agent_id"] + "/" + pieces["shift_id"]),
        blocks=_keys(pieces["piece"].astype("str")),
        lost=lost_shares(pieces, plan, start),
    )


class Role(NamedTuple):
    """What one person can do from *from_s* to *to_s*, in seconds from the start."""

    agent_id: str
    queues: tuple[str, ...]
    speeds: tuple[float, ...]
    from_s: float
    to_s: float


def _roles(agents: pd.DataFrame, known: list[str], start: pd.Timestamp) -> Iterator[Role]:
    """Yield what *agents* can do of the *known* queues, by agent and time; one role who has no dated skills."""
    rows = agents.sort_values("agent_id")
    for agent, zone, skills in zip(rows["agent_id"], rows["time_zone"], skills_by_agent(rows), strict=True):
        mine = {skill: _times(skill, zone, start) for skill in skills if skill.queue in known}
        edges = sorted({-np.inf, np.inf}.union(*mine.values()))
        for low, high in pairwise(edges):
            able = [skill for skill, (begin, end) in mine.items() if begin <= low and high <= end]
            yield Role(agent, tuple(s.queue for s in able), tuple(s.speed for s in able), low, high)


def _times(skill: Skill, zone: str, start: pd.Timestamp) -> tuple[float, float]:
    """Return from when to when somebody has *skill*, in seconds from *start*."""
    first, end = skill.between(zone)
    return (
        -np.inf if first is None else (first - start).total_seconds(),
        np.inf if end is None else (end - start).total_seconds(),
    )


def _by_role(stretches: pd.DataFrame, roles: list[Role]) -> pd.DataFrame:
    """Return *stretches* cut where skills begin or end, each with the number of its role."""
    named = pd.DataFrame(
        {
            "agent_id": pd.Series([role.agent_id for role in roles], dtype="str"),
            "role": np.arange(len(roles)),
            "role_from_s": [role.from_s for role in roles],
            "role_to_s": [role.to_s for role in roles],
        }
    )
    frame = stretches.merge(named, on="agent_id")
    low, high = frame["from_s"].clip(lower=frame["role_from_s"]), frame["to_s"].clip(upper=frame["role_to_s"])
    return frame.assign(from_s=low, to_s=high)[low < high].reset_index(drop=True)


def lost_shares(pieces: pd.DataFrame, plan: Plan, start: pd.Timestamp) -> np.ndarray:
    """Return, by block of work, the shares of whole shifts and of single blocks lost to shrinkage, as (block, 2).

    A block loses by the hours of the week it lies in, a shift by the mean over its blocks. Parts that the roster
    takes itself take nothing more.
    """
    losses = plan.staffing.losses("rostered")
    length = (pieces["to_s"] - pieces["from_s"]).to_numpy()
    minutes = np.maximum(np.round(length / 60), 1).astype(np.int64)
    begin = start + pd.to_timedelta((pieces["from_s"] // 60 * 60).to_numpy(), unit="s")
    lost = [
        1
        - mean_over(
            plan.staffing.ready_by_minute(name for name, whole in losses.items() if whole is of_shifts),
            pd.Series(begin),
            minutes,
            plan.time_zone,
        )
        for of_shifts in (True, False)
    ]
    shift = pd.factorize(pieces["agent_id"] + "/" + pieces["shift_id"])[0]
    lost[0] = (np.bincount(shift, length * lost[0]) / np.bincount(shift, length))[shift]
    return np.stack(lost, axis=1)


def _stretches(work: pd.DataFrame, start: pd.Timestamp, seconds: float) -> pd.DataFrame:
    """Return work in seconds of the window; stretches of one agent that touch are still apart.

    Raises TableError naming agents who would work twice at a time.
    """
    frame = pd.DataFrame(
        {
            "agent_id": work["agent_id"],
            "shift_id": work["shift_id"],
            "from_s": (work["start_at"] - start).dt.total_seconds().clip(lower=0.0),
            "to_s": (work["end_at"] - start).dt.total_seconds(),
        }
    )
    frame = frame[(frame["to_s"] > 0) & (frame["from_s"] < seconds) & (frame["to_s"] > frame["from_s"])]
    frame = frame.sort_values(["agent_id", "from_s"], ignore_index=True)
    until = frame["to_s"].groupby(frame["agent_id"]).cummax().groupby(frame["agent_id"]).shift()
    twice = frame[frame["from_s"] < until]
    if len(twice):
        times = (start + pd.to_timedelta(twice["from_s"], unit="s")).astype("str")
        raise TableError(
            "the roster has agents at work twice at a time: correct the overlapping rows",
            [f"{agent} at {time}" for agent, time in zip(twice["agent_id"], times, strict=True)][:10],
        )
    return frame


def _cut(stretches: pd.DataFrame, block_s: float) -> pd.DataFrame:
    """Return stretches cut at the multiples of *block_s* (0: not at all), each with the number of its piece."""
    if block_s <= 0:
        return stretches.assign(piece=0)
    low = np.floor(stretches["from_s"].to_numpy() / block_s).astype(np.int64)
    high = np.ceil(stretches["to_s"].to_numpy() / block_s).astype(np.int64)
    parts = (high - low).astype(np.int64)
    rows = np.repeat(np.arange(len(stretches)), parts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(parts) - parts, parts)
    piece = low[rows] + within
    cut = stretches.iloc[rows].reset_index(drop=True)
    return cut.assign(
        piece=piece,
        from_s=np.maximum(cut["from_s"].to_numpy(), piece * block_s),
        to_s=np.minimum(cut["to_s"].to_numpy(), (piece + 1) * block_s),
    )


def _events(agent: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return starts and ends of blocks by time, ends before starts; blocks are in order of agent and time."""
    n = len(agent)
    touches = (agent[1:] == agent[:-1]) & (begin[1:] == end[:-1])
    before, after = np.full(n, -1), np.full(n, -1)
    before[1:][touches] = np.flatnonzero(touches)
    after[:-1][touches] = np.flatnonzero(touches) + 1
    events = np.zeros(2 * n, dtype=DUTY)
    events["at"] = np.concatenate([begin, end])
    events["agent"] = np.concatenate([agent, agent])
    events["block"] = np.concatenate([np.arange(n), np.arange(n)])
    events["beside"] = np.concatenate([before, after])
    events["is_start"] = np.repeat([1, 0], n)
    order = np.lexsort((events["agent"], events["is_start"], events["at"]))
    return events[order]


def _keys(texts: pd.Series[str]) -> np.ndarray:
    codes, unique = pd.factorize(texts)
    keys = np.array([name_key(text) for text in unique], dtype=np.uint64)
    return cast("np.ndarray", keys[codes]) if len(keys) else np.zeros(0, dtype=np.uint64)
