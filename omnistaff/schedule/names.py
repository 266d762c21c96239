"""Whom meetings, on-call duties and seats name: each must be among the agents."""

from __future__ import annotations

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.plan.schedule import ScheduleSettings

MOST_NAMES = 20  # in a message


def check_names(settings: ScheduleSettings, agents: pd.DataFrame) -> None:
    """Raise ConfigError for people, teams, skills and sites that the plan names and the agents do not have."""
    known = {
        "agents": set(agents["agent_id"]),
        "teams": set(agents["team"].dropna()) - {""},
        "sites": set(agents["site"].dropna()) - {""},
        "skills": {skill for text in agents["skills"] for skill in str(text).split("|")},
    }
    named = [("meetings", m.name, kind, names) for m in settings.meetings for kind, names in
             (("agents", m.agents), ("teams", m.teams))]  # fmt: skip
    named += [("on_call", d.name, kind, names) for d in settings.on_call for kind, names in
              (("skills", d.skills), ("teams", d.teams))]  # fmt: skip
    named += [("seats", "the plan", "sites", list(settings.seats))]
    problems = [
        f"schedule.{key}: {name} names {', '.join(map(repr, strangers))} in its {kind}, "
        f"there are: {', '.join(sorted(known[kind])[:MOST_NAMES]) or 'none'}"
        for key, name, kind, names in named
        if (strangers := sorted(set(names) - known[kind]))
    ]
    if problems:
        raise ConfigError("the plan names what the agents do not have", problems)
