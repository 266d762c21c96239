"""Rules of the event loop on cases small enough to work out by hand: given arrivals, constant work."""

import numpy as np
import pandas as pd
import pytest

import omnistaff as om
from omnistaff.simulate import centre as centres
from omnistaff.simulate import simulate_groups, trace_contacts
from omnistaff.simulate.arrivals import Slots
from omnistaff.simulate.duty import read_staff
from omnistaff.simulate.replications import GivenContacts, run_replications
from omnistaff.simulate.state import (
    ABANDONED,
    ANSWERED,
    BACKLOG,
    CALLED_BACK,
    LATE,
    LEFT_WAIT_S,
    OFFERED,
    ON_TIME,
    REDIALLED,
    TRANSFERRED,
    UNSERVED,
    WAIT_S,
    WITHIN,
)
from omnistaff.simulate.streams import name_key
from omnistaff.simulate.volume import Volume, window_of

START = pd.Timestamp("2026-03-02", tz="UTC").as_unit("us")


@pytest.fixture
def day(case):
    """Return a function that runs given contacts: {queue: [(arrival, work, patience)]} on one day of seconds."""

    def run(queues, contacts, skills, on_duty, **simulate):
        built = case(queues, {queues[0]["name"]: (1, 1)}, skills, hours=24, on_duty=on_duty, **simulate)
        plan, names = built.plan, [queue["name"] for queue in queues]
        window = window_of(START, START + pd.Timedelta(days=1), plan, pd.Series([START]))
        staff = read_staff(built.roster, built.agents, plan, window.start, window.seconds)
        rows = [row for name in names for row in contacts.get(name, [])]
        times = np.array([row[0] for row in rows], dtype=float)
        given = GivenContacts(
            times=times,
            cells=(times / window.cell_s).astype(np.int64),
            first=np.cumsum([0, *(len(contacts.get(name, [])) for name in names)]).astype(np.int64),
            work=np.array([row[1] for row in rows], dtype=float),
            patience=np.array([row[2] for row in rows], dtype=float),
            names=np.array([name_key(name) for name in names], dtype=np.uint64),
            seed=1,
        )
        shape = (len(names), window.cells)
        slots = Slots(np.zeros((len(names), 1)), 1800.0, 1800.0, window.cells, np.zeros(len(names), dtype=np.int64))
        volume = Volume(slots, np.zeros((1, len(names), 1)), False, np.full(shape, 60.0), np.zeros(shape))
        centre = centres.make_centre(plan, staff, volume, window)
        return next(iter(run_replications(centre, given, numbers=range(1), threads=1)))

    return run


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


def test_an_agent_in_conversation_drains_for_a_waiting_call(day, queue_settings):
    live, _ = queue_settings
    chat = {
        "name": "c", "mode": "messaging", "concurrency": 2, "concurrency_speeds": [1, 1], "patience_s": 1e9,
        "target": {"answered_share": 0.8, "within_s": 60},
    }  # fmt: skip
    result = day(
        [live("v"), chat], {"c": [(0, 100, INF), (20, 100, INF)], "v": [(10, 30, INF)]}, {"c|v": 1}, [(0, 24)]
    )
    counts = result.counts.sum(axis=0)
    assert counts[0][WAIT_S] == 90  # the call starts at 100
    assert counts[1][WAIT_S] == 110  # the second chat after it, at 130


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


def test_people_take_their_first_queues_before_all_others(day, queue_settings):
    live, _ = queue_settings
    contacts = {"a": [(0, 100, INF), (10, 20, INF)], "b": [(50, 20, INF)]}
    named = {"queues": [live("a"), live("b")], "contacts": contacts, "skills": {"a|b": 1}, "on_duty": [(0, 24)]}
    assert day(**named).counts.sum(axis=0)[:, WAIT_S].tolist() == [90, 70]
    assert day(**named, first_queues={"b|a": ["b"]}).counts.sum(axis=0)[:, WAIT_S].tolist() == [110, 50]
    with pytest.raises(om.ConfigError, match="not among the skills"):
        day(**named, first_queues={"a": ["b"]})


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


def test_specialists_before_generalists_and_oldest_first(day, queue_settings):
    live, _ = queue_settings
    contacts = {"a": [(0, 100, INF), (30, 10, INF)], "b": [(10, 100, INF), (20, 10, INF)]}
    result = day([live("a"), live("b")], contacts, {"a": 1, "a|b": 1}, [(0, 24)])
    counts = result.counts.sum(axis=0)
    # a: first by the specialist; b at 10 by the generalist, who at 110 takes the b of 20; a of 30 at 100
    assert counts[0][WAIT_S] == 70
    assert counts[1][WAIT_S] == 90


def test_higher_priority_is_served_first(day, queue_settings):
    live, _ = queue_settings
    contacts = {"a": [(0, 100, INF), (10, 20, INF)], "b": [(50, 20, INF)]}
    result = day([live("a"), live("b", priority=5)], contacts, {"a|b": 1}, [(0, 24)])
    counts = result.counts.sum(axis=0)
    assert counts[1][WAIT_S] == 50
    assert counts[0][WAIT_S] == 110


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


