"""Raw logs to roster and report: every promise that holds from end to end."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from omnistaff.daily import check_roster_file
from omnistaff.identity import score_customers
from omnistaff.pipeline import STAGE_NAMES, RunResult, is_current, run_plan, run_stages
from omnistaff.plan import load_plan
from omnistaff.tables import TABLES, check
from omnistaff.tables.files import MAKERS, Workspace

MADE = {name: model for name, model in TABLES.items() if MAKERS[name] in (*STAGE_NAMES, "run")}


@pytest.fixture(params=["demo", "bank"])
def run(request: pytest.FixtureRequest) -> RunResult:
    result: RunResult = request.getfixturevalue(request.param)
    return result


def test_a_run_leaves_every_table_the_exports_the_report_and_its_record(run: RunResult) -> None:
    for name, model in MADE.items():
        check(model, run.table(name))
    assert (run.work.exports / "roster.csv").stat().st_size > 1000
    assert "<html" in (run.work.folder / "report.html").read_text(encoding="utf-8")[:500]
    manifest = json.loads((run.work.folder / "run.json").read_text())
    assert manifest["status"] == "done"
    assert set(manifest["rows"]) == set(MADE)
    assert all(len(digest) == 64 for digest in manifest["inputs"].values())


def test_every_contact_has_one_identity_and_one_place_in_the_timeline(run: RunResult) -> None:
    contacts = run.table("contacts")["contact_id"]
    assert run.table("identities")["contact_id"].equals(contacts)
    assert run.table("timeline")["contact_id"].equals(contacts)
    assert run.table("customers")["contacts"].sum() == len(contacts)
    assert run.table("cases")["contacts"].sum() == len(contacts)


def test_every_contact_of_the_demand_is_first_or_repeat(run: RunResult) -> None:
    demand = run.table("demand")
    assert (demand["first_contacts"] + demand["repeat_contacts"]).sub(demand["offered"]).abs().max() < 1e-9
    assert (demand["switched_contacts"] <= demand["repeat_contacts"]).all()


def test_the_roster_keeps_every_hard_rule_and_every_minute_has_one_activity(run: RunResult) -> None:
    roster = run.table("roster")
    assert not run.table("violations")["is_hard"].any()
    following = roster.groupby("agent_id")["start_at"].shift(-1)
    assert (roster["end_at"] > roster["start_at"]).all()
    assert ((roster["end_at"] <= following) | following.isna()).all()
    shifts = roster[roster["activity"].isin(["work", "break", "meal"])].groupby("shift_id")
    minutes = shifts.apply(lambda rows: (rows["end_at"] - rows["start_at"]).sum())
    assert (minutes == shifts["end_at"].max() - shifts["start_at"].min()).all()


def test_the_bound_is_below_the_cost_and_the_quantiles_are_in_order(run: RunResult) -> None:
    figures = run.table("figures").set_index(["stage", "figure"])["value"]
    assert figures["schedule", "bound"] <= figures["schedule", "cost"] + 1e-6
    quantiles = run.table("forecast_quantiles").sort_values(["queue", "interval_start", "quantile"])
    steps = quantiles.groupby(["queue", "interval_start"])["arrivals"].diff().dropna()
    assert (steps >= 0).all()


def test_simulated_contacts_are_the_forecast_ones(run: RunResult) -> None:
    outcomes = run.table("outcomes")
    simulated = outcomes[outcomes["period"] == "horizon"].set_index("queue")["offered"].drop("all")
    totals = run.table("forecast_paths").groupby(["queue", "path"])["arrivals"].sum().groupby("queue")
    error = ((totals.var() + totals.mean()) / 20) ** 0.5  # of the mean over the plan's 20 replications
    assert ((simulated - totals.mean()).abs() < 4 * error).all()


# -- the demo's truth -----------------------------------------------------------------------------------


def test_no_stage_sees_the_truth_and_yet_comes_near_it(project: Path, demo: RunResult) -> None:
    truth = pd.read_parquet(project / "logs" / "truth" / "contacts.parquet")
    merged = demo.table("identities").merge(truth, on="contact_id", validate="1:1")
    assert len(merged) > 0.98 * len(demo.table("identities"))
    scores = score_customers(merged["customer_id"], merged["customer"], merged["arrived_at"])
    assert scores.pair_precision > 0.95
    assert scores.b3_recall > 0.6


def test_a_second_run_gives_the_same_bytes(project: Path, demo: RunResult, tmp_path: Path) -> None:
    again = run_plan(load_plan(project / "plan.yaml"), tmp_path / "again")
    again = run_plan(load_plan(project / "plan.yaml"), tmp_path / "again")  # in the same folder, with its memory
    for name in MADE:
        assert again.work.path(name).read_bytes() == demo.work.path(name).read_bytes(), name
    for export in ("roster.csv", "forecast.csv", "requirement.csv"):
        assert (again.work.exports / export).read_bytes() == (demo.work.exports / export).read_bytes(), export


def test_a_finished_run_is_current_until_its_plan_changes(project: Path, demo: RunResult) -> None:
    plan = load_plan(project / "plan.yaml")
    assert is_current(plan, demo.work)
    assert not is_current(plan.replace(seed=plan.seed + 1), demo.work)
    path = demo.work.path("forecast")
    path.rename(path.with_suffix(".away"))
    assert not is_current(plan, demo.work)
    path.with_suffix(".away").rename(path)


def test_a_stage_run_alone_makes_those_after_it_stale_and_the_report_says_so(
    project: Path, demo: RunResult, tmp_path: Path
) -> None:
    folder = shutil.copytree(demo.work.folder, tmp_path / "copy")
    plan, work = load_plan(project / "plan.yaml"), Workspace(folder)
    run_stages(["demand"], plan, work)
    assert run_stages(["report"], plan, work).manifest["stale"] == ["forecast", "staffing", "schedule", "simulate"]
    assert "Run the chain again from `forecast`" in (folder / "report.html").read_text(encoding="utf-8")
    assert demo.manifest["stale"] == []


def test_the_roster_export_can_be_checked_again(project: Path, demo: RunResult, tmp_path: Path) -> None:
    table = tmp_path / "roster.parquet"
    demo.table("roster").to_parquet(table, index=False)
    plan = load_plan(project / "plan.yaml")
    assert not check_roster_file(plan, demo.work, table)["is_hard"].any()


def test_a_log_with_five_percent_broken_rows_still_runs(project: Path, tmp_path: Path) -> None:
    from omnistaff.ingest import read_contacts

    source = project / "logs" / "branch" / "sucursal.csv"
    lines = source.read_bytes().split(b"\r\n" if b"\r\n" in source.read_bytes() else b"\n")
    broken = [b"x;" + line[:7] if k % 20 == 5 else line for k, line in enumerate(lines)]
    (tmp_path / "broken.csv").write_bytes(b"\n".join(broken))
    plan = load_plan(project / "plan.yaml")
    branch = next(s for s in plan.ingest if s.name == "branch")
    torn = branch.model_copy(update={"path": str(tmp_path / "broken.csv")})
    before, after = read_contacts(plan.replace(ingest=[branch])), read_contacts(plan.replace(ingest=[torn]))
    lost = sum(k % 20 == 5 for k in range(len(lines)) if lines[k].strip())
    assert len(after.rejects) == len(before.rejects) + lost
    assert (after.rejects["reason"] != "").all()
    assert after.contacts["legs"].sum() == before.contacts["legs"].sum() - lost
