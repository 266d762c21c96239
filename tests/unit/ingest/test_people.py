"""Agents, absences and preferences: defaults, local times, and every mistake named at once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from omnistaff.errors import ConfigError
from omnistaff.ingest import describe, read_contacts, read_people
from omnistaff.plan import Plan, make_plan


def plan_of(folder: Path, **files: str) -> Plan:
    named = {}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
        named[name] = f"{name}.csv"
    content = {"name": "t", "time_zone": "Europe/Madrid", "queues": [{"name": "chat"}, {"name": "cards"}]}
    return make_plan({**content, **named}, folder=folder)


def test_a_plan_without_people_gives_empty_tables(tmp_path: Path) -> None:
    people = read_people(plan_of(tmp_path))
    assert [len(table) for table in people] == [0, 0, 0]


def test_agents_without_optional_columns_get_defaults(tmp_path: Path) -> None:
    agents = read_people(plan_of(tmp_path, agents="agent_id,skills\na1,chat | cards\n")).agents
    row = agents.iloc[0]
    assert (row["name"], row["time_zone"], row["skills"], row["hourly_cost"]) == (
        "a1",
        "Europe/Madrid",
        "cards|chat",
        1.0,
    )
    assert row[["site", "team", "email", "valid_from", "valid_to"]].isna().all()


def test_local_times_are_in_the_agents_own_zone(tmp_path: Path) -> None:
    people = read_people(
        plan_of(
            tmp_path,
            agents="agent_id,skills,time_zone,valid_to\na1,chat,Europe/Madrid,2026-03-29\na2,chat,America/Bogota,\n",
            absences="agent_id,start_at,end_at,activity\na1,2026-03-29,2026-03-29,leave\n"
            "a2,2026-03-29 09:00,2026-03-29 10:00,unpaid\n",
        )
    )
    utc = people.absences.set_index("agent_id")
    assert utc.loc["a1", "end_at"] - utc.loc["a1", "start_at"] == pd.Timedelta(hours=23)  # clocks go forward
    assert utc.loc["a2", "start_at"] == pd.Timestamp("2026-03-29 14:00", tz="UTC")
    assert utc["is_paid"].to_dict() == {"a1": True, "a2": False}
    assert people.agents["valid_to"][0] == pd.Timestamp("2026-03-29 22:00", tz="UTC")


def test_mistakes_in_all_files_come_together_with_file_row_and_column(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        agents="agent_id,skills,time_zone,hourly_cost\na1,chats,Europe/Madrid,10\na1,chat,Europe/Madri,ten\n",
        absences="agent_id,start_at,end_at\na1,29/03/2026,2026-03-30\na1,2026-03-30,2026-03-28\n",
        preferences="agent_id,preference,weekday\na1,dayoff,Mnday\n",
    )
    with pytest.raises(ConfigError) as caught:
        read_people(plan)
    text = str(caught.value)
    for part in (
        "agents.csv row 3, column agent_id: found 'a1', the agent is listed twice",
        "agents.csv row 2, column skills: found 'chats', no queue is called 'chats'",
        "agents.csv row 3, column time_zone: found 'Europe/Madri'",
        "agents.csv row 3, column hourly_cost: found 'ten'",
        "absences.csv row 2, column start_at: found '29/03/2026'",
        "absences.csv row 3, column end_at: found '2026-03-28', is not after start_at",
        "preferences.csv row 2, column preference: found 'dayoff'",
        "preferences.csv row 2, column weekday: found 'Mnday'",
    ):
        assert part in text


def test_an_absence_of_nobody_is_a_mistake(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path, agents="agent_id,skills\na1,chat\n", absences="agent_id,start_at,end_at\na9,2026-03-29,2026-03-30\n"
    )
    with pytest.raises(ConfigError, match="no such agent"):
        read_people(plan)


def test_the_headline_figures_count_what_was_read(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, agents="agent_id,skills\na1,chat\n")
    figures = {figure.figure: figure.value for figure in describe(read_contacts(plan), read_people(plan), plan)}
    assert figures == {"contacts": 0, "demand_contacts": 0, "rejects": 0, "agents": 1}


def test_days_are_counted_on_the_operations_clock(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("id,at\n1,2026-04-05T23:30Z\n2,2026-04-06T22:30Z\n")
    source = {"reader": "csv", "path": "b.csv", "columns": {"contact_id": "id", "arrived_at": "at"}}
    content = {"name": "t", "time_zone": "Europe/Madrid", "queues": [{"name": "q"}], "ingest": [source]}
    plan = make_plan(content, folder=tmp_path)
    texts = [figure.text for figure in describe(read_contacts(plan), read_people(plan), plan)]
    assert "2 days from 2026-04-06 to 2026-04-07" in texts


def test_skills_may_have_dates_and_speeds(tmp_path: Path) -> None:
    header = "agent_id,skills,proficiency,skill_dates\n"
    row = read_people(plan_of(tmp_path, agents=header + "a1,chat|cards,chat=0.8,cards=..2026-05-31\n")).agents.iloc[0]
    assert (row["proficiency"], row["skill_dates"]) == ("chat=0.8", "cards=..2026-05-31")
    with pytest.raises(ConfigError) as error:
        read_people(plan_of(tmp_path, agents=header + "a1,chat,chat=80%,\na2,chat,,cards=2026-05-31..\n"))
    problems = "\n".join(error.value.problems)
    assert "row 2, column proficiency: found 'chat=80%'" in problems
    assert "row 3, column skill_dates" in problems
    assert "expected some of chat" in problems