def test_a_contact_passed_on_is_offered_again(day, queue_settings):
    live, _ = queue_settings
    result = day(
        [live("a"), live("b")], {"a": [(0, 10, INF), (5, 10, INF)]}, {"a": 1, "b": 1}, [(0, 24)],
        transfers={"a": {"b": 1.0}},
    )  # fmt: skip
    counts = result.counts.sum(axis=0)
    assert counts[0][[OFFERED, ANSWERED, TRANSFERRED]].tolist() == [2, 2, 2]
    assert counts[1][[OFFERED, ANSWERED]].tolist() == [2, 2]


def test_who_left_dials_again_until_served(day, queue_settings):
    live, _ = queue_settings
    contacts = {"v": [(0, 2000, INF), (10, 60, 20)]}
    result = day([live("v")], contacts, {"v": 1}, [(0, 24)], redials={"v": {"share": 1.0, "after_s": 100}})
    counts = result.counts.sum(axis=0)[0]
    # the second leaves at 30; whoever comes back has endless patience here and is served
    assert counts[[OFFERED, ABANDONED, REDIALLED, ANSWERED]].tolist() == [3, 1, 1, 2]


@pytest.mark.parametrize(("hours", "times"), [("00:00-24:00", 1), ("00:00-00:30", 0)])
def test_a_closed_queue_takes_nobody_who_dials_again(day, queue_settings, hours, times):
    live, _ = queue_settings
    queue = {**live("v"), "hours": {"daily": hours}}
    again = {"v": {"share": 1.0, "after_s": 4000}}
    result = day([queue], {"v": [(0, 2000, INF), (10, 60, 20)]}, {"v": 1}, [(0, 24)], redials=again)
    counts = result.counts.sum(axis=0)[0]
    assert counts[[OFFERED, ABANDONED, REDIALLED, ANSWERED]].tolist() == [2 + times, 1, times, 1 + times]


def test_nobody_dials_again_for_ever_when_all_have_gone(day, queue_settings):
    live, _ = queue_settings
    again = {"v": {"share": 1.0, "after_s": 7 * 86_400}}
    counts = day([live("v")], {"v": [(0, 60, 5)]}, {"v": 1}, [(1, 2)], redials=again).counts.sum(axis=0)[0]
    assert counts[[OFFERED, ABANDONED, REDIALLED, ANSWERED]].tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(("hours", "times"), [("00:00-24:00", 1), ("12:00-13:00", 0)])
def test_nobody_is_passed_on_to_a_closed_queue(day, queue_settings, hours, times):
    live, deferred = queue_settings
    queues = [live("a"), {**live("b"), "hours": {"daily": hours}}, {**deferred("m"), "hours": {"daily": hours}}]
    named = {"queues": queues, "contacts": {"a": [(0, 10, INF)]}, "skills": {"a": 1, "b": 1, "m": 1}}
    to_a_desk = day(**named, on_duty=[(0, 24)], transfers={"a": {"b": 1.0}}).counts.sum(axis=0)
    assert to_a_desk[0][TRANSFERRED] == to_a_desk[1][OFFERED] == times
    in_writing = day(**named, on_duty=[(0, 24)], transfers={"a": {"m": 1.0}}).counts.sum(axis=0)
    assert in_writing[0][TRANSFERRED] == in_writing[2][OFFERED] == 1


def test_a_callback_keeps_its_place_and_does_not_leave(day, queue_settings):
    live, _ = queue_settings
    contacts = {"v": [(0, 500, INF), (10, 60, 400), (200, 60, 100), (210, 60, 100)]}
    offer = {"v": {"share": 1.0, "from_wait_s": 150}}
    result = day([live("v")], contacts, {"v": 1}, [(0, 24)], callbacks=offer)
    counts = result.counts.sum(axis=0)[0]
    # the second leaves at 410; the two of 200 and 210 are called at 500 and 560
    assert counts[[ANSWERED, ABANDONED, CALLED_BACK]].tolist() == [3, 1, 2]
    assert counts[WAIT_S] == 300 + 350


def test_settings_that_name_unknown_queues_are_refused(day, queue_settings):
    live, _ = queue_settings
    with pytest.raises(om.ConfigError, match="mail"):
        day([live("v")], {}, {"v": 1}, [(0, 24)], transfers={"v": {"mail": 0.1}})


def test_replications_stop_when_precise_enough(case, queue_settings):
    live, _ = queue_settings
    built = case([live("v", 120)], {"v": (100, 180)}, {"v": 6}, hours=24, replications=400, half_width=0.02)
    row = built.horizon("v")
    few = case([live("v", 120)], {"v": (100, 180)}, {"v": 6}, hours=24, replications=400).horizon("v")
    wide, narrow = (r["service_level_high"] - r["service_level_low"] for r in (row, few))
    assert narrow < wide <= 0.04
