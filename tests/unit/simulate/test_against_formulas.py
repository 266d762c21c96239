"""The simulator against exact steady states: means within three standard errors of their replications."""

import numpy as np
import pytest

import omnistaff as om


def steady(rows, queue, skip_hours=4):
    """Return intervals after the start has worn off."""
    mine = rows[(rows["period"] == "interval") & (rows["queue"] == queue)]
    return mine.iloc[2 * skip_hours :]


@pytest.mark.parametrize(
    ("servers", "rate", "handle", "patience"), [(12, 252, 120, 60), (5, 100, 180, 400), (30, 700, 180, 90)]
)
def test_a_single_queue_is_erlang_a(case, queue_settings, servers, rate, handle, patience):
    live, _ = queue_settings
    exact = om.queue_measures(
        arrivals_per_s=rate / 3600, handle_s=handle, servers=servers, within_s=20, patience_s=patience
    )
    centre = case([live("v", patience)], {"v": (rate, handle)}, {"v": servers}, hours=96, seed=3)
    runs = []
    for seed in range(12):
        plan = centre.plan.model_copy(update={"seed": seed})
        centre.plan = plan.model_copy(update={"simulate": plan.simulate.model_copy(update={"replications": 2})})
        rows = steady(centre.run(), "v")
        offered = rows["offered"].sum()
        level = (rows["service_level"] * rows["offered"]).sum() / offered
        asa = (rows["asa_s"] * rows["answered"]).sum() / rows["answered"].sum()
        runs.append((level, rows["abandoned"].sum() / offered, asa))
    mean, error = np.mean(runs, axis=0), np.std(runs, axis=0, ddof=1) / np.sqrt(len(runs))
    expected = np.array([exact.service_level, exact.abandon_share, exact.asa_s])
    assert (np.abs(mean - expected) < 3.5 * error).all(), (mean, expected, error)
    assert (error < 0.05 * expected + 0.003).all()  # narrow enough to tell


def test_endless_patience_is_erlang_c(case, queue_settings):
    live, _ = queue_settings
    exact = om.queue_measures(arrivals_per_s=200 / 3600, handle_s=180, servers=13, within_s=20)
    rows = case([live("v")], {"v": (200, 180)}, {"v": 13}, hours=96, on_duty=[(0, 97)]).run()
    late = steady(rows, "v")
    assert late["abandoned"].sum() == 0
    level = (late["service_level"] * late["offered"]).sum() / late["offered"].sum()
    assert level == pytest.approx(float(exact.service_level), abs=0.012)
    assert late["occupancy_share"].mean() == pytest.approx(float(exact.occupancy_share), abs=0.008)


@pytest.mark.parametrize(("agents", "rate", "level"), [(6, 60, 0.9407), (20, 270, 0.7339), (20, 240, 0.9254)])
def test_conversations_side_by_side_match_the_published_simulation(case, agents, rate, level):
    chat = {
        "name": "chat", "mode": "messaging", "concurrency": 3, "concurrency_speeds": [1, 0.85, 0.72],
        "patience_s": 400, "target": {"answered_share": 0.8, "within_s": 60},
    }  # fmt: skip
    rows = steady(case([chat], {"chat": (rate, 600)}, {"chat": agents}, hours=96, replications=30).run(), "chat")
    assert (rows["service_level"] * rows["offered"]).sum() / rows["offered"].sum() == pytest.approx(level, abs=0.012)


@pytest.mark.parametrize(("reserve", "level", "used"), [(0, 0.413, 1.0), (2, 0.682, 0.91), (4, 0.817, 0.76)])
def test_people_kept_idle_for_calls_match_the_blending_chain(case, queue_settings, reserve, level, used):
    """Bhulai & Koole's threshold policy: 30 people, 22 erlangs of calls of 300 s, endless mail."""
    live, deferred = queue_settings
    centre = case(
        [live("v"), deferred("mail", 1000)],
        {"v": (264, 300), "mail": (1, 300)},
        {"mail|v": 30},
        hours=60,
        replications=60,
        deferred_work="finished_first",
        reserved_idle=reserve,
        backlog={"mail": 10_000},
    )
    rows = centre.run()
    calls = steady(rows, "v", 8)
    assert (calls["service_level"] * calls["offered"]).sum() / calls["offered"].sum() == pytest.approx(
        level, abs=0.01
    )
    busy = steady(rows, "all", 8)["occupancy_share"].mean() * 30
    assert (busy - 22) / 8 == pytest.approx(used, abs=0.012)
