"""A change of the plan against the base, a planner's own adjustment, and the correction of a running day."""

import datetime as dt
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from omnistaff.compare import add_bots, change_plan, compare_plans, first_stage, reasons_unknown
from omnistaff.daily import replay_days, update_day
from omnistaff.errors import ConfigError, TableError
from omnistaff.forecast import adjust_forecast
from omnistaff.pipeline import RunResult, read_forecast
from omnistaff.plan import Plan, load_plan
from omnistaff.tables.files import Workspace
from omnistaff.tables.manifest import RUN, hash_plan


@pytest.fixture
def plan(project: Path) -> Plan:
    return load_plan(project / "plan.yaml")


@pytest.fixture
def work(demo: RunResult, tmp_path: Path) -> Workspace:
    shutil.copytree(demo.work.folder / "tables", tmp_path / "tables")
    return Workspace(tmp_path)


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        ("queues.chat.target.answered_share=0.9", "staffing"),
        ("queues.branch.hours={mon-fri: '08:30-16:00'}", "demand"),
        ("forecast.adjustments=[{volume_factor: 1.1}]", "forecast"),
        ("calendar.events.gold-card.start=2026-04-06", "demand"),
        ("schedule.rules.understaffing_cost=100", "schedule"),
    ],
)
def test_only_the_stages_a_change_reaches_are_run_again(plan: Plan, change: str, stage: str) -> None:
    assert first_stage(plan, change_plan(plan, [change])) == stage


def test_a_change_that_is_none_or_names_nothing_is_refused(plan: Plan) -> None:
    with pytest.raises(ConfigError, match="is the base plan"):
        first_stage(plan, change_plan(plan, []))
    with pytest.raises(ConfigError, match="'fax' is not in the list"):
        change_plan(plan, ["queues.fax.priority=1"])
    with pytest.raises(ConfigError, match="expected path=value"):
        change_plan(plan, ["queues.chat.priority"])


def test_a_run_of_another_plan_is_no_base(plan: Plan, demo: RunResult, work: Workspace) -> None:
    shutil.copy(demo.work.folder / RUN, work.folder / RUN)
    edited = change_plan(plan, ["queues.chat.target.answered_share=0.9"])
    with pytest.raises(ConfigError, match="of another plan"):
        compare_plans(edited, change_plan(edited, ["queues.chat.priority=3"]), work.folder)
    record = json.loads((work.folder / RUN).read_text())
    assert set(record["plans"].values()) == {record["plan_hash"]}
    record["plans"]["ingest"], record["plan_hash"] = hash_plan(edited), hash_plan(edited)  # as when ingest ran alone
    (work.folder / RUN).write_text(json.dumps(record))
    with pytest.raises(ConfigError, match="of another plan"):
        compare_plans(edited, change_plan(edited, ["queues.chat.priority=3"]), work.folder)
    assert not (work.folder / "whatif").exists()


def test_ten_per_cent_more_contacts_is_ten_per_cent_more_everywhere(plan: Plan, work: Workspace) -> None:
    base = read_forecast(work)
    more = adjust_forecast(
        base, change_plan(plan, ["forecast.adjustments=[{queues: [chat], volume_factor: 1.1, handle_change_s: -15}]"])
    )
    chat = (base.table["queue"] == "chat").to_numpy()
    ratio = (more.table["mean"] / base.table["mean"]).to_numpy()
    assert np.allclose(ratio[chat], 1.1)
    assert np.allclose(ratio[~chat], 1.0)
    assert np.allclose((more.table["handle_s"] - base.table["handle_s"])[chat], -15)
    assert more.paths["arrivals"].sum() > base.paths["arrivals"].sum()
    assert (more.table["variance"] >= base.table["variance"] - 1e-9).all()


