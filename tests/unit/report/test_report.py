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
from omnistaff.report.sections import answer, customers, intervals, quality
from omnistaff.tables.files import Workspace


@pytest.fixture(scope="module")
def page(world):
    record = {"versions": {"omnistaff": "1.2.3"}, "plan_hash": "abc", "inputs": {"log.csv": "def"}}
    path = write_report(world.work.folder / "page.html", world.work, world.plan, manifest=record)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def inputs(world):
    return Inputs(world.work, world.plan)


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
