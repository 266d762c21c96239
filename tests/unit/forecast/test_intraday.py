"""The day so far corrects the rest: when days share a factor, and not when they do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from omnistaff import forecast
from omnistaff.errors import TableError
from omnistaff.forecast import intraday
from omnistaff.forecast.credibility import learn_factor
from omnistaff.forecast.updating import Correction, learn_correction
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import DemandForecast

from .conftest import make_demand, settings


def days(number: int, factor_sd: float, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Return (forecast, actual) of days whose counts share one factor a day."""
    rng = np.random.default_rng(seed)
    prior = np.tile(np.linspace(40, 80, 12), (number, 1))
    factor = np.exp(rng.normal(0, factor_sd, (number, 1)))
    return prior, rng.poisson(prior * factor).astype(float)


def learn(prior: np.ndarray, actual: np.ndarray) -> Correction:
    """Return the correction after six slots of forecasts made the evening before."""
    return learn_correction(prior, prior, actual, seen=6)


def test_a_shared_factor_is_seen_by_half_the_day() -> None:
    rule = learn(*days(80, 0.2))
    assert rule.method in ("ratio", "directions")
    prior, actual = days(60, 0.2, seed=6)
    rest = np.array([rule.rest(p, p, a[:6]) for p, a in zip(prior, actual, strict=True)])
    before, after = np.abs(prior[:, 6:] - actual[:, 6:]).sum(), np.abs(rest - actual[:, 6:]).sum()
    assert after < 0.75 * before
    assert rule.gain == pytest.approx(after / before, abs=0.1)
    assert rule.day < 0.2 * 0.2**2


def test_days_without_a_common_factor_are_left_alone() -> None:
    rule = learn(*days(80, 0.0))
    prior, actual = days(1, 0.0, seed=9)
    assert rule.rest(prior[0], prior[0], actual[0, :6]) == pytest.approx(prior[0, 6:], rel=0.02)


def test_an_old_forecast_is_made_afresh_before_it_is_corrected() -> None:
    fresh, actual = days(80, 0.2)
    old = fresh * np.exp(np.random.default_rng(3).normal(0, 0.4, (80, 1)))
    rule = learn_correction(old, fresh, actual, seen=6)
    assert rule.method in ("ratio", "directions")
    assert rule.gain < 0.5
    head = actual[0, :6]
    assert rule.rest(old[0], fresh[0], head) == pytest.approx(learn(fresh, actual).rest(fresh[0], fresh[0], head))


def test_a_fresh_forecast_that_is_no_better_is_not_used() -> None:
    old, actual = days(80, 0.0)
    wild = old * np.exp(np.random.default_rng(3).normal(0, 0.4, (80, 1)))
    rule = learn_correction(old, wild, actual, seen=6)
    assert rule.method == "none"
    assert rule.rest(old[0], wild[0], actual[0, :6]) == pytest.approx(old[0, 6:])


def test_few_days_teach_nothing() -> None:
    assert learn(*days(29, 0.3)).method == "none"


def test_a_thin_morning_cannot_multiply_the_rest() -> None:
    rule = learn(*days(80, 0.2))
    prior = np.r_[np.full(6, 0.5), np.full(6, 20.0)]
    assert (rule.rest(prior, prior, np.full(6, 27.0)) <= 1.6 * 20).all()


def test_credibility_is_the_best_linear_estimate() -> None:
    known = learn_factor(np.array([50.0, 50.0]), np.array([60.0, 60.0]), 0.01, 0.0)
    assert known.factor == pytest.approx(1 + 0.5 * 0.2)
    assert known.variance == pytest.approx(0.005)
    assert learn_factor(np.array([50.0]), np.array([99.0]), 0.0, 0.1).factor == 1.0


def morning(factor: float, hours: int = 6) -> pd.DataFrame:
    """Return the first hours of the Monday after the history, so many times the usual."""
    rows = make_demand(start="2026-04-13", days=1).head(hours)
    usual = make_demand(start="2026-01-05", days=98).assign(
        hour=lambda t: t["interval_start"].dt.tz_convert("Europe/Madrid").dt.hour,
        weekday=lambda t: t["interval_start"].dt.tz_convert("Europe/Madrid").dt.day_of_week,
    )
    means = usual[usual["weekday"] == 0].groupby("hour")["offered"].mean()
    return rows.assign(offered=(means.to_numpy()[:hours] * factor).round())


def shared_days(demand: pd.DataFrame) -> pd.DataFrame:
    """Return demand whose intervals share a factor a day."""
    rng = np.random.default_rng(4)
    dates = demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.date
    factor = {date: np.exp(rng.normal(0, 0.2)) for date in dates.unique()}
    return demand.assign(offered=(demand["offered"] * dates.map(factor)).round())


