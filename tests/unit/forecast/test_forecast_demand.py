"""The forecast as a whole: its grid, its honesty, its calibration on demand of known truth."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from omnistaff import forecast
from omnistaff.errors import ConfigError
from omnistaff.forecast.choice import explain_models
from omnistaff.forecast.models import MODELS
from omnistaff.forecast.produce import forecast_start
from omnistaff.plan import Plan, make_plan
from omnistaff.plan.forecast import ModelName

from .conftest import LEVEL, demand_rows, make_demand, settings


def test_it_starts_on_the_first_monday_after_the_data_and_covers_open_hours(demand: pd.DataFrame, plan: Plan) -> None:
    table = forecast.forecast_demand(demand.iloc[:-12], plan).table  # the data end on a Saturday
    local = table["interval_start"].dt.tz_convert("Europe/Madrid")
    assert str(local.min()) == "2026-04-13 08:00:00+02:00"
    assert local.dt.hour.between(8, 19).all()
    assert len(table) == 14 * 12


def test_a_western_queues_sunday_evening_does_not_put_the_start_off(demand: pd.DataFrame) -> None:
    wall = demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.tz_localize(None)
    west = demand.assign(interval_start=wall.dt.tz_localize("America/New_York").dt.tz_convert("UTC"))
    zone = {"time_zone": "America/New_York"}
    plan = make_plan(settings(queues=[{"name": "calls", "hours": {"daily": "08:00-20:00"}} | zone]))
    assert forecast_start(west, plan) == dt.date(2026, 4, 13)  # the last interval is Monday's in Madrid


def test_what_an_eastern_queue_has_of_monday_does_not_put_the_start_off() -> None:
    local = pd.date_range("2026-01-05", "2026-03-22 23:00", freq="h")  # Madrid's weeks
    east = demand_rows("calls", local, np.full(len(local), 5.0))
    plan = make_plan(settings(queues=[{"name": "calls", "time_zone": "Asia/Tokyo", "hours": {"daily": "24h"}}]))
    assert forecast_start(east, plan) == dt.date(2026, 3, 23)


def test_a_queue_that_begins_on_the_first_day_of_its_own_clock_has_no_past(demand: pd.DataFrame) -> None:
    local = pd.date_range("2026-03-08 16:00", periods=96, freq="h")  # midnight in Tokyo
    both = pd.concat([demand, demand_rows("east", local, np.full(96, 5.0))], ignore_index=True)
    east = {"name": "east", "time_zone": "Asia/Tokyo", "hours": {"daily": "24h"}}
    queues = [{"name": "calls", "hours": {"daily": "08:00-20:00"}}, east]
    plan = make_plan(settings(queues=queues, forecast={"start": "2026-03-09", "horizon_days": 3}))
    with pytest.raises(ConfigError, match=r"queues\.east: nothing before 2026-03-09"):
        forecast.forecast_demand(both, plan)


def test_means_are_near_the_true_rates(demand: pd.DataFrame, plan: Plan) -> None:
    table = forecast.forecast_demand(demand, plan).table
    local = table["interval_start"].dt.tz_convert("Europe/Madrid")
    days = table.groupby(local.dt.date)["mean"].sum()
    assert days.to_numpy() == pytest.approx(600 * np.tile(LEVEL, 2), rel=0.06)
    noon = table.loc[local.dt.hour == 12, "mean"].to_numpy()
    assert noon / days.to_numpy() == pytest.approx(1.3 / 8.9, rel=0.08)


def test_nothing_after_the_start_changes_a_bit(demand: pd.DataFrame) -> None:
    plan = make_plan(settings(forecast={"start": "2026-03-30", "horizon_days": 7, "paths": 20}))
    late = demand["interval_start"] >= pd.Timestamp("2026-03-29 22:00", tz="UTC")
    spoilt = demand.assign(offered=demand["offered"].mask(late, 1e6), handle_s=demand["handle_s"].mask(late, 1e6))
    one, two = forecast.forecast_demand(demand, plan), forecast.forecast_demand(spoilt, plan)
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    pd.testing.assert_frame_equal(one.quantiles, two.quantiles, check_exact=True)
    pd.testing.assert_frame_equal(one.paths, two.paths, check_exact=True)


def test_paths_agree_with_mean_and_variance(demand: pd.DataFrame) -> None:
    plan = make_plan(settings(forecast={"horizon_days": 7, "paths": 4000}))
    rng = np.random.default_rng(2)
    levels = np.repeat(rng.gamma(10.0, 0.1, 98), 12)  # good and bad days, of which ranges must be learnt
    result = forecast.forecast_demand(demand.assign(offered=rng.poisson(demand["offered"] * levels) * 1.0), plan)
    drawn = result.paths.groupby("interval_start")["arrivals"]
    mean = result.table["mean"]
    assert drawn.mean().to_numpy() == pytest.approx(mean.to_numpy(), rel=0.06)
    rates, told = drawn.var().to_numpy() - mean, result.table["variance"] - mean  # without the chance of counts
    assert rates.sum() == pytest.approx(told.sum(), rel=0.05)
    wide = result.quantiles.pivot(index="interval_start", columns="quantile", values="arrivals")
    reach = drawn.quantile(0.9) - drawn.quantile(0.1)
    assert reach.sum() == pytest.approx((wide[0.9] - wide[0.1]).sum(), rel=0.1)


def test_quantiles_rise_with_the_level_and_frame_the_mean(demand: pd.DataFrame, plan: Plan) -> None:
    result = forecast.forecast_demand(demand, plan)
    wide = result.quantiles.pivot(index="interval_start", columns="quantile", values="arrivals").to_numpy()
    assert (np.diff(wide, axis=1) >= 0).all()
    assert (wide[:, 0] < result.table["mean"].to_numpy()).all()
    assert (wide[:, -1] > result.table["mean"].to_numpy()).all()


def test_the_blend_beats_last_week_and_comes_near_the_floor(demand: pd.DataFrame, plan: Plan) -> None:
    scores = forecast.backtest(demand, plan).set_index(["model", "horizon"])
    blend = scores.loc[("blend", "all")]
    assert blend["wape"] < 0.8 * scores.loc[("seasonal_naive", "all"), "wape"]
    assert blend["wape"] < 1.2 * blend["floor_wape"]
    assert 0.74 < blend["coverage_80"] < 0.88


def test_every_model_is_scored_at_every_lead(demand: pd.DataFrame, plan: Plan) -> None:
    scores = forecast.backtest(demand, plan)
    assert set(scores["horizon"]) == {"day 1", "week 1", "week 2", "weeks 3-4", "all"}
    assert scores.groupby("horizon")["n"].nunique().eq(1).all()


def test_handle_time_follows_the_data_and_else_the_plan(demand: pd.DataFrame, plan: Plan) -> None:
    table = forecast.forecast_demand(demand, plan).table
    assert table["handle_s"].to_numpy() == pytest.approx(240.0)
    assert table["handle_sd_s"].to_numpy() == pytest.approx(120.0)
    unknown = demand.assign(handle_s=np.nan, handle_sd_s=np.nan)
    told = make_plan(settings(queues=[{"name": "calls", "hours": {"daily": "08:00-20:00"}, "handle_s": 300}]))
    assert forecast.forecast_demand(unknown, told).table["handle_s"].unique().tolist() == [300.0]
    with pytest.raises(ConfigError, match=r"queues\.calls\.handle_s"):
        forecast.forecast_demand(unknown, plan)


@pytest.mark.parametrize("paths", [0, 20])
def test_a_queue_closed_all_horizon_has_no_rows_and_the_others_theirs(demand: pd.DataFrame, paths: int) -> None:
    closed = {f"2026-04-{day}": "closed" for day in range(13, 27)}
    told = [
        {"name": "calls", "hours": {"daily": "08:00-20:00"}},
        {"name": "season", "hours": {"daily": "08:00-20:00"} | closed},
    ]
    both = pd.concat([demand, make_demand(queue="season", seed=2)], ignore_index=True)
    ahead = {"horizon_days": 14, "paths": paths, "backtest_origins": 4}
    plan = make_plan(settings(queues=told, forecast=ahead))
    made = forecast.forecast_demand(both, plan)
    assert made.table["queue"].unique().tolist() == ["calls"]
    assert len(made.table) == 14 * 12
    assert forecast.describe(made, forecast.backtest(both, plan), plan)
    alone = make_plan(settings(queues=told[1:], forecast=ahead))
    none = forecast.adjust_forecast(forecast.forecast_demand(both, alone), alone)
    assert none.table.empty
    assert none.paths.empty
    assert forecast.describe(none, forecast.backtest(both, alone), alone)


def test_queues_without_a_past_are_named(demand: pd.DataFrame) -> None:
    queues = [{"name": name, "hours": {"daily": "08:00-20:00"}} for name in ("calls", "mail", "chat")]
    with pytest.raises(ConfigError, match=r"(?s)queues\.mail.*queues\.chat"):
        forecast.forecast_demand(demand, make_plan(settings(queues=queues)))


def test_a_queue_with_ten_days_gets_a_forecast() -> None:
    table = forecast.forecast_demand(make_demand(days=10), make_plan(settings())).table
    assert 0.5 * 14 / 7 * 600 * LEVEL.sum() < table["mean"].sum() < 1.5 * 14 / 7 * 600 * LEVEL.sum()
    assert (table["variance"] > table["mean"]).all()


def test_a_queue_with_two_contacts_a_day_is_not_biased() -> None:
    sparse = make_demand(volume=2.0, days=140, seed=3)
    table = forecast.forecast_demand(sparse, make_plan(settings())).table
    assert table["mean"].sum() == pytest.approx(2 * 2 * LEVEL.sum(), rel=0.25)


@pytest.mark.parametrize("model", ["blend", "combine", "like_days"])
def test_short_intervals_do_not_add_up_to_contacts_that_never_come(model: str) -> None:
    """Ten contacts a day of 288 intervals, none from 20 to 8 o'clock."""
    local = pd.date_range("2026-01-05", periods=70 * 288, freq="5min")
    rate = np.where((local.hour >= 8) & (local.hour < 20), 10 / 144, 0.0)
    rows = demand_rows("calls", local, np.random.default_rng(5).poisson(rate).astype(float))
    ahead = {"horizon_days": 7, "paths": 20, "models": [model]}
    queues = [{"name": "calls", "hours": {"daily": "00:00-24:00"}}]
    made = forecast.forecast_demand(rows, make_plan(settings(interval_minutes=5, queues=queues, forecast=ahead)))
    hour = made.table["interval_start"].dt.tz_convert("Europe/Madrid").dt.hour
    night = ~hour.between(8, 19)
    assert made.table["mean"].sum() / 7 == pytest.approx(10, rel=0.2)
    assert made.table.loc[night, "mean"].sum() / 7 < 0.5
    assert made.paths["arrivals"].sum() / 140 == pytest.approx(10, rel=0.2)


