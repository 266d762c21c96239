"""Rules of the event loop on cases small enough to work out by hand: given arrivals, constant work."""

import numpy as np
import pandas as pd
import pytest

import omnistaff as om
from omnistaff.simulate import simulate_groups, trace_contacts
from omnistaff.simulate.state import (
    ABANDONED,
    ANSWERED,
    BACKLOG,
    LATE,
    LEFT_WAIT_S,
    OFFERED,
    ON_TIME,
    UNSERVED,
    WAIT_S,
    WITHIN,
)

INF = np.inf


def test_first_come_first_served_with_one_who_leaves(day, queue_settings):
    live, _ = queue_settings
    result = day([live("v")], {"v": [(0, 100, INF), (10, 50, 30), (20, 60, INF)]}, {"v": 1}, [(0, 24)])
    counts = result.counts.sum(axis=0)[0]
    # the first is served 0-100, the second leaves at 40, the third waits 80
    assert counts[[OFFERED, ANSWERED, ABANDONED, UNSERVED]].tolist() == [3, 2, 1, 0]
    assert counts[WAIT_S] == 80
    assert counts[LEFT_WAIT_S] == 30
    assert counts[WITHIN] == 1
    assert result.spent[0, :, 0].sum() == 160
    assert result.spent[0, :, 1].sum() == 86400


def test_busy_time_is_booked_interval_by_interval(day, queue_settings):
    live, _ = queue_settings
    result = day([live("v")], {"v": [(1700, 2000, INF)]}, {"v": 1}, [(0, 24)])
    assert result.spent[0, :4, 0].tolist() == [100, 1800, 100, 0]


def test_conversations_slow_each_other_down(day):
    chat = {
        "name": "c", "mode": "messaging", "concurrency": 2, "concurrency_speeds": [1, 0.5], "patience_s": 1e9,
        "target": {"answered_share": 0.8, "within_s": 60},
    }  # fmt: skip
    result = day([chat], {"c": [(0, 100, INF), (50, 100, INF), (60, 10, INF)]}, {"c": 1}, [(0, 24)])
    # first: 50 alone, then at half speed until 150; second has 50 left at 150. The third waits until 150, has its 10
    # done at half speed by 170, when the second has 40 left, alone: until 210
    assert result.counts.sum(axis=0)[0][WAIT_S] == pytest.approx(90)
    assert result.spent[0, :, 0].sum() == pytest.approx(210)


def test_deferred_work_yields_and_goes_on(day, queue_settings):
    live, deferred = queue_settings
    contacts = {"v": [(100, 50, INF)], "m": [(0, 300, INF)]}
    result = day([live("v"), deferred("m")], contacts, {"m|v": 1}, [(0, 24)])
    counts = result.counts.sum(axis=0)
    assert counts[0][WAIT_S] == 0
    assert counts[1][[OFFERED, ANSWERED, ON_TIME, WAIT_S]].tolist() == [1, 1, 1, 0]
    assert result.spent[0, :, 0].sum() == 350
    late = day([live("v"), deferred("m")], contacts, {"m|v": 1}, [(0, 24)], deferred_work="finished_first")
    assert late.counts.sum(axis=0)[0][WAIT_S] == 200


def test_work_due_is_counted_late_and_backlog_at_interval_ends(day, queue_settings):
    _, deferred = queue_settings
    contacts = {"m": [(0, 3000, INF), (0, 3000, INF), (0, 3000, INF)]}
    result = day([deferred("m", due_hours=1)], contacts, {"m": 1}, [(0, 2)])
    counts = result.counts.sum(axis=0)[0]
    assert counts[[ON_TIME, LATE, ANSWERED, UNSERVED]].tolist() == [1, 2, 2, 1]
    assert result.counts[:4, 0, BACKLOG].tolist() == [3, 2, 2, 1]
    assert result.counts[-1, 0, BACKLOG] == 1


def test_due_time_runs_in_opening_hours_only(day, queue_settings):
    _, deferred = queue_settings
    mail = {**deferred("m", due_hours=4), "hours": {"daily": "08:00-10:00, 16:00-20:00"}}
    hour = 3600
    # arrives 09:00, one hour runs until 10:00 and three from 16:00: due at 19:00
    done = {at: day([mail], {"m": [(9 * hour, 60, INF)]}, {"m": 1}, [(at, 24)]) for at in (18.9, 19.0)}
    assert done[18.9].counts.sum(axis=0)[0][ON_TIME] == 1
    assert done[19.0].counts.sum(axis=0)[0][LATE] == 1