def afternoon(before: DemandForecast, after: DemandForecast) -> float:
    """Return the afternoon of the first day as corrected, as a multiple of what was forecast."""
    local = before.table["interval_start"].dt.tz_convert("Europe/Madrid")
    rest = ((local.dt.date.astype(str) == "2026-04-13") & (local.dt.hour >= 14)).to_numpy()
    return float(after.table["mean"][rest].sum() / before.table["mean"][rest].sum())


@pytest.mark.parametrize("with_history", [True, False])
@pytest.mark.parametrize("way", ["no row", "zeros", "late feed"])
def test_what_was_not_seen_of_a_busy_morning_is_not_zero(
    demand: pd.DataFrame, plan: Plan, way: str, with_history: bool
) -> None:
    busy = shared_days(demand)
    before = forecast.forecast_demand(busy, plan)
    rows = morning(1.4)
    lost = np.isin(np.arange(6), [4, 5] if way == "late feed" else [1, 2])
    rows = rows[~lost] if way == "no row" else rows.assign(offered=rows["offered"].where(~lost, 0.0))
    until = {"calls": rows["interval_start"].iloc[4]} if way == "late feed" else None
    actuals = pd.concat([busy, rows]) if with_history else rows
    assert 1.1 < afternoon(before, forecast.update_forecast(before, actuals, plan, seen_until=until)) < 1.45


def test_where_empty_intervals_have_no_row_a_thin_queue_is_not_taken_as_busy() -> None:
    plan = make_plan(settings(demand={"missing": "unknown"}))
    demand = make_demand(volume=12.0)
    before = forecast.forecast_demand(demand, plan)
    rows = make_demand(start="2026-04-13", days=1).head(6).assign(offered=[0.0, 2.0, 0.0, 0.0, 3.0, 0.0])
    told = forecast.update_forecast(before, rows, plan)
    busy = forecast.update_forecast(before, rows[rows["offered"] > 0], plan)
    assert afternoon(before, busy) == pytest.approx(afternoon(before, told), abs=0.02)


def made_contacts(source: str, channel: str, end: str, every: str) -> pd.DataFrame:
    """Return contacts of one source up to a local time on the forecast's first day."""
    times = pd.date_range("2026-04-06", end, freq=every, tz="Europe/Madrid").tz_convert("UTC").as_unit("us")
    return pd.DataFrame({"source": source, "channel": channel, "arrived_at": times})


def test_a_queue_is_known_until_its_own_feed_ends() -> None:
    queues = [
        {"name": name, "contacts": {"channel": [channel]}, "hours": {"daily": "08:00-20:00"}}
        for name, channel in (("calls", "voice"), ("chats", "chat"), ("rare", "social"))
    ]
    plan = make_plan(settings(queues=queues))
    demand = [make_demand(), make_demand(queue="chats"), make_demand(queue="rare", volume=3.0)]
    made = forecast.forecast_demand(pd.concat(demand), plan)
    contacts = pd.concat(
        [
            made_contacts("pbx", "voice", "2026-04-13 13:59", "5min"),
            made_contacts("web", "chat", "2026-04-12 19:59", "5min"),
            made_contacts("web", "voice", "2026-04-12 19:59", "5h"),  # too few of them to be a feed of calls
            made_contacts("app", "social", "2026-04-13 09:00", "5h"),
        ]
    )
    now = pd.Timestamp("2026-04-13 14:00", tz="Europe/Madrid").tz_convert("UTC").as_unit("us")
    ends = forecast.find_ends(made, contacts, plan, now=now)
    assert ends["calls"] == ends["rare"] == now
    assert ends["chats"] == contacts.loc[contacts["source"] == "web", "arrived_at"].max()


@pytest.mark.parametrize(("every", "known"), [("1min", True), ("1h", False)])
def test_a_source_that_another_one_replaced_does_not_end_its_queue(
    demand: pd.DataFrame, plan: Plan, every: str, known: bool
) -> None:
    made = forecast.forecast_demand(demand, plan)
    old = made_contacts("old", "voice", "2026-04-14 19:59", "1min")
    new = made_contacts("new", "voice", "2026-04-16 11:59", every)
    new = new[new["arrived_at"] > old["arrived_at"].max()]
    ends = forecast.find_ends(made, pd.concat([old, new]), plan, now=clock("2026-04-16 12:00"))
    assert ends["calls"] == (clock("2026-04-16 12:00") if known else old["arrived_at"].max())


