"""People may correct who is who, and a person may be erased; both hold in later runs."""

import shutil
from pathlib import Path

import pytest

from omnistaff import customers
from omnistaff.errors import ConfigError
from omnistaff.pipeline import RunResult, run_stages
from omnistaff.plan import Plan, load_plan
from omnistaff.tables.files import Workspace


@pytest.fixture
def plan(project: Path) -> Plan:
    return load_plan(project / "plan.yaml")


@pytest.fixture
def work(demo: RunResult, tmp_path: Path) -> Workspace:
    shutil.copytree(demo.work.folder / "tables", tmp_path / "tables")
    return Workspace(tmp_path)


def busy_customer(work: Workspace) -> str:
    table = work.read("customers")
    return str(table.loc[table["contacts"].between(3, 6), "customer_id"].iloc[0])


def contacts_of(work: Workspace, customer_id: str) -> list[str]:
    identities = work.read("identities")
    return list(identities.loc[identities["customer_id"] == customer_id, "contact_id"])


def test_a_customer_is_found_by_any_identifier_and_shown_whole(plan: Plan, work: Workspace) -> None:
    customer_id = busy_customer(work)
    card = customers.show_customer(customer_id, plan, work)
    assert set(card.chronology["contact_id"]) == set(contacts_of(work, customer_id))
    assert customers.find_customer(card.chronology["contact_id"][0], plan, work) == customer_id
    with pytest.raises(ConfigError, match="no customer is known by"):
        customers.show_customer("nobody@nowhere.example", plan, work)


def test_a_split_holds_in_the_next_run_and_a_link_takes_it_back(plan: Plan, work: Workspace) -> None:
    before = work.read("customers")
    customer_id = busy_customer(work)
    first, *rest = contacts_of(work, customer_id)
    customers.split_off([first], plan, work)
    run_stages(["identity", "timeline"], plan, work)
    apart = work.read("identities").set_index("contact_id")["customer_id"]
    assert apart[first] not in set(apart[rest])
    assert apart[rest].nunique() == 1
    others = before[before["customer_id"] != customer_id]["customer_id"]
    assert set(others) <= set(work.read("customers")["customer_id"])


def test_an_erased_person_is_in_no_table_and_demand_is_unchanged(plan: Plan, work: Workspace) -> None:
    customer_id = busy_customer(work)
    traces = set(contacts_of(work, customer_id)) | {customer_id}
    identifiers = work.read("identifiers")
    mine = identifiers["contact_id"].isin(traces)
    values = set(identifiers.loc[mine, "value"]) - set(identifiers.loc[~mine, "value"])
    erased = customers.erase(customer_id, plan, work)
    assert erased == len(traces) - 1
    for name in ("contacts", "identifiers", "identities", "identity_edges", "identity_events", "timeline", "cases"):
        content = work.path(name).read_bytes()
        table = work.read(name).astype("str")
        for trace in traces | values:
            assert not (table == trace).to_numpy().any(), (name, trace)
            assert trace.encode() not in content, (name, trace)
    demand = work.read("demand")
    run_stages(["ingest", "identity", "timeline", "demand"], plan, work)
    assert not work.read("contacts")["contact_id"].isin(traces).any()
    again = work.read("demand")
    assert again["offered"].equals(demand["offered"])
    assert again["workload_s"].equals(demand["workload_s"])