def test_a_bot_that_settles_half_of_the_chats_saves_hours(plan: Plan, work: Workspace) -> None:
    changed = change_plan(plan, ["forecast.adjustments=[{queues: [cards-voice], contained_share: 0.5}]"])
    found = compare_plans(plan, changed, work.folder, repeats=2)
    assert found.work.has("staffing_curve")
    assert not found.work.has("certainty")  # nobody is shown it
    table = found.table.set_index("figure")
    assert table.loc["contacts, cards-voice", "difference"] == pytest.approx(
        -0.5 * table.loc["contacts, cards-voice", "base"], rel=0.1
    )
    for figure in ("agent-hours needed", "cost of the agent-hours needed"):
        assert table.loc[figure, "difference"] < 0
        assert table.loc[figure, "low"] < table.loc[figure, "difference"] < table.loc[figure, "high"]
    assert table.loc["agent-hours needed in silos", "difference"] < 0
    for figure in ("service level", "share who left", "mean wait in s"):
        row = table.loc[f"{figure}, cards-voice"]
        assert row["low"] < row["difference"] < row["high"]
    assert "mean wait in s, mail" not in table.index  # who writes does not wait for an answer


def test_a_bot_takes_what_is_known_to_be_about_its_reason_or_of_a_whole_queue(plan: Plan, work: Workspace) -> None:
    silent = {queue for queue, share in reasons_unknown(plan, work, ["cards=0.2"]).items() if share == 1}
    assert "cards-voice" in silent  # the PBX asks nobody why they call
    by_reason = add_bots(plan, work, ["cards=0.2"]).forecast.adjustments
    assert {"chat", "mail"} <= {queue for each in by_reason for queue in each.queues}
    assert not silent & {queue for each in by_reason for queue in each.queues}
    assert all(0 < each.contained_share < 0.2 for each in by_reason)
    assert "cards-voice" not in reasons_unknown(plan, work, ["cards=0.2", "cards-voice=0.2"])
    assert reasons_unknown(plan, work, ["cards-voice=0.2"]) == {}  # no reason is asked about
    whole = add_bots(plan, work, ["cards-voice=0.2"]).forecast.adjustments
    assert [(each.queues, each.contained_share) for each in whole] == [(["cards-voice"], 0.2)]
    with pytest.raises(ConfigError, match="no contact is about 'fax'"):
        add_bots(plan, work, ["fax=0.2"])


def test_the_day_so_far_corrects_its_rest(plan: Plan, work: Workspace) -> None:
    forecast = read_forecast(work)
    monday = forecast.table["interval_start"].min().tz_convert(plan.time_zone)
    totals = update_day(plan, work, f"{monday:%Y-%m-%d} 11:00")
    assert (totals["corrected"] > 0).all()
    assert (work.exports / "intraday.csv").exists()
    with pytest.raises(TableError, match="nothing for the rest of the day"):
        update_day(plan, work, "2031-01-01 12:00")
    with pytest.raises(ConfigError, match="is not understood"):
        update_day(plan, work, "noon")


def test_a_past_week_is_replayed_beside_what_happened(bank: RunResult) -> None:
    plan = load_plan(Path(__file__).parents[2] / "configs" / "anonymous_bank.yaml")
    plan = plan.replace(simulate=plan.simulate.model_copy(update={"replications": 5}))
    table = replay_days(plan, bank.work, day=dt.date(1999, 2, 14), days=7, gap_minutes=15).set_index("queue")
    contacts = bank.table("contacts")
    start, end = pd.Timestamp("1999-02-13 22:00", tz="UTC"), pd.Timestamp("1999-02-20 22:00", tz="UTC")
    asked = contacts[contacts["arrived_at"].between(start, end, inclusive="left") & contacts["is_demand"]]
    asked = asked[asked["outcome"] != "contained"]  # who hung up in the menu asked nobody
    assert table.loc["all", "offered_observed"] == len(asked)
    assert table.loc["all", "offered_simulated"] == table.loc["all", "offered_observed"]
    assert 0 < table.loc["all", "service_level_observed"] < table.loc["all", "service_level_simulated"] + 0.2 < 1.2


def test_a_queue_whose_logs_name_nobody_is_left_out_of_a_replay(plan: Plan, demo: RunResult) -> None:
    contacts = demo.table("contacts")
    day = contacts["arrived_at"].max().tz_convert(plan.time_zone).date() - dt.timedelta(days=6)
    table = replay_days(plan, demo.work, day=day, days=3, gap_minutes=5).set_index("queue")
    assert contacts.loc[contacts["channel"] == "whatsapp", "agent_id"].isna().all()
    assert table.loc["whatsapp"].isna().all()
    assert table.loc["cards-voice"].notna().all()
    assert list(table.index) == [*(queue.name for queue in plan.queues), "all"]
    assert table.loc["all", "offered_observed"] == table["offered_observed"].drop("all").sum()