@pytest.mark.parametrize("with_history", [True, False])
def test_a_busy_morning_raises_the_afternoon_only(demand: pd.DataFrame, plan: Plan, with_history: bool) -> None:
    busy = shared_days(demand)
    before = forecast.forecast_demand(busy, plan)
    actuals = morning(1.4)
    after = forecast.update_forecast(before, pd.concat([busy, actuals]) if with_history else actuals, plan)
    day = before.table["interval_start"].dt.tz_convert("Europe/Madrid")
    rest = ((day.dt.date.astype(str) == "2026-04-13") & (day.dt.hour >= 14)).to_numpy()
    ratio = after.table["mean"].to_numpy() / before.table["mean"].to_numpy()
    assert ratio[~rest] == pytest.approx(1.0)
    assert 1.1 < ratio[rest].mean() < 1.45
    narrow = (after.table["variance"] / after.table["mean"] ** 2) / (
        before.table["variance"] / before.table["mean"] ** 2
    )
    assert narrow[rest].mean() < 0.9
    times = before.table.loc[rest, "interval_start"]
    drawn = after.paths[after.paths["interval_start"].isin(times)].groupby("path")["arrivals"].sum()
    assert drawn.mean() == pytest.approx(after.table.loc[rest, "mean"].sum(), rel=0.05)
    moved = after.quantiles["arrivals"].to_numpy() != before.quantiles["arrivals"].to_numpy()
    assert set(before.quantiles.loc[moved, "interval_start"]) <= set(times)
    assert moved.any()


def test_nothing_seen_changes_nothing(demand: pd.DataFrame, plan: Plan) -> None:
    before = forecast.forecast_demand(demand, plan)
    after = forecast.update_forecast(before, demand, plan)
    pd.testing.assert_frame_equal(before.table, after.table)
    pd.testing.assert_frame_equal(before.paths, after.paths)


def test_a_forecast_of_none_of_the_plans_queues_is_left_alone(demand: pd.DataFrame, plan: Plan) -> None:
    made = forecast.forecast_demand(demand, plan)
    other = make_plan(settings(queues=[{"name": "mail", "hours": {"daily": "08:00-20:00"}}]))
    mail = make_demand(start="2026-04-13", days=1, queue="mail")
    for table in (made.table, made.table.head(0)):
        before = DemandForecast(table, made.quantiles, made.paths)
        pd.testing.assert_frame_equal(forecast.update_forecast(before, mail, other).table, table)


