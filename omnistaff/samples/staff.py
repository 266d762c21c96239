"""The bank's people: forty agents with skills and contracts, their absences and their wishes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.samples.people import FAMILY, GIVEN
from omnistaff.samples.world import LAST_DAY, LINE_NAMES, ZONE

_PLAIN = str.maketrans("áéíóúñÁÉÍÓÚÑ", "aeiounAEIOUN")

#: Team: (people, planned queues they serve, shares of the contracts).
TEAMS = (
    ("cards", 8, "cards-voice", (0.3, 0.3, 0.4)),
    ("accounts", 7, "accounts-voice", (0.3, 0.3, 0.4)),
    ("voice", 7, "accounts-voice|cards-voice", (0.5, 0.3, 0.2)),
    ("blended", 4, "accounts-voice|chat|mail|whatsapp", (0.6, 0.2, 0.2)),
    ("digital", 4, "chat|mail|whatsapp", (0.4, 0.3, 0.3)),
    ("messaging", 3, "cards-voice|chat|whatsapp", (0.4, 0.3, 0.3)),
    ("branch", 4, "branch", (0.0, 1.0, 0.0)),
    ("branch-office", 3, "branch|mail", (0.3, 0.7, 0.0)),
)
#: Lines whose logs show agents of these teams.
LOGGED = {
    "cards-voice": ("cards", "voice"),
    "accounts-voice": ("accounts", "blended"),
    "web-chat": ("digital",),
    "whatsapp": ("messaging",),
    "email": ("digital", "branch-office"),
    "form": ("digital", "branch-office"),
    "branch": ("branch", "branch-office"),
}
#: Contract: cost of one paid hour.
CONTRACTS = {"full-time": 19.5, "part-time-30": 18.8, "part-time-20": 18.2}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Staff:
    """Agents, absences and preferences, as in the CSV files of a plan."""

    agents: pd.DataFrame
    absences: pd.DataFrame
    preferences: pd.DataFrame

    def logged_on(self, line: str) -> list[str]:
        """Return the ids of the agents who appear in the logs of *line*."""
        rows = self.agents[self.agents["team"].isin(LOGGED[line])]
        return sorted(rows["agent_id"])


def make_staff(rng: np.random.Generator) -> Staff:
    """Return the bank's forty people, with absences and wishes for the four weeks after history."""
    agents = _agents(rng)
    return Staff(agents, _absences(agents, rng), _preferences(agents, rng))


def _agents(rng: np.random.Generator) -> pd.DataFrame:
    rows: list[dict[str, str]] = []
    for team, people, skills, shares in TEAMS:
        for _ in range(people):
            number = len(rows) + 1
            given, family = str(rng.choice(GIVEN)), str(rng.choice(FAMILY))
            name = f"{given} {family}"
            contract = str(rng.choice(list(CONTRACTS), p=shares))
            rows.append(
                {
                    "agent_id": f"A{number:03d}",
                    "name": name,
                    "site": "Oficina Sol" if team.startswith("branch") else "Madrid",
                    "time_zone": ZONE,
                    "skills": "|".join(sorted(skills.split("|"))),
                    "contract": contract,
                    "hourly_cost": f"{CONTRACTS[contract] + 0.6 * skills.count('|'):.2f}",
                    "team": team,
                    "email": f"{given}.{family}.{number}@bank.example.com".translate(_PLAIN).lower(),
                    "valid_from": timegrid.day_start(dt.date(2024, 1, 8), ZONE).isoformat(),
                    "valid_to": "",
                }
            )
    return pd.DataFrame(rows)


def _absences(agents: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return leave of whole weeks and days, training and meetings in the four weeks after history."""
    rows = []
    monday = LAST_DAY + dt.timedelta(days=1)
    for agent in agents["agent_id"]:
        draw = rng.random()
        if draw < 0.16:
            first = monday + dt.timedelta(days=7 * int(rng.integers(0, 4)))
            rows.append(_absence(agent, first, 7, "leave", True))
        elif draw < 0.34:
            first = monday + dt.timedelta(days=7 * int(rng.integers(0, 4)) + int(rng.integers(0, 4)))
            rows.append(_absence(agent, first, int(rng.integers(1, 3)), "leave", True))
        elif draw < 0.38:
            rows.append(_absence(agent, monday, int(rng.integers(4, 12)), "sick", True))
        elif draw < 0.46:
            first = monday + dt.timedelta(days=int(rng.choice([1, 8, 15, 22])))
            rows.append(_absence(agent, first, 1, "training", True))
    return pd.DataFrame(rows)


def _absence(agent: str, first: dt.date, days: int, activity: str, is_paid: bool) -> dict[str, str]:
    start = timegrid.day_start(first, ZONE).tz_convert(ZONE)
    end = timegrid.day_start(first + dt.timedelta(days=days), ZONE).tz_convert(ZONE)
    return {
        "agent_id": agent, "start_at": start.isoformat(), "end_at": end.isoformat(), "activity": activity,
        "is_paid": str(is_paid).lower(),
    }  # fmt: skip


def _preferences(agents: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for agent in agents["agent_id"]:
        draw = rng.random()
        wish = {"agent_id": agent, "weekday": "", "date": "", "start_from": "", "start_to": "", "weight": "1"}
        if draw < 0.3:
            rows.append(wish | {"preference": "day_off", "weekday": str(rng.choice(WEEKDAYS[:6]))})
        elif draw < 0.55:
            early = bool(rng.random() < 0.6)
            times = (
                {"start_from": "08:00", "start_to": "10:00"}
                if early
                else {"start_from": "12:00", "start_to": "15:00"}
            )
            rows += [wish | {"preference": "start_between", "weekday": day} | times for day in WEEKDAYS[:5]]
        elif draw < 0.65:
            date = LAST_DAY + dt.timedelta(days=int(rng.integers(1, 29)))
            rows.append(wish | {"preference": "day_off", "date": date.isoformat(), "weight": "2"})
        elif draw < 0.70:
            rows.append(wish | {"preference": "day_on", "weekday": "sat"})
    columns = ["agent_id", "preference", "weekday", "date", "start_from", "start_to", "weight"]
    return pd.DataFrame(rows)[columns]


def agent_names(staff: Staff, line: np.ndarray, duty_number: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return the agent id behind each number on duty: a line's people take turns from day to day."""
    result = np.full(len(line), "", dtype="U8")
    for k, name in enumerate(LINE_NAMES):
        people = np.array(staff.logged_on(name))
        rows = (line == k) & (duty_number >= 0)
        result[rows] = people[(duty_number[rows] + 3 * day[rows] + k) % len(people)]
    return result