def test_longer_hours_ahead_than_behind_borrow_from_their_neighbours(demand: pd.DataFrame) -> None:
    hours = {"daily": "08:00-20:00", "2026-04-14": "08:00-22:00"}
    queues = [{"name": "calls", "hours": hours}]
    table = forecast.forecast_demand(demand, make_plan(settings(queues=queues))).table
    local = table["interval_start"].dt.tz_convert("Europe/Madrid")
    evening = table.loc[(local.dt.date.astype(str) == "2026-04-14") & (local.dt.hour >= 19), "mean"].to_numpy()
    assert len(evening) == 3
    assert evening[1:] == pytest.approx(evening[0], rel=0.25)


def test_clock_changes_ahead_leave_no_gap_and_no_double() -> None:
    queues = [{"name": "mail", "mode": "deferred", "target": {"on_time_share": 0.9}}]
    local = pd.date_range("2026-01-05", "2026-03-22 23:00", freq="h")
    rows = demand_rows("mail", local, np.full(len(local), 5.0))
    table = forecast.forecast_demand(rows, make_plan(settings(queues=queues))).table
    assert len(table) == 14 * 24 - 1  # 29 March has 23 hours
    assert table["mean"].to_numpy() == pytest.approx(5.0, rel=0.1)


def test_scores_choose_the_model_only_when_it_is_clearly_better(demand: pd.DataFrame, plan: Plan) -> None:
    scores = forecast.backtest(demand, plan)
    flat = scores.assign(crps=0.1)
    assert set(forecast.forecast_demand(demand, plan, scores=flat).table["model"]) == {"blend"}
    better = flat.assign(crps=flat["crps"].mask((flat["model"] == "like_days") & (flat["horizon"] == "week 2"), 0.09))
    table = forecast.forecast_demand(demand, plan, scores=better).table
    used = table.groupby(table["interval_start"].dt.tz_convert("Europe/Madrid").dt.date)["model"].first().tolist()
    assert used == ["blend"] * 7 + ["like_days"] * 7


