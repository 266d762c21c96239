"""The real logs are read as SOURCE.md says, counted again here with nothing but csv and gzip."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest
import yaml

import omnistaff as om
from omnistaff.plan import make_plan

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "data" / "samples" / "anonymous_bank_1999"
NOTHING = "0:00:00"


@pytest.fixture(scope="module")
def calls():
    with gzip.open(FOLDER / "anonymous_bank_1999_01_calls.csv.gz", "rt", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def log():
    content = yaml.safe_load((ROOT / "configs" / "anonymous_bank.yaml").read_text(encoding="utf-8"))
    content["ingest"][0]["path"] = str(FOLDER / "anonymous_bank_1999_01_calls.csv.gz")
    return om.read_contacts(make_plan(content, folder=ROOT / "configs"))


def test_every_call_is_a_contact_or_a_reject(calls, log):
    assert len(calls) == 31_599
    assert len(log.contacts) + len(log.rejects) == len(calls)
    assert len(log.rejects) <= 5


def test_callers_who_left_in_the_menu_are_contained_and_phantoms_no_demand(calls, log):
    in_menu = sum(row["outcome"] == "HANG" and row["q_start"] == NOTHING for row in calls)
    phantoms = sum(row["outcome"] == "PHANTOM" for row in calls)
    contained = log.contacts["outcome"] == "contained"
    assert (contained & log.contacts["is_demand"]).sum() == in_menu
    assert (~log.contacts["is_demand"]).sum() == phantoms


def test_waits_and_services_are_those_of_the_log(calls, log):
    rejected = len(log.rejects)
    agents = [row for row in calls if row["outcome"] == "AGENT"]
    answered = log.contacts[log.contacts["outcome"] == "answered"]
    assert len(agents) - len(answered) in range(rejected + 1)
    waits = sum(int(row["q_time"]) for row in agents)
    services = sum(int(row["ser_time"]) for row in agents)
    assert answered["wait_s"].sum() == pytest.approx(waits, rel=0.002)
    assert answered["effort_s"].sum() == pytest.approx(services, rel=0.002)


def test_types_are_queues_and_customers_without_a_number_have_no_identifier(calls, log):
    types = Counter(row["type"] for row in calls)
    found = Counter(log.contacts["queue"].tolist())
    assert sum((types - found).values()) == len(log.rejects)
    named = sum(row["customer_id"] != "0" for row in calls)
    assert named - len(log.identifiers) in range(len(log.rejects) + 1)


def test_the_invented_people_can_serve_every_planned_queue():
    plan = om.load_plan(ROOT / "configs" / "anonymous_bank.yaml")
    agents = om.read_people(plan).agents
    skills = {skill for entry in agents["skills"] for skill in entry.split("|")}
    assert skills == {queue.name for queue in plan.queues}
    assert set(agents["contract"]) == set(plan.schedule.contracts)
