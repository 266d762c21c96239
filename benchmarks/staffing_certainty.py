"""Does the stated probability hold, what does it cost, and what does moving deferred work save?

python benchmarks/staffing_certainty.py
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from scipy import stats

from omnistaff.plan import Plan, make_plan
from omnistaff.queueing import fewest_agents, queue_measures
from omnistaff.staffing import certainty_curve, pool_staff, required_staff
from omnistaff.tables import Agents, DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check, conform, empty

HANDLE_S, DRAWS = 300.0, 20_000


def plan_of(queues: list[dict], **staffing: object) -> Plan:
    """Return a plan of *queues*, open from 7 to 21 h."""
    named = [{"hours": {"daily": "07:00-21:00"}, "max_occupancy_share": 1.0} | queue for queue in queues]
    return make_plan({"name": "study", "time_zone": "UTC", "queues": named, "staffing": staffing})


def forecast_of(mean: dict[str, np.ndarray], days: int, cv: float = 0.0) -> DemandForecast:
    """Return a forecast of *days* with a known mean in each half hour."""
    starts = pd.date_range("2026-03-02", periods=48 * days, freq="30min", tz="UTC").as_unit("us")
    starts = starts[(starts.hour >= 7) & (starts.hour < 21)]
    tables = []
    for queue, values in mean.items():
        means = np.resize(values, len(starts))
        row = {"queue": queue, "interval_start": starts, "model": "known", "mean": means, "handle_s": HANDLE_S}
        tables.append(pd.DataFrame(row).assign(variance=means + (cv * means) ** 2, handle_sd_s=HANDLE_S))
    table = check(Forecast, conform(Forecast, pd.concat(tables, ignore_index=True)))
    return DemandForecast(table, empty(ForecastQuantiles), empty(ForecastPaths))


def people(sets: list[list[str]], each: int) -> pd.DataFrame:
    """Return *each* agents of every skill set; a skill more costs a little."""
    rows = [
        {
            "agent_id": f"{k}-{i}",
            "name": "-",
            "time_zone": "UTC",
            "skills": "|".join(names),
            "contract": "-",
            "hourly_cost": 1.0 + len(names) / 50,
        }
        for i, names in enumerate(sets)
        for k in range(each)
    ]
    return check(Agents, conform(Agents, pd.DataFrame(rows)))


def calibration() -> None:
    """Draw rates with 10 % forecast error and count how often 80/20 is met."""
    voice = {"name": "voice", "target": {"answered_share": 0.8, "within_s": 20}, "patience_s": 180.0}
    rng = np.random.default_rng(3)
    for load in (20.0, 100.0, 400.0):
        mean = load * 1800 / HANDLE_S
        rates = stats.gamma(100, scale=0.01).rvs(DRAWS, random_state=rng) * load / HANDLE_S

        def met(agents: float, rates: np.ndarray = rates, patience: float = 180.0) -> float:
            m = queue_measures(
                arrivals_per_s=rates, handle_s=HANDLE_S, servers=agents, within_s=20, patience_s=patience
            )
            return float((m.service_level >= 0.8).mean())

        forecast = forecast_of({"voice": np.array([mean])}, 1, cv=0.1)
        words = []
        for stated in (0.5, 0.8, 0.95):
            table = required_staff(
                forecast, plan_of([voice], meet_target_with_probability=stated, max_abandon_share=1.0)
            )
            agents = float(table["agents"].iloc[-1])
            words.append(f"stated {stated:.0%} met {met(agents):.1%} with {agents:.1f}")
        point = float(
            fewest_agents(arrivals_per_s=load / HANDLE_S, handle_s=HANDLE_S, within_s=20, answered_share=0.8)
        )
        words.append(f"mean + Erlang C met {met(point, patience=np.inf):.1%} with {point:.0f}")
        print(f"{load:.0f} erlangs: " + "; ".join(words))
    forecast = forecast_of({"voice": np.array([600.0])}, 1, cv=0.1)
    for point in certainty_curve(forecast, plan_of([voice], max_abandon_share=1.0)):
        print(f"certainty {point.probability:.0%}: {point.agent_hours:.0f} agent-hours, {point.extra_share:+.1%}")


def deferral() -> None:
    """Compare mail in the gaps of calls with people of its own who work evenly."""
    hour = np.arange(7.25, 21, 0.5)
    shape = 0.35 + 0.65 * np.exp(-(((hour - 10.5) / 2.2) ** 2)) + 0.5 * np.exp(-(((hour - 16) / 2.5) ** 2))
    voice = {"name": "voice", "target": {"answered_share": 0.8, "within_s": 20}, "patience_s": 180.0}
    mail = {"name": "mail", "mode": "deferred", "target": {"on_time_share": 0.95, "due_hours": 4}}
    queues = [voice | {"max_occupancy_share": 0.85}, mail | {"max_occupancy_share": 0.92}]
    agents = people([["mail", "voice"]], 2000)
    for calls, mails in ((60, 20), (300, 100), (1200, 400)):
        forecast = forecast_of({"voice": calls * shape, "mail": mails * shape}, 7)
        plan = plan_of(queues, meet_target_with_probability=None)
        requirement = required_staff(forecast, plan)
        pool = pool_staff(forecast, requirement, agents, plan)
        hours = pool.table["agents"].sum() / 2
        print(
            f"{calls} calls and {mails} mails at the peak: own people {pool.silo:,.0f} h, "
            f"in the gaps {hours:,.0f} h ({hours / pool.silo - 1:+.1%})"
        )


def pool_size() -> None:
    """Time a day of quarter hours with 6 queues and 12 skill sets."""
    names = [f"q{k}" for k in range(6)]
    queues = [{"name": name, "target": {"answered_share": 0.8}, "patience_s": 180.0} for name in names[:4]]
    queues += [
        {"name": name, "mode": "deferred", "target": {"on_time_share": 0.95, "due_hours": 4}} for name in names[4:]
    ]
    sets = [[n] for n in names] + [names[k : k + 2] for k in range(5)] + [names]
    agents = people(sets, 40)
    plan = plan_of(queues)
    plan = plan.model_copy(update={"interval_minutes": 15})
    starts = pd.date_range("2026-03-02", periods=96, freq="15min", tz="UTC").as_unit("us")
    wave = 30 + 20 * np.sin(np.arange(96) / 96 * 2 * np.pi)
    tables = [
        pd.DataFrame({"queue": n, "interval_start": starts, "model": "known", "mean": wave, "handle_s": 300.0})
        for n in names
    ]
    table = pd.concat(tables, ignore_index=True).assign(variance=lambda t: t["mean"] * 2, handle_sd_s=300.0)
    forecast = DemandForecast(
        check(Forecast, conform(Forecast, table)), empty(ForecastQuantiles), empty(ForecastPaths)
    )
    started = time.process_time()
    pool = pool_staff(forecast, required_staff(forecast, plan), agents, plan)
    hours = pool.table["agents"].sum() / 4
    print(
        f"96 intervals x 6 queues x 12 skill sets: {time.process_time() - started:.1f} CPU s, "
        f"{hours:.0f} h, {hours / pool.bound - 1:.1%} above the bound"
    )


if __name__ == "__main__":
    calibration()
    deferral()
    pool_size()