@pytest.mark.parametrize(
    ("rule", "busy", "answered"), [("finish", 5400, 1), ("hard_stop", 3600, 1), ("first_to_finish", 5400, 1)]
)
def test_the_end_of_a_shift_is_a_rule(day, queue_settings, rule, busy, answered):
    live, _ = queue_settings
    result = day([live("v")], {"v": [(0, 5400, INF)]}, {"v": 1}, [(0, 1)], shift_end=rule)
    assert result.spent[0, :, 0].sum() == busy
    assert result.counts.sum(axis=0)[0][ANSWERED] == answered


def test_overtime_is_worked_while_live_contacts_wait_but_not_for_ever(day, queue_settings):
    live, deferred = queue_settings
    # the shift ends at 3600 in the first call; two wait then, one may be begun before 3600 + 300
    contacts = {"v": [(3500, 350, INF), (3550, 600, INF), (3560, 100, INF)], "m": [(0, 60, INF), (3590, 60, INF)]}
    named = {"queues": [live("v"), deferred("m")], "contacts": contacts, "skills": {"m|v": 1}, "on_duty": [(0, 1)]}
    result = day(**named, shift_end="overtime", max_overtime_minutes=5)
    counts = result.counts.sum(axis=0)
    assert counts[0][[ANSWERED, UNSERVED]].tolist() == [2, 1]
    assert counts[1][[ANSWERED, UNSERVED]].tolist() == [1, 1]
    assert result.spent[0].sum(axis=0).tolist() == [60 + 950, 4450, 850]
    finished = day(**named, shift_end="finish")
    assert finished.counts.sum(axis=0)[0][[ANSWERED, UNSERVED]].tolist() == [1, 2]
    assert finished.spent[0].sum(axis=0).tolist() == [410, 3850, 250]


def test_deferred_work_of_better_rank_sends_nobody_home_while_a_call_waits(day, queue_settings):
    live, deferred = queue_settings
    # mail goes first here: at 3600 one mail is in work, one waits, and so does a call, which overtime is for
    contacts = {
        "v": [(3000, 100, INF)],
        "m": [(0, 3550, INF), (100, 200, INF), (200, 60, INF)],
        "n": [(300, 60, INF)],
    }
    queues = [live("v"), deferred("m", priority=5), deferred("n", priority=5)]
    named = {"queues": queues, "contacts": contacts, "skills": {"m|n|v": 1}, "on_duty": [(0, 1)]}
    counts = day(**named, shift_end="overtime").counts.sum(axis=0)
    assert counts[0][[ANSWERED, UNSERVED]].tolist() == [1, 0]
    assert counts[0][WAIT_S] == 600
    assert counts[1:][:, ANSWERED].tolist() == [1, 0]
    assert day(**named, shift_end="finish").counts.sum(axis=0)[0][UNSERVED] == 1


def test_empirical_times_have_the_shape_of_their_quantiles_and_the_mean_of_the_forecast(case, queue_settings):
    live, _ = queue_settings
    named = {"queues": [live("v")], "rates": {"v": (30, 200)}, "skills": {"v": 40}, "hours": 48, "replications": 30}
    flat = {"handle_times": "empirical", "handle_quantiles_s": {"v": [10, 10, 30]}}  # half 10, half 10 to 30: mean 15
    busy = case(**named, **flat).horizon("v")["occupancy_share"]
    assert busy == pytest.approx(30 * 200 / 3600 / 40, rel=0.02)
    with pytest.raises(om.ConfigError, match="handle_quantiles"):
        case(**named, handle_times="empirical").run()
    with pytest.raises(om.ConfigError, match="rise"):
        case(**named, patience_quantiles_s={"v": [60, 30]})


def test_patience_follows_its_quantiles(day, queue_settings):
    live, _ = queue_settings
    waiting = [(1 + k, 60, float("nan")) for k in range(2000)]
    result = day(
        [live("v")], {"v": [(0, 80_000, INF), *waiting]}, {"v": 1}, [(0, 24)],
        patience_quantiles_s={"v": [100, 100, 500]},
    )  # fmt: skip
    counts = result.counts.sum(axis=0)[0]
    assert counts[ABANDONED] == 2000
    assert counts[LEFT_WAIT_S] / 2000 == pytest.approx(200, rel=0.03)


