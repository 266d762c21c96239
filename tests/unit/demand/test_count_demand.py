"""Counting contacts into demand: every value below is worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from omnistaff import demand
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import Contacts, Timeline, conform


def make(**changes: object) -> Plan:
    settings = {
        "name": "test",
        "time_zone": "Europe/Madrid",
        "queues": [{"name": "calls", "contacts": {"channel": ["voice"]}, "hours": {"mon-fri": "09:00-11:00"}}],
    }
    return make_plan(settings | changes)


def contact(number: int, arrived: str, **changes: object) -> dict[str, object]:
    at = pd.Timestamp(arrived, tz="Europe/Madrid").tz_convert("UTC")
    row = {
        "contact_id": f"c{number:03d}", "source": "s", "channel": "voice", "direction": "inbound", "arrived_at": at,
        "answered_at": at + pd.Timedelta(seconds=10), "ended_at": at + pd.Timedelta(seconds=310), "wait_s": 10.0,
        "effort_s": 300.0, "effort_basis": "measured", "outcome": "answered", "is_demand": True, "legs": 1,
        "customer_id": f"p{number}", "is_repeat": False, "is_switch": False,
    }  # fmt: skip
    return row | changes


def tables(*rows: dict[str, object]) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = pd.DataFrame(list(rows))
    links = frame.assign(case_id="m", case_position=1, is_duplicate=False)
    return conform(Contacts, frame), conform(Timeline, links)


def count(*rows: dict[str, object], plan: Plan | None = None) -> pd.DataFrame:
    contacts, timeline = tables(*rows)
    table = demand.count_demand(contacts, timeline, plan or make())
    local = table["interval_start"].dt.tz_convert("Europe/Madrid").dt.tz_localize(None)
    return table.assign(at=local.dt.strftime("%d %H:%M"))


def left(number: int, arrived: str, **changes: object) -> dict[str, object]:
    gone = {"outcome": "abandoned", "effort_s": np.nan, "answered_at": pd.NaT, "ended_at": pd.NaT, "wait_s": 60.0}
    return contact(number, arrived, **(gone | changes))


def test_open_intervals_are_all_there_and_closed_ones_only_when_something_arrived() -> None:
    table = count(contact(1, "2026-03-02 09:05"), contact(2, "2026-03-02 20:10"), contact(3, "2026-03-03 10:45"))
    assert table["at"].tolist() == [
        "02 09:00", "02 09:30", "02 10:00", "02 10:30", "02 20:00", "03 09:00", "03 09:30", "03 10:00", "03 10:30",
    ]  # fmt: skip
    assert table["offered"].tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert table["is_open"].tolist() == [True] * 4 + [False] + [True] * 4


def test_unknown_silence_leaves_no_row() -> None:
    plan = make(demand={"missing": "unknown"})
    table = count(contact(1, "2026-03-02 09:05"), contact(2, "2026-03-02 10:45"), plan=plan)
    assert table["at"].tolist() == ["02 09:00", "02 10:30"]


def test_a_redial_after_leaving_is_one_demand_with_the_last_outcome() -> None:
    table = count(
        left(1, "2026-03-02 09:25", customer_id="ana"),
        contact(2, "2026-03-02 09:31", customer_id="ana", effort_s=120.0),
        contact(3, "2026-03-02 10:40"),
    )
    assert table["offered"].tolist() == [1, 0, 0, 1]
    assert table["handled"].tolist() == [1, 0, 0, 1]
    assert table["abandoned"].sum() == 0
    assert table["handle_s"].tolist()[0] == 120.0


def test_a_call_after_an_answered_one_or_much_later_is_a_second_demand() -> None:
    table = count(
        contact(1, "2026-03-02 09:01", customer_id="ana"),
        contact(2, "2026-03-02 09:07", customer_id="ana"),
        left(3, "2026-03-02 09:40", customer_id="bo"),
        contact(4, "2026-03-02 09:52", customer_id="bo"),
        contact(5, "2026-03-02 10:35"),
    )
    assert table["offered"].sum() == 5
    assert table["abandoned"].sum() == 1


def test_work_is_booked_where_it_was_done() -> None:
    late = contact(1, "2026-03-02 09:20", effort_s=1200.0, answered_at=utc("09:20"), ended_at=utc("10:00"))
    table = count(late, contact(2, "2026-03-02 10:31", effort_s=np.nan))
    assert table["workload_s"].tolist() == pytest.approx([300.0, 900.0, 0.0, 0.0])
    assert table["handle_s"].tolist()[0] == 1200.0


def test_first_repeat_switched_and_unlinked_are_told_apart() -> None:
    table = count(
        contact(1, "2026-03-02 09:01", customer_id="ana"),
        contact(2, "2026-03-02 09:15", customer_id="ana", is_repeat=True, is_switch=True),
        contact(3, "2026-03-02 09:20"),
        contact(4, "2026-03-02 10:35"),
    )
    row = table.iloc[0]
    assert (row.first_contacts, row.repeat_contacts, row.switched_contacts, row.unlinked_contacts) == (2, 1, 1, 1)


def test_employee_made_contained_and_foreign_contacts_are_no_demand() -> None:
    table = count(
        contact(1, "2026-03-02 09:01"),
        contact(2, "2026-03-02 09:02", is_demand=False),
        contact(3, "2026-03-02 09:03", outcome="contained"),
        contact(4, "2026-03-02 09:04", channel="email"),
        contact(5, "2026-03-02 10:35"),
    )
    assert table["offered"].sum() == 2


def test_the_first_matching_queue_wins() -> None:
    queues = [{"name": "first", "contacts": {"channel": ["voice"]}}, {"name": "rest"}]
    rows = [contact(1, "2026-03-02 09:01"), contact(2, "2026-03-02 09:03", channel="email")]
    table = count(*rows, plan=make(queues=queues))
    assert table.groupby("queue")["offered"].sum().to_dict() == {"first": 1, "rest": 1}


def test_data_after_the_cut_off_are_ignored() -> None:
    plan = make(demand={"cut_off": "2026-03-03T00:00:00"})
    table = count(contact(1, "2026-03-02 09:05"), contact(2, "2026-03-04 09:05"), plan=plan)
    assert table["offered"].sum() == 1
    assert table["at"].max() == "02 10:30"


def test_a_day_that_was_cut_off_is_kept_but_not_learnt_from() -> None:
    days = ["2026-03-02", "2026-03-03", "2026-03-04"]
    rows = [contact(100 * k + m, f"{day} {9 + m // 60:02d}:{m % 60:02d}")
            for k, day in enumerate(days) for m in range(0, 120, 6)]  # fmt: skip
    table = count(*rows[:-15])  # the last day ends after half an hour, 15 contacts short
    last = table[table["at"].str.startswith("04")]
    assert last["is_outlier"].all()
    assert last["offered"].sum() == 5
    assert not table[~table["at"].str.startswith("04")]["is_outlier"].any()


def test_spring_and_autumn_days_have_23_and_25_hours() -> None:
    plan = make(queues=[{"name": "all", "hours": {"daily": "24h"}}])
    table = count(contact(1, "2026-03-28 00:05"), contact(2, "2026-03-29 23:45"), plan=plan)
    assert len(table) == 48 + 46
    table = count(contact(1, "2026-10-25 00:05"), contact(2, "2026-10-25 23:45"), plan=plan)
    assert len(table) == 50


def test_an_outage_is_marked_and_a_holiday_is_not() -> None:
    rows, number = [], 0
    for date in pd.date_range("2026-03-02", "2026-04-03"):
        quiet = str(date.date()) in ("2026-03-18", "2026-04-03")  # a Wednesday without feed, Good Friday
        if date.weekday() < 5 and not quiet:
            for minute in range(0, 120, 5):
                number += 1
                rows.append(contact(number, f"{date.date()} {9 + minute // 60:02d}:{minute % 60:02d}"))
    rows.append(contact(999, "2026-04-03 10:59"))
    table = count(*rows, plan=make(calendar={"country": "ES"}))
    assert sorted(set(table.loc[table["is_outlier"], "at"].str[:2])) == ["18"]


def test_rows_may_come_in_any_order() -> None:
    rows = [contact(k, f"2026-03-02 09:{k:02d}", customer_id=f"p{k % 3}") for k in range(1, 40)]
    pd.testing.assert_frame_equal(count(*rows), count(*rows[::-1]))


def test_nothing_gives_an_empty_table() -> None:
    assert count(contact(1, "2026-03-02 09:05", channel="email")).empty


def test_figures_say_what_is_silent() -> None:
    contacts, timeline = tables(contact(1, "2026-03-02 09:05"), contact(2, "2026-03-02 21:05"))
    plan = make(queues=[{"name": "calls", "contacts": {"channel": ["voice"]}, "hours": {"daily": "09:00-11:00"}},
                        {"name": "mail", "contacts": {"channel": ["email"]}},
                        {"name": "renewals", "contacts": {"direction": ["outbound"]}, "handle_s": 60,
                         "outbound": [{"date": "2026-03-05", "contacts": 9}]}])  # fmt: skip
    figures = {
        figure.figure: figure for figure in demand.describe(demand.count_demand(contacts, timeline, plan), plan)
    }
    assert figures["offered"].value == 2
    assert figures["closed_share"].value == 0.5
    assert figures["silent_queues"].text == "no contacts at all for mail"


def utc(clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"2026-03-02 {clock}", tz="Europe/Madrid").tz_convert("UTC")


def weeks(per_day: int, first: str = "2026-03-02", number: int = 10) -> list[dict[str, object]]:
    days = pd.bdate_range(first, periods=number)
    return [contact(1000 * k + m, f"{day:%Y-%m-%d} 09:{m:02d}") for k, day in enumerate(days) for m in range(per_day)]


def test_a_contact_with_day_and_month_swapped_does_not_move_the_end_and_is_told() -> None:
    rows = weeks(20)
    contacts, timeline = tables(*rows, contact(90, "2026-12-03 09:05"), contact(91, "2026-10-03 09:05"))
    for rows_in_memory in (1000, 1):
        plan = make(engine={"rows_in_memory": rows_in_memory})
        found = demand.count_demand(contacts, timeline, plan)
        pd.testing.assert_frame_equal(found, count(*rows).drop(columns="at"))
    told = {one.figure: one.text for one in demand.describe(found, plan, contacts=contacts)}
    assert told["stray_contacts"].startswith("2 contacts left out")
    assert told["stray_contacts"].endswith(": 2026-10-03 to 2026-12-03")


def test_a_feed_that_resumes_after_weeks_is_kept() -> None:
    assert count(*weeks(20), *weeks(5, "2026-05-04", 1))["offered"].sum() == 205


@pytest.mark.parametrize("day", ["2026-04-08", "2026-04-20", "2026-06-01"])
def test_the_first_contacts_after_a_closure_are_kept(day: str) -> None:
    assert count(*weeks(20), contact(90, f"{day} 09:05"))["offered"].sum() == 201


def test_a_cut_off_long_after_the_data_makes_no_quiet_weeks() -> None:
    rows = weeks(20)
    soon, late = (count(*rows, plan=make(demand={"cut_off": day})) for day in ("2026-03-16", "2026-04-16"))
    assert soon["at"].max() == "13 10:30"  # a weekend without opening hours lies between
    assert len(late) == len(count(*rows))


def test_a_stamp_of_1970_is_left_out_and_told() -> None:
    rows = [contact(k, f"2026-03-{k:02d} 09:05") for k in range(2, 7)]
    strays = [contact(90, "1970-01-01 09:05"), contact(91, "2099-01-01 09:05")]
    contacts, timeline = tables(*rows, *strays)
    plain = count(*rows)
    for rows_in_memory in (1000, 1):
        plan = make(engine={"rows_in_memory": rows_in_memory})
        found = demand.count_demand(contacts, timeline, plan)
        pd.testing.assert_frame_equal(found, plain.drop(columns="at"))
        told = {one.figure: one.text for one in demand.describe(found, plan, contacts=contacts)}
        assert told["stray_contacts"].startswith("2 contacts left out")
    assert "stray_contacts" not in {one.figure for one in demand.describe(plain, make(), contacts=contacts[:5])}


def test_a_year_with_a_quiet_season_is_one_history() -> None:
    table = count(contact(1, "2025-04-01 09:05"), contact(2, "2026-03-02 09:05"))
    assert table["offered"].sum() == 2
