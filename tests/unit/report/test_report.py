"""The report says what the tables say, in words a planner reads, and leaves out what it cannot know."""

import base64
import io
import re

import numpy as np
import pandas as pd
import pytest

from omnistaff.plan import Queue, Target
from omnistaff.report import measures, wording, write_report
from omnistaff.report.inputs import Inputs
from omnistaff.report.page import build_sections
from omnistaff.report.sections import (
    accuracy,
    answer,
    assumptions,
    customers,
    decisions,
    demand,
    intervals,
    parity,
    quality,
)
from omnistaff.tables.files import Workspace


@pytest.fixture(scope="module")
def page(world):
    record = {"versions": {"omnistaff": "1.2.3"}, "plan_hash": "abc", "inputs": {"log.csv": "def"}}
    path = write_report(world.work.folder / "page.html", world.work, world.plan, manifest=record)
    return path.read_text(encoding="utf-8")


def test_names_from_outside_are_escaped(page):
    assert "Demo &lt;bank&gt; &amp; co" in page
    assert "<bank>" not in page


def test_page_asks_for_nothing_from_outside(page):
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page) == []
    assert "default-src 'none'" in page


def test_same_tables_make_the_same_page(world, page, tmp_path):
    record = {"versions": {"omnistaff": "1.2.3"}, "plan_hash": "abc", "inputs": {"log.csv": "def"}}
    again = write_report(tmp_path / "again.html", world.work, world.plan, manifest=record)
    assert again.read_text(encoding="utf-8") == page


def test_assumptions_print_versions_and_fingerprints(page):
    assert '<th scope="row">version</th><td>omnistaff</td><td>1.2.3</td>' in page
    assert "<td>log.csv</td><td>def</td>" in page


def test_without_tables_the_page_names_the_commands_that_make_them(world, tmp_path):
    sections = build_sections(Inputs(Workspace(tmp_path), world.plan))
    notes = " ".join(note for section in sections for note in section.missing)
    for command in ("omnistaff forecast", "omnistaff staffing", "omnistaff schedule", "omnistaff simulate"):
        assert f"`{command}`" in notes


def test_numbers_behind_a_chart_are_its_table(page, world):
    link = re.search(r'download="days.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', page)
    table = pd.read_csv(io.BytesIO(base64.b64decode(link[1])), encoding="utf-8-sig")
    counted = world.work.read("contacts").groupby("source").size()
    assert table.groupby("source")["contacts"].sum().to_dict() == counted.to_dict()


def test_hours_not_covered_are_never_paid_for_by_a_surplus(inputs):
    net = inputs.table("coverage")["net"]
    tile = next(tile for tile in answer.headline(inputs).tiles if tile.label == "Not covered")
    assert tile.value == f"{wording.number(-net[net < 0].sum() * 0.5, 1)} h"


def test_handle_time_is_the_mean_of_what_is_known_of_it(world, tmp_path):
    counted = world.work.read("demand")
    cards, mail = counted["queue"] == "cards", counted["queue"] == "mail"
    early = cards & (counted["interval_start"] < counted["interval_start"].quantile(0.8))
    known = counted["handle_s"].where(~cards, 300.0).mask(early | mail)
    work = Workspace(tmp_path)
    work.write("demand", counted.assign(handle_s=known))
    inputs = Inputs(work, world.plan)
    table = demand.by_queue(inputs)
    column = table.columns.index("AHT, s")
    aht = {row[0]: row[column] for row in table.rows}
    assert (aht["cards"], aht["mail"]) == ("300", wording.NOTHING)
    profile = demand.weekly_profile(inputs).groupby("queue")["handle_s"]
    assert profile.mean()["cards"] == pytest.approx(300.0)
    assert profile.count()["mail"] == 0
    assert "mail: AHT, s not known" in demand.queue_heats(inputs).svg


def test_cost_is_paid_hours_of_shifts_times_each_ones_rate(inputs):
    paid = measures.paid_by_agent(inputs).set_index("agent_id")
    assert paid.loc["A000", "paid_hours"] == 80  # ten shifts of eight paid hours
    assert paid.loc["A004", "paid_hours"] == 72  # one shift fell to the leave, which is no shift
    assert paid.loc["A000", "cost"] == 80 * 20


