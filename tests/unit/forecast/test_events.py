"""Launches: their lift is forecast with its own uncertainty, learnt as it runs, and kept out of the base."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from omnistaff import forecast
from omnistaff.errors import ConfigError
from omnistaff.forecast.analogues import fit_analogues, tell_unknown
from omnistaff.forecast.days import make_days
from omnistaff.forecast.events import base_totals, treat_events
from omnistaff.forecast.lifts import draw_thetas, fit_lift, lift_curve, pool_events, weigh, wide_prior
from omnistaff.forecast.stated import draw_volumes
from omnistaff.plan import Plan, make_plan
from omnistaff.plan.calendar import Event
from omnistaff.tables import DemandForecast, Scores, empty

from .conftest import LEVEL, make_demand, settings

TRUTH = np.array([np.log(0.5), np.log(6.0), np.log(2.0)])


def lifted(demand: pd.DataFrame, start: str) -> pd.DataFrame:
    """Return *demand* with a launch of known lift from *start* on."""
    day = (demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.tz_localize(None).dt.normalize()
           - pd.Timestamp(start)).dt.days.to_numpy()  # fmt: skip
    return demand.assign(offered=(demand["offered"] * (1 + lift_curve(TRUTH, day.astype(float)))).round())


def plan_with(*events: dict[str, object]) -> Plan:
    return make_plan(settings(calendar={"events": list(events)}))


def launch(name: str, start: str, **more: object) -> dict[str, object]:
    return {"name": name, "kind": "launch", "start": start, **more}


def daily(result: DemandForecast) -> np.ndarray:
    date = result.table["interval_start"].dt.tz_convert("Europe/Madrid").dt.date
    return result.table.groupby(date)["mean"].sum().to_numpy()


USUAL = 600 * np.tile(LEVEL, 2)


def test_a_curve_rises_and_halves() -> None:
    curve = lift_curve(np.array([np.log(0.4), np.log(5.0), np.log(1.0)]), np.array([-1.0, 0.0, 5.0, 10.0]))
    assert curve == pytest.approx([0.0, 0.4, 0.2, 0.1])


def test_a_fit_finds_a_clear_lift_again() -> None:
    theta = fit_lift(lift_curve(TRUTH, np.arange(25.0)), wide_prior())
    assert lift_curve(theta, np.arange(25.0)) == pytest.approx(lift_curve(TRUTH, np.arange(25.0)), abs=0.02)


def test_seen_days_narrow_the_draws_around_the_truth() -> None:
    curves = lift_curve(draw_thetas(wide_prior(), np.random.default_rng(1)), np.arange(20.0))
    truth = lift_curve(TRUTH, np.arange(20.0))
    ratio = np.where(np.arange(20) < 6, 1 + truth, np.nan)
    weights = weigh(curves, ratio, 0.04**2, 0.035**2)
    before, after = curves[:, 10].std(), np.sqrt(np.cov(curves[:, 10], aweights=weights))
    assert after < 0.4 * before
    assert weights @ curves[:, 10] == pytest.approx(truth[10], abs=0.08)


def test_a_shared_error_of_the_base_is_not_taken_for_many_independent_ones() -> None:
    curves = np.array([[0.0] * 4, [0.1] * 4])
    ratio = np.full(4, 1.1)
    shared, independent = weigh(curves, ratio, 0.04**2, 0.06**2), weigh(curves, ratio, 0.04**2, 1e-12)
    assert independent[0] < shared[0] < 0.5


def test_more_past_events_make_the_prior_narrower() -> None:
    thetas = TRUTH + np.random.default_rng(2).normal(0, 0.1, (6, 3))
    assert pool_events(thetas, wide_prior()).covariance[0, 0] < pool_events(thetas[:1], wide_prior()).covariance[0, 0]
    assert pool_events(thetas[:0], wide_prior()).covariance[0, 0] == 1.0


def test_a_past_launch_does_not_raise_the_base(demand: pd.DataFrame) -> None:
    told = forecast.forecast_demand(
        lifted(demand, "2026-03-10"), plan_with(launch("blue", "2026-03-10", end="2026-04-11"))
    )
    untold = forecast.forecast_demand(lifted(demand, "2026-03-10"), plan_with())
    plain = forecast.forecast_demand(demand, plan_with())
    assert daily(told).sum() == pytest.approx(daily(plain).sum(), rel=0.04)
    assert daily(untold).sum() > daily(told).sum()


def test_a_running_launch_fades_as_its_kind_did(demand: pd.DataFrame) -> None:
    twice = lifted(lifted(demand, "2026-02-02"), "2026-04-06")
    plan = plan_with(launch("blue", "2026-02-02", end="2026-03-08"), launch("gold", "2026-04-06", end="2026-05-10"))
    clock = np.arange(7.0, 21.0)  # the horizon begins a week after the launch
    expected = USUAL * (1 + lift_curve(TRUTH, clock))
    assert np.abs(daily(forecast.forecast_demand(twice, plan)) - expected).sum() < 0.06 * expected.sum()


def test_an_analogue_gives_a_coming_launch_its_size(demand: pd.DataFrame) -> None:
    once = lifted(demand, "2026-02-02")
    plan = plan_with(launch("blue", "2026-02-02", end="2026-03-08"), launch("gold", "2026-04-13", analogue="blue"))
    result = forecast.forecast_demand(once, plan)
    expected = USUAL * (1 + lift_curve(TRUTH, np.arange(14.0)))
    assert daily(result).sum() == pytest.approx(expected.sum(), rel=0.1)
    plain = forecast.forecast_demand(demand, plan_with())
    assert result.table["variance"].sum() > 2 * plain.table["variance"].sum()


def test_a_stated_volume_arrives(demand: pd.DataFrame) -> None:
    told = {"volume": 1500, "volume_low": 1200, "volume_high": 1800, "end": "2026-04-26"}
    with_it = daily(forecast.forecast_demand(demand, plan_with(launch("gold", "2026-04-13", **told))))
    without = daily(forecast.forecast_demand(demand, plan_with()))
    assert (with_it - without).sum() == pytest.approx(1500, rel=0.15)


def test_nothing_known_gives_the_wide_prior_never_silence(demand: pd.DataFrame) -> None:
    result = forecast.forecast_demand(demand, plan_with(launch("gold", "2026-04-13")))
    plain = forecast.forecast_demand(demand, plan_with())
    assert daily(result).sum() > 1.05 * daily(plain).sum()
    totals = result.paths.groupby("path")["arrivals"].sum()
    assert totals.std() > 2 * plain.paths.groupby("path")["arrivals"].sum().std()


def test_an_outage_teaches_nothing(demand: pd.DataFrame) -> None:
    date = demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.date.astype(str)
    broken = demand.assign(offered=demand["offered"].mask(date.between("2026-04-09", "2026-04-11"), 3.0))
    event = {"name": "fire", "kind": "outage", "start": "2026-04-09", "end": "2026-04-11"}
    told, plain = forecast.forecast_demand(broken, plan_with(event)), forecast.forecast_demand(demand, plan_with())
    assert daily(told).sum() == pytest.approx(daily(plain).sum(), rel=0.02)


def two_queues(start: str, *events: dict[str, object]) -> Plan:
    queues = [{"name": name, "hours": {"daily": "08:00-20:00"}} for name in ("calls", "chats")]
    more = {"forecast": {"start": start, "horizon_days": 14, "paths": 300}, "queues": queues}
    return make_plan(settings(calendar={"events": list(events)}, **more))


def test_queues_share_the_size_of_a_coming_launch_in_every_path(demand: pd.DataFrame) -> None:
    both = pd.concat([demand, make_demand(queue="chats", volume=300.0, seed=5)], ignore_index=True)

    def correlation(*events: dict[str, object]) -> float:
        drawn = forecast.forecast_demand(both, two_queues("2026-04-13", *events)).paths
        return float(drawn.groupby(["path", "queue"])["arrivals"].sum().unstack().corr().loc["calls", "chats"])

    assert correlation(launch("gold", "2026-04-13")) > 0.7
    apart = [launch("gold", "2026-04-13", queues=["calls"]), launch("blue", "2026-04-13", queues=["chats"])]
    assert abs(correlation(*apart)) < 0.25


def test_queues_pick_like_draws_of_a_running_launch(demand: pd.DataFrame) -> None:
    plan = two_queues("2026-04-13", launch("gold", "2026-04-10"))
    sizes = []
    for queue, volume, seed in zip(plan.queues, (600.0, 300.0), (1, 5), strict=True):
        rows = lifted(make_demand(queue=queue.name, volume=volume, seed=seed), "2026-04-10")
        days = make_days(rows, queue, plan, dt.date(2026, 4, 26))
        sizes.append(treat_events(days, queue, plan, volumes={}).factors.mean(axis=1))
    assert np.corrcoef(sizes)[0, 1] > 0.9


@pytest.mark.parametrize(
    ("hours", "start", "end"),
    [
        ("daily", "2026-04-13", "2026-04-26"),
        ("mon-fri", "2026-04-13", "2026-04-26"),
        ("mon-fri", "2026-04-18", "2026-04-22"),  # begins on a closed Saturday
        ("daily", "2026-04-19", "2026-04-19"),  # one weak Sunday
        ("daily", "2026-04-13", "2026-04-13"),  # one strong Monday
    ],
)
def test_stated_contacts_come_in_full_on_the_days_that_are_open(
    demand: pd.DataFrame, hours: str, start: str, end: str
) -> None:
    queues = [{"name": "calls", "hours": {hours: "08:00-20:00"}}]
    told = launch("gold", start, end=end, volume=3000)
    known = demand[open_on(demand, hours)]
    plans = [make_plan(settings(queues=queues, calendar={"events": events})) for events in ([], [told])]
    without, with_it = (daily(forecast.forecast_demand(known, plan)).sum() for plan in plans)
    assert with_it - without == pytest.approx(3000, rel=0.03)


def open_on(demand: pd.DataFrame, hours: str) -> pd.Series:
    return demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.day_of_week < (5 if hours == "mon-fri" else 7)


@pytest.mark.parametrize(("low", "high"), [(2900, 3100), (2000, 4500), (None, None)])
def test_draws_of_stated_contacts_have_the_stated_mean_and_range(low: float | None, high: float | None) -> None:
    event = Event(name="m", start=dt.date(2026, 4, 13), volume=3000, volume_low=low, volume_high=high)
    draws = draw_volumes(event, np.random.default_rng(1))
    assert draws.mean() == pytest.approx(3000, rel=0.002)
    if low and high:
        assert np.quantile(draws, [0.1, 0.9]) == pytest.approx([low, high], rel=0.01)


def test_a_range_that_no_mean_agrees_with_is_held() -> None:
    event = Event(name="m", start=dt.date(2026, 4, 13), volume=3000, volume_low=2999, volume_high=6000)
    draws = draw_volumes(event, np.random.default_rng(1))
    assert np.quantile(draws, [0.1, 0.9]) == pytest.approx([2999, 6000], rel=0.01)


def test_a_stated_range_is_the_range_of_what_an_event_brings(demand: pd.DataFrame) -> None:
    told = launch("gold", "2026-04-13", end="2026-04-26", volume=3000, volume_low=2900, volume_high=3100)
    plan = plan_with(told)
    days = make_days(demand, plan.queues[0], plan, dt.date(2026, 4, 26))
    extra = (treat_events(days, plan.queues[0], plan, volumes={}).factors - 1) @ base_totals(days)[days.history :]
    assert np.quantile(extra, [0.1, 0.9]) == pytest.approx([2900, 3100], rel=0.01)


def test_contacts_stated_for_longer_than_the_horizon_come_in_part(demand: pd.DataFrame) -> None:
    told = launch("gold", "2026-04-13", end="2026-05-10", half_life_days=1000, volume=4000)
    with_it = daily(forecast.forecast_demand(demand, plan_with(told)))
    without = daily(forecast.forecast_demand(demand, plan_with()))
    assert (with_it - without).sum() == pytest.approx(2000, rel=0.1)


def test_a_queue_closed_on_all_days_of_stated_contacts_is_told(demand: pd.DataFrame) -> None:
    queues = [{"name": "calls", "hours": {"mon-fri": "08:00-20:00"}}]
    weekend = launch("gold", "2026-04-18", end="2026-04-19", volume=3000)
    plan = make_plan(settings(queues=queues, calendar={"events": [weekend, launch("blue", "2026-04-17", volume=90)]}))
    result = forecast.forecast_demand(demand[open_on(demand, "mon-fri")], plan)
    texts = [figure.text for figure in forecast.describe(result, empty(Scores), plan) if "closed" in figure.figure]
    assert texts == ["gold: calls is closed on all its days and takes no part of the 3,000 stated contacts"]


@pytest.mark.parametrize(
    "told",
    [
        {"volume": 3000, "volume_low": 4000, "volume_high": 2000},
        {"volume": 3000, "volume_low": 2000},
        {"volume_low": 2000, "volume_high": 4000},
        {"volume": 3000, "volume_low": 3500, "volume_high": 4000},
    ],
)
def test_a_range_that_is_not_around_a_volume_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="volume_low"):
        plan_with(launch("gold", "2026-04-13", **told))


def test_a_second_event_of_a_name_is_not_taken_for_the_first(demand: pd.DataFrame) -> None:
    once = lifted(demand, "2026-02-02")
    past, coming = {"start": "2026-02-02", "end": "2026-03-08"}, {"start": "2026-04-13", "volume": 2000}
    without, same, own = (
        daily(forecast.forecast_demand(once, plan_with(*events))).sum()
        for events in (
            [launch("mailing", **past)],
            [launch("mailing", **past), launch("mailing", **coming, end="2026-04-26")],
            [launch("mailing", **past), launch("another", **coming, end="2026-04-26")],
        )
    )
    assert same - without == pytest.approx(2000, rel=0.03)
    assert same == pytest.approx(own)


def test_events_of_one_name_are_drawn_apart(demand: pd.DataFrame) -> None:
    plan = plan_with(launch("mailing", "2026-04-13", end="2026-04-19"), launch("mailing", "2026-04-20"))
    days = make_days(demand, plan.queues[0], plan, dt.date(2026, 4, 26))
    drawn = treat_events(days, plan.queues[0], plan, volumes={}).factors
    first, second = drawn[:, :7].mean(axis=1), drawn[:, 7:].mean(axis=1)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1


def test_an_analogue_may_bear_the_name_of_its_repetition(demand: pd.DataFrame) -> None:
    once = lifted(demand, "2026-02-02")
    past = launch("mailing", "2026-02-02", end="2026-03-08")
    plan = plan_with(past, launch("mailing", "2026-04-13", analogue="mailing"))
    expected = USUAL * (1 + lift_curve(TRUTH, np.arange(14.0)))
    assert daily(forecast.forecast_demand(once, plan)).sum() == pytest.approx(expected.sum(), rel=0.1)
    with pytest.raises(ConfigError, match="no other event is called 'alone'"):
        plan_with(launch("alone", "2026-04-13", analogue="alone"))


def test_a_running_repetition_does_not_count_as_its_own_analogue(demand: pd.DataFrame) -> None:
    twice = lifted(lifted(demand, "2026-02-02"), "2026-04-02")
    past = launch("mailing", "2026-02-02", end="2026-03-08")

    def draws(**more: object) -> np.ndarray:
        plan = plan_with(past, launch("mailing", "2026-04-02", **more))
        days = make_days(twice, plan.queues[0], plan, dt.date(2026, 4, 26))
        analogues = fit_analogues(twice, dt.date(2026, 4, 13), plan)
        return treat_events(days, plan.queues[0], plan, volumes={}, analogues=analogues).factors

    assert draws(analogue="mailing") == pytest.approx(draws())  # by its kind it rests on the same launch


@pytest.mark.parametrize("known", [1, 7, 20])
def test_contacts_stated_for_a_queue_with_few_days_come_too(known: int) -> None:
    first = dt.date(2026, 4, 13) - dt.timedelta(days=known)
    young = make_demand(start=str(first), days=known)
    told = launch("gold", "2026-04-13", end="2026-04-26", volume=3000)
    with_it, without = (daily(forecast.forecast_demand(young, plan_with(*events))).sum() for events in ([told], []))
    assert with_it - without == pytest.approx(3000, rel=0.08)


def test_a_running_launch_is_told_from_a_week_that_is_free_of_it() -> None:
    young = lifted(make_demand(start="2026-03-30", days=14), "2026-04-09")
    found = daily(forecast.forecast_demand(young, plan_with(launch("gold", "2026-04-09"))))
    expected = USUAL * (1 + lift_curve(TRUTH, np.arange(4.0, 18.0)))
    assert np.abs(found - expected).sum() < 0.08 * expected.sum()


def test_a_launch_without_days_free_of_it_is_the_usual_level() -> None:
    young = make_demand(start="2026-04-06", days=7)
    event = launch("gold", "2026-04-06")
    told, untold = (forecast.forecast_demand(young, plan_with(*events)) for events in ([event], []))
    assert daily(told) == pytest.approx(daily(untold))


def test_a_launch_never_lowers_a_range_and_paths_agree_with_it(demand: pd.DataFrame) -> None:
    events: tuple[list[dict[str, object]], ...] = ([], [launch("gold", "2026-04-14")])  # a Tuesday: Monday has none
    more = {"horizon_days": 7, "paths": 4000}
    without, with_it = (
        forecast.forecast_demand(demand, make_plan(settings(calendar={"events": told}, forecast=more)))
        for told in events
    )
    low = [result.quantiles.query("quantile == 0.05")["arrivals"].to_numpy() for result in (without, with_it)]
    assert (low[1] >= low[0]).all()
    assert low[1][:12] == pytest.approx(low[0][:12])
    drawn = with_it.paths.pivot(index="path", columns="interval_start", values="arrivals").to_numpy()
    for level, shares in with_it.quantiles.groupby("quantile")["arrivals"]:
        held = (drawn <= shares.to_numpy()).mean(axis=0)[12:]
        assert held.mean() == pytest.approx(level, abs=0.035)


def test_an_analogue_is_fitted_on_the_queue_it_touched(demand: pd.DataFrame) -> None:
    chats = lifted(make_demand(queue="chats", volume=300.0, seed=5), "2026-02-02")
    both = pd.concat([demand, chats], ignore_index=True)
    past = launch("blue", "2026-02-02", end="2026-03-08", queues=["chats"])
    coming = launch("gold", "2026-04-13", queues=["calls"], analogue="blue")
    result = forecast.forecast_demand(both, two_queues("2026-04-13", past, coming))
    calls = result.table[result.table["queue"] == "calls"]
    assert calls["mean"].sum() == pytest.approx((USUAL * (1 + lift_curve(TRUTH, np.arange(14.0)))).sum(), rel=0.1)


def test_a_launch_that_runs_may_be_an_analogue_after_a_week(demand: pd.DataFrame) -> None:
    once = lifted(demand, "2026-04-02").assign(queue="chats").astype({"queue": "str"})
    both = pd.concat([demand, once], ignore_index=True)
    runs = launch("blue", "2026-04-02", queues=["chats"])
    found = fit_analogues(both, dt.date(2026, 4, 13), two_queues("2026-04-13", runs, ANALOGUE_OF_BLUE))
    assert lift_curve(found[0], np.arange(11.0)) == pytest.approx(lift_curve(TRUTH, np.arange(11.0)), abs=0.08)
    assert not fit_analogues(both, dt.date(2026, 4, 6), two_queues("2026-04-06", runs, ANALOGUE_OF_BLUE))


ANALOGUE_OF_BLUE = launch("gold", "2026-04-13", queues=["calls"], analogue="blue")


@pytest.mark.parametrize(("start", "end"), [("2025-02-02", "2025-02-15"), ("2026-05-02", "2026-05-15")])
def test_an_analogue_of_which_nothing_is_known_is_told(demand: pd.DataFrame, start: str, end: str) -> None:
    plan = plan_with(launch("blue", start, end=end), launch("gold", "2026-04-13", analogue="blue"))
    told = [figure.text for figure in tell_unknown(demand, dt.date(2026, 4, 13), plan)]
    assert told == ["gold: no days are known of its analogue blue: its size is guessed by its kind"]
    known = plan_with(
        launch("blue", "2026-02-02", end="2026-02-15"), launch("gold", "2026-04-13", analogue="blue"),
        launch("red", "2026-04-13", analogue="gold", volume=300),
    )  # fmt: skip
    assert not tell_unknown(demand, dt.date(2026, 4, 13), known)


def test_a_running_repetition_does_not_tell_of_an_analogue_before_all_data(demand: pd.DataFrame) -> None:
    before = launch("mailing", "2025-02-02", end="2025-02-15")
    plan = plan_with(before, launch("mailing", "2026-04-02", analogue="mailing"))
    told = [figure.figure for figure in tell_unknown(demand, dt.date(2026, 4, 13), plan)]
    assert told == ["analogue[mailing]"]
