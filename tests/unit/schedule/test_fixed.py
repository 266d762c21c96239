"""Fixed days: who must work or must be off, in the roster and in the checker."""

from __future__ import annotations

import pandas as pd
import pytest

import omnistaff
from omnistaff.errors import ConfigError, InfeasibleError
from omnistaff.tables import Preferences, check
from tests.unit.schedule.small import as_text, small_absences, small_agents, small_plan, small_pool, small_wishes

SUNDAY = "2026-05-10"


def _fixed(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """Return preferences from (agent, preference, date, start_from, start_to)."""
    columns = ["agent_id", "preference", "date", "start_from", "start_to"]
    return check(Preferences, as_text(pd.DataFrame(rows, columns=columns).assign(weekday="", weight=1.0)))


FIXED = _fixed(
    ("a0", "must_work", SUNDAY, "11:00", "12:00"),
    ("a1", "must_be_off", "2026-05-05", "", ""),
    ("a2", "must_work", "2026-05-06", "", ""),
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    away = small_absences(("a2", "2026-05-06", "2026-05-07", "sick"))
    return omnistaff.build_roster(small_pool(), small_agents(), small_plan(), preferences=FIXED, absences=away).table


def test_fixed_days_are_kept_at_their_times(table: pd.DataFrame) -> None:
    work = table[table["activity"] == "work"]
    sunday = work[(work["agent_id"] == "a0") & (work["schedule_date"] == SUNDAY)]
    first = sunday["start_at"].min().tz_convert("Europe/Madrid")
    assert "11:00" <= f"{first:%H:%M}" <= "12:00"
    assert work[(work["agent_id"] == "a1") & (work["schedule_date"] == "2026-05-05")].empty


def test_who_is_ill_need_not_work_on_a_fixed_day(table: pd.DataFrame) -> None:
    away = small_absences(("a2", "2026-05-06", "2026-05-07", "sick"))
    work = table[(table["activity"] == "work") & (table["agent_id"] == "a2")]
    assert work[work["schedule_date"] == "2026-05-06"].empty
    assert omnistaff.check_roster(table, small_agents(), small_plan(), absences=away, preferences=FIXED).empty


@pytest.mark.parametrize(
    "asked",
    [
        ("a0", "must_be_off", SUNDAY, "", ""),
        ("a0", "must_work", SUNDAY, "08:00", "10:30"),
        ("a1", "must_work", "2026-05-05", "", ""),
    ],
)
def test_the_checker_finds_days_that_are_not_as_fixed(
    table: pd.DataFrame, asked: tuple[str, str, str, str, str]
) -> None:
    found = omnistaff.check_roster(table, small_agents(), small_plan(), preferences=_fixed(asked))
    assert "fixed_days" in set(found.loc[found["is_hard"], "rule"])


def test_the_checker_reads_several_weekdays_as_the_roster_does(table: pd.DataFrame) -> None:
    rows = _fixed(("a0", "must_be_off", "", "", "")).assign(weekday="fri-sun")
    found = omnistaff.check_roster(table, small_agents(), small_plan(), preferences=rows)
    fixed = found.loc[found["rule"] == "fixed_days", "message"]
    assert fixed.str.contains(SUNDAY).any()
    assert not fixed.str.contains("2026-05-0[4-7]", regex=True).any()


def test_a_day_fixed_both_ways_is_refused() -> None:
    wishes = _fixed(("a0", "must_work", "", "", ""), ("a0", "must_be_off", SUNDAY, "", ""))
    with pytest.raises(ConfigError, match=f"a0 must work and must be off on {SUNDAY}"):
        omnistaff.build_roster(small_pool(), small_agents(), small_plan(), preferences=wishes)


def test_days_fixed_against_a_contract_are_named_in_the_conflict() -> None:
    wishes = small_wishes(("a0", "must_work", "", "", ""))
    with pytest.raises(InfeasibleError) as raised:
        omnistaff.build_roster(small_pool(), small_agents(), small_plan(), preferences=wishes)
    assert "is fixed to work on Mon 04 May" in raised.value.problems[0]