def test_a_trace_tells_what_happened_to_each_contact_that_is_counted(case, queue_settings):
    live, deferred = queue_settings
    built = case(
        [live("v", 60), deferred("m")], {"v": (60, 120), "m": (5, 200)}, {"m|v": 2}, hours=24, replications=3
    )
    given = built.roster, built.forecast, built.agents, built.plan
    runs = [trace_contacts(*given, replication=number) for number in range(3)]
    calls = runs[2][runs[2]["queue"] == "v"].pivot(index="contact", columns="event", values="at")
    assert calls["arrived"].notna().all()
    assert (calls["answered"].isna() == calls["abandoned"].notna()).all()
    assert (calls["answered"].dropna() >= calls["arrived"][calls["answered"].notna()]).all()
    assert runs[2].loc[runs[2]["event"] == "answered", "agent_id"].notna().all()
    mail = runs[2][runs[2]["queue"] == "m"]["event"].value_counts()
    assert mail["handed_back"] == mail["resumed"] > 0
    left = sum(((run["queue"] == "v") & (run["event"] == "abandoned")).sum() for run in runs) / 3
    assert left == pytest.approx(built.horizon("v")["abandoned"])


def test_groups_report_their_use_and_overtime(case, queue_settings):
    live, _ = queue_settings
    built = case(
        [live("a", 60), live("b", 60)], {"a": (60, 120), "b": (40, 120)}, {"a": 3, "a|b": 2}, hours=24,
        on_duty=[(0, 8)], replications=5,
    )  # fmt: skip
    groups = simulate_groups(built.roster, built.forecast, built.agents, built.plan)
    horizon = groups[groups["period"] == "horizon"].set_index("skills")
    assert horizon.loc["a|b", "occupancy_share"] == pytest.approx(built.horizon("b")["occupancy_share"])
    assert (horizon["occupancy_low"] < horizon["occupancy_share"]).all()
    late = horizon["on_duty_s"] - [3 * 8 * 3600, 2 * 8 * 3600]
    np.testing.assert_allclose(horizon["overtime_s"], late)
    assert (late > 0).all()


def test_breaks_take_people_off_and_bring_them_back(day, queue_settings):
    live, _ = queue_settings
    contacts = {"v": [(3500, 200, INF), (3650, 60, INF)]}
    result = day([live("v")], contacts, {"v": 1}, [(0, 1), (1.5, 8)])
    assert result.counts.sum(axis=0)[0][WAIT_S] == 5400 - 3650


def test_many_waiting_contacts_enlarge_the_line(day, queue_settings):
    live, _ = queue_settings
    n = 5000
    result = day([live("v")], {"v": [(k * 0.01, 1.0, INF) for k in range(n)]}, {"v": 1}, [(0, 24)])
    assert result.counts.sum(axis=0)[0][ANSWERED] == n
    assert result.counts.sum(axis=0)[0][WAIT_S] == pytest.approx(sum(k * 0.99 for k in range(n)))


def test_a_roster_with_strangers_is_refused(case, queue_settings):
    live, _ = queue_settings
    built = case([live("v")], {"v": (10, 60)}, {"v": 2}, hours=24)
    with pytest.raises(om.TableError, match="v-001"):
        om.simulate_roster(
            built.roster, built.forecast, built.agents[built.agents["agent_id"] == "v-000"], built.plan
        )


def test_a_roster_with_somebody_at_work_twice_at_a_time_is_refused(case, queue_settings):
    live, _ = queue_settings
    built = case([live("v")], {"v": (10, 60)}, {"v": 2}, hours=24)
    late = built.roster.iloc[[1]].assign(start_at=built.roster["start_at"].iloc[[1]] + pd.Timedelta(hours=1))
    doubled = pd.concat([built.roster, late], ignore_index=True)
    with pytest.raises(om.TableError, match="v-001 at 2026"):
        om.simulate_roster(doubled, built.forecast, built.agents, built.plan)


def test_replications_stop_when_precise_enough(case, queue_settings):
    live, _ = queue_settings
    built = case([live("v", 120)], {"v": (100, 180)}, {"v": 6}, hours=24, replications=400, half_width=0.02)
    row = built.horizon("v")
    few = case([live("v", 120)], {"v": (100, 180)}, {"v": 6}, hours=24, replications=400).horizon("v")
    wide, narrow = (r["service_level_high"] - r["service_level_low"] for r in (row, few))
    assert narrow < wide <= 0.04