def test_full_time_equivalents_count_against_forty_hours_without_contracts(inputs):
    assert measures.full_time_equivalents(inputs) == pytest.approx((11 * 80 + 72) / 80)


@pytest.mark.parametrize(
    ("target", "row", "met"),
    [
        (Target(answered_share=0.8), {"service_level": 0.8}, True),
        (Target(answered_share=0.8), {"service_level": 0.798}, False),
        (Target(answered_share=0.8, abandon_share=0.02), {"service_level": 0.9, "abandoned": 3.0}, False),
        (Target(asa_s=30), {"asa_s": 31.0}, False),
    ],
)
def test_a_promise_is_met_when_every_part_is(target, row, met):
    queue = Queue(name="q", target=target)
    whole = {"offered": 100.0, "abandoned": 0.0, "late": 0.0, "service_level": 1.0, "asa_s": 0.0} | row
    assert measures.is_met(queue, measures.with_shares(pd.DataFrame([whole]))).tolist() == [met]


def test_deferred_promise_is_about_what_is_late():
    queue = Queue(name="q", mode="deferred", target=Target(on_time_share=0.95, due_hours=8))
    rows = pd.DataFrame({"offered": [100.0, 100.0, 0.0], "abandoned": 0.0, "late": [5.0, 6.0, 0.0]})
    assert measures.is_met(queue, measures.with_shares(rows)).tolist() == [True, False, True]
    assert measures.target_in_words(queue) == "95\u202f% within 8 open hours"


def test_day_totals_weigh_service_by_contacts(inputs):
    view = intervals.totals(inputs)
    plan = intervals.plan_of_intervals(inputs)
    first = plan[(plan["date"] == plan["date"].min()) & plan["queue"].isin(["cards", "chat"])]
    assert view.data["service_level"].iloc[0] == pytest.approx(
        np.average(first["service_level"], weights=first["mean"])
    )


def test_moves_pair_each_follow_up_with_the_contact_before_it():
    timeline = pd.DataFrame(
        {
            "contact_id": list("abcd"), "case_id": ["1", "1", "1", "2"], "case_position": [1, 3, 2, 1],
            "channel": ["voice", "email", "chat", "voice"],
        }
    )  # fmt: skip
    found = customers.moves(timeline)
    assert found.to_numpy().tolist() == [["chat", "email", 1], ["voice", "chat", 1]]


def test_a_day_without_data_is_a_hole_unless_it_is_a_holiday():
    days = pd.DataFrame({"pbx": [9.0, 9.0, 0.0, 9.0] * 7}, index=pd.date_range("2026-01-01", periods=28))
    days.loc["2026-01-05":, "pbx"] = 9.0
    assert quality.holes(days, set()) == [("pbx", pd.Timestamp("2026-01-03"))]
    assert quality.holes(days, {pd.Timestamp("2026-01-03")}) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4.25, "4.2\u202fs"),
        (45, "45\u202fs"),
        (180, "3\u202fmin"),
        (754, "12:34\u202fmin"),
        (7200, "2.0\u202fh"),
        (np.nan, "–"),
    ],
)
def test_seconds_read_as_planners_write_them(value, text):
    assert wording.seconds(value) == text


def test_numbers_have_thin_spaces_and_true_minus_signs():
    assert wording.number(-1234567.891, 1) == "−1\u202f234\u202f567.9"
    assert wording.number(-0.01, 1) == "0.0"
    assert wording.signed(2.5, 1) == "+2.5"


def test_every_table_of_the_made_up_world_leaves_nothing_missing(world):
    sections = build_sections(Inputs(world.work, world.plan))
    assert [note for section in sections for note in section.missing] == []
    names = {
        f"{section.name}-{block.name}" for section in sections for block in section.blocks if hasattr(block, "name")
    }
    assert names >= {
        "answer-service", "answer-worst", "quality-sources", "customers-funnel", "customers-moves",
        "customers-parity", "customers-gaps", "customers-segment-parity", "customers-fit", "customers-journeys",
        "demand-volume",
        "demand-handle", "demand-by-queue", "demand-outside", "forecast-days", "forecast-skill", "forecast-lead",
        "forecast-accuracy", "forecast-calibration", "staffing-cover", "staffing-service", "staffing-curve",
        "staffing-backlog", "staffing-pooling", "staffing-certainty", "staffing-shrinkage",
        "demand-hours", "intervals-plan", "roster-bars",
        "roster-uncovered", "roster-fairness", "roster-rules", "assumptions-queues", "assumptions-settings",
    }  # fmt: skip