def test_figures_are_told_in_words(demand: pd.DataFrame, plan: Plan) -> None:
    scores = forecast.backtest(demand, plan)
    figures = {f.figure: f for f in forecast.describe(forecast.forecast_demand(demand, plan), scores, plan)}
    assert figures["volume_low"].value < figures["volume"].value < figures["volume_high"].value
    low, high = (f"{figures[name].value:,.0f}" for name in ("volume_low", "volume_high"))
    assert figures["volume"].text.endswith(f"contacts expected in 14 days (80 %: {low} to {high})")
    assert figures["first_day"].text == "the first day is 2026-04-13"
    assert figures["volume_low"].text == figures["volume_high"].text == ""  # told with the volume
    assert figures["wape[calls]"].text.startswith("calls: blend, ")


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"forecast\.models"):
        make_plan(settings(forecast={"models": ["magic"]}))


def test_one_named_model_is_taken_as_it_is(demand: pd.DataFrame) -> None:
    plan = make_plan(settings(forecast={"models": ["like_days"], "horizon_days": 7, "backtest_origins": 2}))
    scores = forecast.backtest(demand, plan)
    assert set(scores["model"]) == {"like_days", "seasonal_naive"}
    assert set(forecast.forecast_demand(demand, plan, scores=scores).table["model"]) == {"like_days"}


