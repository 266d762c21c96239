"""Is the certified pool good, is it cheap, and what makes it dearer than the bound?

    python -m benchmarks.staffing_certified PLAN WORK [--parts]
    python -m benchmarks.staffing_certified --speed

With a plan and the work folder of its run: the pool is certified, then simulated afresh with seeds that the search
has not used; every promise must hold at its 95 % limit in each. `--parts` certifies again with one cause taken away
at a time. `--speed`: 96 intervals, six queues, twelve skill sets; an easy case and a hard one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from omnistaff.pipeline import measured_plan, read_forecast
from omnistaff.plan import Plan, load_plan, make_plan
from omnistaff.queueing import fewest_agents
from omnistaff.simulate import RosterSimulator
from omnistaff.staffing import required_staff, usual_arrangements
from omnistaff.staffing.loads import gamma_quantile, queue_loads
from omnistaff.staffing.model import PoolModel
from omnistaff.staffing.pool import fewest_hours, judge_of, pool_problem
from omnistaff.staffing.promises import margins
from omnistaff.staffing.rounds import certified, fullest
from omnistaff.staffing.targets import promise_of
from omnistaff.tables import Agents, DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check, conform, empty
from omnistaff.tables.files import Workspace

ASKED_GAP, ASKED_S = 0.05, 60.0
LONG = 1_000  # replications of the long run
FRESH = range(1_000, 1_005)  # rounds that no search reaches: their seeds are new
SHAPE = {"intervals": 96, "queues": 6, "skill sets": 12}


def row(what: str, asked: str, measured: str) -> None:
    """Print one line of the table."""
    print(f"{what:46} {asked:>12} {measured:>24}", flush=True)


def certify(
    forecast: DemandForecast, agents: pd.DataFrame, plan: Plan, judged: Plan, proved: Plan, fresh: range = range(0)
) -> tuple[float, float, bool, list[float]]:
    """Return bound and certified hours, whether it passed, and least margins: by fresh seed, and in a long run."""
    loads, hours = queue_loads(forecast.table, plan), plan.interval_minutes / 60
    problem = pool_problem(loads, required_staff(forecast, plan), agents, plan)
    bound = fewest_hours(problem) * hours
    judge = judge_of(RosterSimulator(), problem, forecast, judged)
    started = time.process_time()
    trial, changes = certified(problem, PoolModel(problem, goal="most_skilled"), judge, proved)
    if fresh:
        row("changes of the people, and their CPU seconds", "", f"{changes}, {time.process_time() - started:.0f}")
    caps = fullest(problem)
    again = [min(margins(judge(trial.answer, number), proved, caps).values()) for number in fresh]
    if fresh:
        longer = changed(judged, "simulate", replications=LONG)
        whole = judge_of(RosterSimulator(), problem, forecast, longer)(trial.answer, fresh.stop)
        again.append(min(margins(whole, proved, caps).values()))
    return bound, trial.hours * hours, trial.passed, again


def merged_bound(forecast: DemandForecast, agents: pd.DataFrame, plan: Plan) -> float:
    """Return agent-hours that no routing can do without, as far as formulas tell.

    Every set of queues that shares people is one queue: loads and their variances add up, anybody takes any contact,
    and only the laxest of its promises counts. Much below what people of different skills need.
    """
    loads = queue_loads(forecast.table, plan)
    problem = pool_problem(loads, required_staff(forecast, plan), agents, plan)
    waiting = [load for load in loads if load.queue.mode != "deferred"]
    mean, variance, rate = (np.zeros_like(problem.live.work) for _ in range(3))
    for row_of, load in enumerate(waiting):
        place = problem.starts.get_indexer(load.starts)
        erlangs = load.erlangs(load.rate) / load.queue.capacity
        known = load.rate > 0
        variance[row_of, place[known]] = (erlangs**2 * load.rate_variance)[known] / load.rate[known] ** 2
        mean[row_of, place] = erlangs
        rate[row_of, place] = erlangs * load.queue.capacity / load.handle_s
    sets = []
    for each in problem.live.together:
        few = each.agents.copy()
        shared = np.flatnonzero((mean[each.members] > 0).sum(axis=0) > 1)
        if len(shared):
            total = mean[each.members][:, shared].sum(axis=0)
            handle = total / rate[each.members][:, shared].sum(axis=0)
            spread = variance[each.members][:, shared].sum(axis=0)
            level = plan.staffing.meet_target_with_probability
            planned = total if level is None else gamma_quantile(total, spread, level)
            promises = [promise_of(waiting[k].queue, plan) for k in each.members]
            targets = [promise.queue.target for promise in promises]
            one = fewest_agents(
                arrivals_per_s=planned / handle,
                handle_s=handle,
                within_s=max(target.within_s for target in targets),
                answered_share=min(target.answered_share or 0.0 for target in targets),
                abandon_share=max(promise.abandon_share for promise in promises),
                patience_s=max(promise.patience_s for promise in promises),
                max_agents=plan.staffing.max_agents,
                fractional=True,
            )
            few[shared] = np.minimum(few[shared], one)
        sets.append(replace(each, agents=few))
    merged = replace(problem, live=replace(problem.live, together=sets))
    return fewest_hours(merged) * plan.interval_minutes / 60


def changed(plan: Plan, section: str, **settings: object) -> Plan:
    """Return *plan* with other settings in one section."""
    return plan.model_copy(update={section: getattr(plan, section).model_copy(update=settings)})


def of_run(path: str, folder: str, *, parts: bool) -> None:
    """Print what the pool of a run costs, whether it holds with other seeds, and what makes it dear."""
    work = Workspace(folder)
    plan, forecast, agents = measured_plan(load_plan(path), work), read_forecast(work), work.read("agents")
    flexible = float(agents["skills"].str.contains("|", regex=False).mean())
    row("agents with two skills or more", "30 %", f"{flexible:.0%}")
    started = time.process_time()
    bound, hours, passed, again = certify(forecast, agents, plan, plan, plan, FRESH)
    row("agent-hours, certified / bound", "", f"{hours:,.0f} / {bound:,.0f}")
    row("gap to the bound", f"{ASKED_GAP:.0%}", f"{hours / bound - 1:.1%}")
    merged = merged_bound(forecast, agents, plan)
    row("gap to merged queues of the laxest promise", "", f"{hours / merged - 1:.1%} of {merged:,.0f}")
    row("every promise holds in the last proof", "yes", "yes" if passed else "no")
    *again, whole = again
    row(f"and in one of {LONG:,} replications, new seed", "yes", "yes" if whole >= 0 else "no")
    row("its least margin at 95 %, points", "0", f"{100 * whole:.2f}")
    held = sum(margin >= 0 for margin in again)
    row("and with other seeds, at 95 %", f"{len(again)} of {len(again)}", f"{held} of {len(again)}")
    row("least margin with other seeds, points", "0", " ".join(f"{100 * margin:.2f}" for margin in again))
    row("CPU seconds, certifying and proving again", "", f"{time.process_time() - started:.0f}")
    many = pd.concat([agents.assign(agent_id=agents["agent_id"] + f"+{k}") for k in range(4)], ignore_index=True)
    ways: dict[str, Callable[[], tuple[float, float, bool, list[float]]]] = {
        "every week as forecast": lambda: certify(
            forecast, agents, plan, changed(plan, "simulate", arrivals="mean_rates"), plan
        ),
        "general abandonment limit not proved": lambda: certify(
            forecast, agents, plan, plan, changed(plan, "staffing", max_abandon_share=1.0)
        ),
        "four times the replications": lambda: certify(
            forecast, agents, plan, changed(plan, "simulate", replications=4 * plan.simulate.replications), plan
        ),
        "as many people as wanted": lambda: certify(forecast, many, plan, plan, plan),
        "everybody can do all": lambda: certify(
            forecast, usual_arrangements(agents, plan)["everybody can do all"], plan, plan, plan
        ),
    }  # fmt: skip
    for name, run in ways.items() if parts else ():
        low, there, _, _ = run()
        row(f"gap with {name}", "", f"{there / low - 1:.1%} of {low:,.0f}")


def speed(*, hard: bool) -> None:
    """Print how long a pool of the asked size takes to certify.

    Hard: queues of very different size whose days vary by a quarter, on 200 paths, and few people of each skill set.
    """
    names = [f"queue{k}" for k in range(SHAPE["queues"])]
    queues = [
        {"name": name, "target": {"answered_share": 0.8, "within_s": 20}, "patience_s": 180.0} for name in names[:-1]
    ]
    queues.append({"name": names[-1], "mode": "deferred", "target": {"on_time_share": 0.95, "due_hours": 4}})
    plan = make_plan({"name": "speed", "time_zone": "UTC", "interval_minutes": 15, "queues": queues, "threads": 2})
    if hard:  # each path twice
        plan = changed(plan, "simulate", replications=400)
    starts = pd.date_range("2026-03-02", periods=SHAPE["intervals"], freq="15min", tz="UTC").as_unit("us")
    shape = 1 + 0.8 * np.sin(np.arange(len(starts)) / len(starts) * 2 * np.pi - 1.5)
    sizes, off = ((30, 3, 12, 4, 6, 20), 0.25) if hard else ((10, 15, 20, 25, 30, 35), 0.1)
    parts = [
        pd.DataFrame({"queue": name, "interval_start": starts, "model": "known", "mean": size * shape})
        for name, size in zip(names, sizes, strict=True)
    ]
    table = pd.concat(parts, ignore_index=True).assign(
        variance=lambda t: t["mean"] + (off * t["mean"]) ** 2, handle_s=300.0, handle_sd_s=300.0
    )
    paths = empty(ForecastPaths)
    if hard:
        rng = np.random.default_rng(5)
        drawn = [
            part.assign(path=k, arrivals=rng.poisson(part["mean"] * rng.gamma(off**-2, off**2)).astype(float))
            for k in range(200)
            for part in parts
        ]
        paths = check(ForecastPaths, conform(ForecastPaths, pd.concat(drawn, ignore_index=True)))
    forecast = DemandForecast(check(Forecast, conform(Forecast, table)), empty(ForecastQuantiles), paths)
    sets = [*names, *(f"{a}|{b}" for a, b in zip(names, names[1:] + names[:1], strict=True))]
    sets = ["|".join(sorted(name.split("|"))) for name in sets][: SHAPE["skill sets"]]
    people = [
        {"agent_id": f"{s}{k}", "name": s, "time_zone": "UTC", "skills": s, "contract": "-", "hourly_cost": 20.0}
        for s in sets
        for k in range(8 if hard else 30)
    ]
    agents = check(Agents, conform(Agents, pd.DataFrame(people)))
    started, clock = time.process_time(), time.perf_counter()
    bound, hours, passed, again = certify(forecast, agents, plan, plan, plan, FRESH)
    again.pop()
    spent, seconds = time.process_time() - started, time.perf_counter() - clock
    row(
        ", ".join(f"{count} {name}" for name, count in SHAPE.items()) + (", hard" if hard else ""),
        f"{ASKED_S:.0f} s",
        f"{seconds:.1f} s, {spent:.1f} CPU s",
    )
    row("gap to the bound", f"{ASKED_GAP:.0%}", f"{hours / bound - 1:.1%}{'' if passed else ', a promise missed'}")
    row(
        "holds with other seeds, at 95 %",
        f"{len(again)} of {len(again)}",
        f"{sum(m >= 0 for m in again)} of {len(again)}",
    )


def main() -> None:
    """Print asked and measured."""
    given = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    row("", "asked", "measured")
    if "--speed" in sys.argv:
        speed(hard=False)
        speed(hard=True)
    elif len(given) == 2:
        of_run(*given, parts="--parts" in sys.argv)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
