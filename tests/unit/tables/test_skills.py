import datetime as dt

import pandas as pd
import pytest

from omnistaff.errors import ConfigError
from omnistaff.tables.skills import Skill, read_skills, skills_by_agent


def test_skills_without_terms_are_at_full_speed_for_good() -> None:
    assert read_skills("calls|chat", None, pd.NA) == (Skill("calls", 1.0, None, None), Skill("chat", 1.0, None, None))


def test_terms_are_those_of_their_queue() -> None:
    calls, chat = read_skills("calls|chat", "chat = 0.75", "calls=2026-05-04..2026-05-31|chat=..2026-05-10")
    assert calls == Skill("calls", 1.0, dt.date(2026, 5, 4), dt.date(2026, 5, 31))
    assert (chat.speed, chat.first, chat.last) == (0.75, None, dt.date(2026, 5, 10))


def test_a_skill_lasts_to_the_end_of_its_last_local_day() -> None:
    (skill,) = read_skills("calls", None, "calls=2026-03-29..2026-03-29")  # the day on which clocks go forward
    first, last = skill.between("Europe/Madrid")
    assert first == pd.Timestamp("2026-03-28 23:00", tz="UTC")
    assert last == pd.Timestamp("2026-03-29 22:00", tz="UTC")


@pytest.mark.parametrize(
    ("speeds", "dates", "words"),
    [
        ("chat", "", "has no ="),
        ("chat=fast", "", "is no speed"),
        ("chat=80", "", "is no speed"),
        ("", "chat=2026-05-04", "first..last day"),
        ("", "chat=2026-05-04..2026-05-03", "first..last day"),
        ("mail=0.8", "", "expected some of"),
        ("chat=0.8|chat=0.9", "", "chat stands twice"),
    ],
)
def test_terms_that_cannot_be_meant_are_refused_in_words(speeds: str, dates: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_skills("calls|chat", speeds, dates)


def test_every_agent_whose_terms_cannot_be_read_is_named() -> None:
    agents = pd.DataFrame(
        {"agent_id": ["a0", "a1", "a2"], "skills": "chat", "proficiency": ["chat=80", "", "mail=1"]}
    )
    with pytest.raises(ConfigError) as error:
        skills_by_agent(agents)
    assert [text[:8] for text in error.value.problems] == ["agent a0", "agent a2"]