def test_chance_is_the_share_of_simulated_runs_that_keep_the_promise(world):
    rng = np.random.default_rng(3)
    runs = world.plan.simulate.replications
    levels = rng.normal(0.82, 0.03, (400, runs))
    half = 1.984 * levels.std(axis=1, ddof=1) / np.sqrt(runs)
    mean = levels.mean(axis=1)
    rows = pd.DataFrame({"service_level": mean, "service_level_low": mean - half, "service_level_high": mean + half})
    found = measures.chance_of(Inputs(world.work, world.plan), world.plan.queue("cards"), rows)
    assert found.mean() == pytest.approx((levels >= 0.8).mean(), abs=0.01)


def test_chance_without_spread_is_what_came_and_unknown_without_a_promised_share(world):
    rows = pd.DataFrame(
        {"service_level": [0.9, 0.7], "service_level_low": [0.9, 0.7], "service_level_high": [0.9, 0.7]}
    )
    inputs = Inputs(world.work, world.plan)
    assert measures.chance_of(inputs, world.plan.queue("cards"), rows).tolist() == [1.0, 0.0]
    assert np.isnan(measures.chance_of(inputs, world.plan.queue("chat"), rows)).all()
    assert measures.chance_in_words(0.999) == "over\u202f99\u202f%"


def test_changes_name_the_figures_that_differ_and_what_can_be_behind(world):
    figure = {"value": 100.0, "text": "100 paid hours"}
    before = {"plan_hash": "a", "code_hash": "c", "inputs": {"log.csv": "1", "old.csv": "2"},
              "figures": {"schedule.paid_hours": figure, "demand.offered": {"value": 5.0, "text": "5"}}}  # fmt: skip
    now = {"plan_hash": "b", "code_hash": "c", "inputs": {"log.csv": "1", "new.csv": "3"},
           "figures": {"schedule.paid_hours": {"value": 110.0, "text": "110 paid hours"},
                       "demand.offered": {"value": 5.0, "text": "5"}}}  # fmt: skip
    view = decisions.changes(Inputs(world.work, world.plan, now, before))
    assert view.rows == [("schedule", "100 paid hours", "110 paid hours", "+10 (+10.0\u202f%)")]
    assert view.note == "Changed meanwhile: the plan, new.csv and old.csv."
    assert decisions.changes(Inputs(world.work, world.plan, now)) is None
    assert decisions.changes(Inputs(world.work, world.plan, now, now)).title == "No headline figure changed"


def test_tables_older_than_what_feeds_them_are_the_first_thing_to_mend(world):
    stale = Inputs(world.work, world.plan, {"stale": ["forecast", "staffing"]})
    first = decisions.decisions(stale).lines[0]
    assert first.startswith("Run the chain again from `forecast` before you rely on this page")
    assert "the tables of forecast and staffing were made" in first


def test_calibration_names_the_queue_whose_levels_are_off(inputs):
    chart = accuracy.calibration(inputs)
    assert chart.finding == "The forecast's levels are off by up to 8 points in mail, within 5 in 2 of 3 queues"


def test_channels_are_compared_on_the_same_reasons(inputs):
    assert (
        parity.between_channels(inputs).finding == "With the same reasons, email sends most customers back: 30\u202f%"
    )
    assert parity.gaps(inputs).rows[0][0] == "Comes back"
    fit = parity.channel_fit(inputs)
    assert fit.rows[0][:2] == ("billing", "email")
    assert fit.rows[0][-1] == "20"  # (0.3 - 0.2) of 200
    assert [row[0] for row in parity.journeys(inputs).rows] == ["email → voice", "voice → email → voice"]


def test_assumptions_list_every_setting_once_with_what_it_does(inputs):
    chosen, defaults = assumptions.chosen(inputs), assumptions.defaults(inputs)
    keys = [row[0] for row in (*chosen.rows, *defaults.rows)]
    assert len(keys) == len(set(keys))
    assert "staffing.meet_target_with_probability" in keys
    assert ("calendar.country", "ES") in [row[:2] for row in chosen.rows]
    assert dict(row[:2] for row in defaults.rows)["staffing.shrinkage_share"] == "planned: 0.12; unplanned: 0.08"
