"""A plan file is checked whole: all mistakes come together, each with its key and a hint."""

import json
from pathlib import Path

import pandas as pd
import pytest

from omnistaff.errors import ConfigError
from omnistaff.plan import Plan, load_plan, make_plan, plan_schema

SMALL = {"name": "x", "time_zone": "Europe/Madrid", "queues": [{"name": "voice"}]}

FIVE_MISTAKES = """
name: broken
time_zone: Europe/Madrit
intervall_minutes: 30
queues:
  - {name: voice, mode: life, hours: {mon-fri: "8 to 22"}}
staffing: {shrinkage_share: {planned: 30}}
"""


def test_five_mistakes_come_in_one_message_with_key_and_hint(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(FIVE_MISTAKES)
    with pytest.raises(ConfigError) as caught:
        load_plan(file)
    message = str(caught.value)
    assert len(caught.value.problems) == 5
    assert "time_zone: time zone 'Europe/Madrit' is unknown" in message
    assert "intervall_minutes: unknown key, did you mean interval_minutes?" in message
    assert "queues.0.mode: found 'life', expected 'live', 'messaging' or 'deferred'" in message
    assert "queues.0.hours: opening hours '8 to 22' are not understood" in message
    assert "staffing.shrinkage_share.planned: found 30, expected less than 1: write 0.3 for 30 %" in message


def test_a_file_that_is_missing_or_no_yaml_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_plan(tmp_path / "none.yaml")
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: [unclosed")
    with pytest.raises(ConfigError, match="not valid YAML"):
        load_plan(bad)
    bad.write_text("- just\n- a list\n")
    with pytest.raises(ConfigError, match="expected sections such as"):
        load_plan(bad)


def test_names_that_do_not_hang_together_are_reported_together() -> None:
    content = {
        **SMALL,
        "queues": [{"name": "voice"}, {"name": "voice"}],
        "calendar": {"events": [{"name": "launch", "start": "2026-03-02", "queues": ["chat"]}]},
        "schedule": {"contracts": {"full": {"patterns": ["night"]}}},
    }
    with pytest.raises(ConfigError) as caught:
        make_plan(content)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "queues",
        "calendar.events.0.queues",
        "schedule.contracts.full.patterns",
    ]


def test_relative_paths_start_from_the_plans_folder(tmp_path: Path) -> None:
    file = tmp_path / "sub" / "plan.yaml"
    file.parent.mkdir()
    file.write_text(json.dumps(SMALL))
    assert load_plan(file).folder == file.parent


def test_a_plan_cannot_be_changed_and_measured_patience_makes_a_copy() -> None:
    plan = make_plan(SMALL)
    with pytest.raises(ValueError, match="frozen"):
        plan.seed = 8
    measured = plan.with_patience({"voice": 120.0, "unknown": 1.0})
    assert plan.queue("voice").patience_s == "estimate"
    assert measured.queue("voice").patience_s == 120.0


def test_the_schema_names_every_section() -> None:
    assert set(json.loads(plan_schema())["properties"]) == set(Plan.model_fields)


@pytest.mark.parametrize(
    ("mode", "target", "key"),
    [
        ("live", {"answered_share": 0.8, "due_hours": 4}, "due_hours"),
        ("messaging", {"answered_share": 0.8, "on_time_share": 0.9}, "on_time_share"),
        ("deferred", {"on_time_share": 0.9, "within_s": 20}, "within_s"),
    ],
)
def test_a_promise_that_means_nothing_for_the_mode_is_refused(mode, target, key):
    with pytest.raises(ConfigError, match=rf"{key} means nothing for a {mode} queue"):
        make_plan({"name": "p", "time_zone": "UTC", "queues": [{"name": "q", "mode": mode, "target": target}]})


def test_dates_in_opening_hours_need_no_quotes(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        "name: x\ntime_zone: Europe/Madrid\n"
        "queues:\n  - {name: voice, hours: {mon-fri: '08:00-20:00', 2026-12-24: '08:00-13:00'}}\n"
    )
    hours = load_plan(file).queue("voice").hours
    assert hours == {"mon-fri": "08:00-20:00", "2026-12-24": "08:00-13:00"}


def test_keys_that_stand_twice_are_refused_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        "name: x\ntime_zone: Europe/Madrid\nqueues: [{name: voice}]\nqueues:\n"
        "  - name: chat\n    target: {within_s: 20, within_s: 30}\n"
    )
    with pytest.raises(ConfigError, match="2 key") as caught:
        load_plan(file)
    assert sorted(caught.value.problems) == [
        "queues: in line 3 and again in line 4",
        "within_s: in line 6 and again in line 6",
    ]


def test_parts_may_be_shared_by_anchors(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        "name: x\ntime_zone: Europe/Madrid\nqueues:\n  - &line {name: voice, patience_s: 60}\n"
        "  - {<<: *line, name: chat}\n"
    )
    assert [(queue.name, queue.patience_s) for queue in load_plan(file).queues] == [("voice", 60), ("chat", 60)]


def test_a_day_that_the_calendar_does_not_have_is_told_with_the_other_problems(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        "name: x\ntime_zone: Europe/Madrid\nqueues: [{name: voice, mode: life}]\n"
        "forecast: {start: 2026-02-31}\ncalendar: {holidays: {2026-02-30: party}}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_plan(file)
    assert len(caught.value.problems) >= 3
    for day in ("'2026-02-31'", "'2026-02-30'"):
        assert any(day in problem for problem in caught.value.problems)


def test_a_holiday_event_is_a_holiday_of_its_queues() -> None:
    queues = [{"name": name, "hours": {"daily": "08:00-20:00", "holidays": "closed"}} for name in ("voice", "chat")]
    event = {"name": "company day", "kind": "holiday", "start": "2026-05-04", "end": "2026-05-05", "queues": ["chat"]}
    plan = make_plan(SMALL | {"queues": queues, "calendar": {"events": [event]}})
    noon = pd.DatetimeIndex(pd.date_range("2026-05-03 10:00", periods=4, freq="D", tz="UTC"))
    assert plan.is_open(plan.queue("voice"), noon).tolist() == [True] * 4
    assert plan.is_open(plan.queue("chat"), noon).tolist() == [True, False, False, True]


def test_parts_merged_from_merged_parts_are_no_keys_that_stand_twice(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        "name: x\ntime_zone: Europe/Madrid\nqueues:\n"
        "  - {name: voice, target: &base {answered_share: 0.8, within_s: 20}}\n"
        "  - {name: chat, target: &chat {<<: *base, answered_share: 0.9}}\n"
        "  - {name: video, target: {<<: *chat, within_s: 30}}\n"
    )
    assert [queue.target.within_s for queue in load_plan(file).queues] == [20, 20, 30]


def test_a_plan_with_control_characters_is_the_users_mistake(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text('name: "x\x07"\n')
    with pytest.raises(ConfigError, match="not valid YAML"):
        load_plan(file)