def test_usual_volumes_are_counted_once_a_zone(demand: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("calls", "mail", "chats")
    plan = make_plan(settings(queues=[{"name": name, "hours": {"daily": "08:00-20:00"}} for name in names]))
    made = forecast.forecast_demand(pd.concat([demand.assign(queue=name) for name in names]), plan)
    begins: list[pd.Timestamp] = []
    monkeypatch.setattr(intraday, "usual_volumes", lambda actuals, begin: begins.append(begin) or {})
    forecast.update_forecast(made, morning(1.0), plan)
    assert len(begins) == 1


def hanging_days() -> pd.DataFrame:
    """Return demand of 140 days whose level wanders slowly."""
    demand = make_demand(days=140)
    rng = np.random.default_rng(8)
    level = np.zeros(142)
    for k in range(1, 142):
        level[k] = 0.9 * level[k - 1] + rng.normal(0, 0.12)
    return demand.assign(offered=(demand["offered"] * np.exp(level)[np.arange(len(demand)) // 12]).round())


LAUNCH = {"name": "card", "kind": "launch", "start": "2026-05-25", "volume": 3000, "half_life_days": 10}


@pytest.mark.parametrize(
    "changes",
    [
        {"calendar": {"events": [LAUNCH]}},
        {"forecast": {"horizon_days": 14, "paths": 50, "adjustments": [{"volume_factor": 1.5}]}},
    ],
)
def test_a_launch_or_an_adjustment_that_comes_as_forecast_is_not_counted_twice(changes: dict[str, object]) -> None:
    plan, past = make_plan(settings(**changes)), hanging_days()
    before = forecast.adjust_forecast(forecast.forecast_demand(past, plan), plan)
    seen = make_demand(start="2026-05-25", days=3).head(2 * 12 + 1)  # until Wednesday at nine

    def change(factor: float) -> float:
        came = before.table["mean"].to_numpy()[: len(seen)] * factor
        after = forecast.update_forecast(before, pd.concat([past, seen.assign(offered=came.round())]), plan)
        rest = slice(len(seen), 3 * 12)
        return float(after.table["mean"][rest].sum() / before.table["mean"][rest].sum())

    assert change(1.0) == pytest.approx(1.0, abs=0.05)
    assert 1.15 < change(1.3) < 1.45


def test_a_busy_morning_raises_tomorrow_where_days_hang_together(plan: Plan) -> None:
    moved = hanging_days()
    before = forecast.forecast_demand(moved, plan)
    start = before.table["interval_start"].min()
    monday = before.table.head(6)[["interval_start", "mean"]]
    assert monday["interval_start"].iloc[0] == start
    actuals = (
        make_demand(start="2026-05-25", days=1).head(6).assign(offered=(monday["mean"] * 1.5).round().to_numpy())
    )
    after = forecast.update_forecast(before, pd.concat([moved, actuals], ignore_index=True), plan)
    ratio = (after.table["mean"] / before.table["mean"]).to_numpy()
    assert 1.1 < ratio[6:12].mean() < 1.6
    assert 1.1 < ratio[12:24].mean() < 1.55
    assert ratio[24:] == pytest.approx(1.0)
    tomorrow = before.table["interval_start"].iloc[12:24]
    drawn = after.paths[after.paths["interval_start"].isin(tomorrow)].groupby("path")["arrivals"].sum()
    assert drawn.mean() == pytest.approx(after.table["mean"].iloc[12:24].sum(), rel=0.08)


def clock(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="Europe/Madrid").tz_convert("UTC").as_unit("us")


@pytest.mark.parametrize(("now", "days"), [("2026-05-25 22:00", [1]), ("2026-05-26 07:30", [1, 2])])
def test_while_a_queue_is_closed_what_is_known_goes_on_to_tell(plan: Plan, now: str, days: list[int]) -> None:
    past = hanging_days()
    before = forecast.forecast_demand(past, plan)
    monday = make_demand(start="2026-05-25", days=1)
    seen = monday.assign(offered=(before.table["mean"].to_numpy()[:12] * 1.5).round())
    after = forecast.update_forecast(before, pd.concat([past, seen]), plan, now=clock(now))
    change = (after.table["mean"] / before.table["mean"]).to_numpy().reshape(-1, 12).mean(axis=1)
    assert np.flatnonzero(change != 1).tolist() == days
    assert change[days].min() > 1.1


def test_on_a_closed_day_the_next_open_one_is_made_afresh() -> None:
    plan = make_plan(settings(queues=[{"name": "calls", "hours": {"mon-sat": "08:00-20:00"}}]))
    rows = hanging_days()
    rows = rows[rows["interval_start"].dt.tz_convert("Europe/Madrid").dt.day_of_week < 6]
    before = forecast.forecast_demand(rows, plan)
    week = make_demand(start="2026-05-25", days=6)
    seen = week.assign(offered=(before.table["mean"].to_numpy()[:72] * 1.4).round())
    after = forecast.update_forecast(before, pd.concat([rows, seen]), plan, now=clock("2026-05-31 12:00"))
    change = (after.table["mean"] / before.table["mean"]).to_numpy().reshape(-1, 12).mean(axis=1)
    assert change[6] > 1.1
    assert np.flatnonzero(change != 1).tolist() == [6]


def test_nothing_new_leaves_an_old_forecast_alone(plan: Plan) -> None:
    past = hanging_days()
    before = forecast.forecast_demand(past, plan)
    after = forecast.update_forecast(before, past, plan, now=clock("2026-05-27 12:00"))
    pd.testing.assert_frame_equal(before.table, after.table)


def test_order_does_not_matter_and_what_repeats_or_is_unknown_is_refused(demand: pd.DataFrame, plan: Plan) -> None:
    made = forecast.forecast_demand(shared_days(demand), plan)
    actuals = pd.concat([shared_days(demand), morning(1.4)])
    after = forecast.update_forecast(made, actuals, plan)
    shuffled = [
        table.sample(frac=1, random_state=2).reset_index(drop=True)
        for table in (made.table, made.quantiles, made.paths, actuals)
    ]
    same = forecast.update_forecast(DemandForecast(*shuffled[:3]), shuffled[3], plan)
    pd.testing.assert_frame_equal(after.table, same.table)
    pd.testing.assert_frame_equal(after.quantiles, same.quantiles)
    pd.testing.assert_frame_equal(after.paths, same.paths)
    with pytest.raises(TableError, match="does not match its schema"):
        forecast.update_forecast(made, pd.concat([actuals, actuals.tail(1)]), plan)
    with pytest.raises(TableError, match="not in the plan: nope"):
        forecast.update_forecast(made, actuals.assign(queue="nope"), plan)