def test_the_plan_knows_every_model() -> None:
    assert set(get_args(ModelName)) == set(MODELS)


@pytest.mark.parametrize("workers", ["processes", "dask"])
def test_where_queues_are_forecast_changes_no_bit(workers: str) -> None:
    if workers == "dask":
        pytest.importorskip("dask.distributed", reason="the dask extra is not installed")
    names = [f"q{k}" for k in range(26)]
    rows = pd.concat([make_demand(queue=name, days=20, seed=k) for k, name in enumerate(names)], ignore_index=True)
    queues = [{"name": name, "hours": {"daily": "08:00-20:00"}} for name in names]
    more = {"horizon_days": 7, "paths": 5}
    here = forecast.forecast_demand(rows, make_plan(settings(queues=queues, threads=1, forecast=more)))
    plan = make_plan(settings(queues=queues, threads=2, forecast={**more, "workers": workers}))
    there = forecast.forecast_demand(rows, plan)
    pd.testing.assert_frame_equal(here.table, there.table, check_exact=True)
    pd.testing.assert_frame_equal(here.paths, there.paths, check_exact=True)


def test_one_queue_alone_is_forecast_as_among_others(demand: pd.DataFrame, plan: Plan) -> None:
    queues = [{"name": name, "hours": {"daily": "08:00-20:00"}} for name in ("calls", "chat")]
    both = pd.concat([demand, make_demand(queue="chat", seed=9)], ignore_index=True)
    among = forecast.forecast_demand(both, make_plan(settings(queues=queues)))
    alone = forecast.forecast_demand(demand, plan)
    for one, two in zip((alone.table, alone.paths), (among.table, among.paths), strict=True):
        mine = two[two["queue"] == "calls"].reset_index(drop=True)
        pd.testing.assert_frame_equal(one.reset_index(drop=True), mine, check_exact=True)


def test_a_queue_open_on_weekdays_only_is_forecast_on_weekdays_only() -> None:
    queues = [{"name": "calls", "hours": {"mon-fri": "08:00-20:00", "sat-sun": "closed"}}]
    rows = make_demand()
    weekday = rows["interval_start"].dt.tz_convert("Europe/Madrid").dt.day_of_week
    table = forecast.forecast_demand(
        rows[weekday < 5].reset_index(drop=True), make_plan(settings(queues=queues))
    ).table
    local = table["interval_start"].dt.tz_convert("Europe/Madrid")
    assert set(local.dt.day_of_week) == {0, 1, 2, 3, 4}
    days = table.groupby(local.dt.date)["mean"].sum().to_numpy()
    assert days == pytest.approx(600 * np.tile(LEVEL[:5], 2), rel=0.08)


def test_the_choice_of_a_model_is_explained(demand: pd.DataFrame, plan: Plan) -> None:
    scores = forecast.backtest(demand, plan)
    flat = scores.assign(crps=0.1)
    better = flat.assign(crps=flat["crps"].mask((flat["model"] == "like_days") & (flat["horizon"] == "week 2"), 0.09))
    assert explain_models("calls", plan, flat) == "blend: no other model was 3% better on past days"
    assert explain_models("calls", plan, better) == "blend, but like_days for week 2 (10% better on past days)"
    assert explain_models("calls", plan, scores.head(0)) == "blend: too few past days to judge models by"
    alone = make_plan(settings(forecast={"models": ["glm"]}))
    assert explain_models("calls", alone, scores) == "glm: the plan says so"


def test_ten_days_and_two_contacts_a_day_fall_back_to_the_default_and_say_so() -> None:
    plan = make_plan(settings())
    for rows in (make_demand(days=10), make_demand(days=9, volume=2.0, seed=4)):
        scores = forecast.backtest(rows, plan)
        result = forecast.forecast_demand(rows, plan, scores=scores)
        assert set(result.table["model"]) == {"blend"}
        assert (result.table["mean"] > 0).all()
        texts = [figure.text for figure in forecast.describe(result, scores, plan)]
        assert any(text.startswith("calls: blend: ") for text in texts)


def test_a_queue_to_which_nobody_ever_came_is_forecast_near_nothing() -> None:
    queue = {"name": "calls", "hours": {"daily": "08:00-20:00"}, "handle_s": 300}
    made = forecast.forecast_demand(make_demand(volume=0.0), make_plan(settings(queues=[queue])))
    assert made.table["mean"].between(0, 0.1).all()
    assert made.quantiles["arrivals"].notna().all()
