"""Which model forecasts which queue at which lead, and why."""

from __future__ import annotations

import pandas as pd

from omnistaff.forecast.leads import LEADS
from omnistaff.forecast.models import DEFAULT
from omnistaff.plan import Plan

MARGIN = 0.03  # another model must beat the default by more than chance would
LEAST_CELLS = 50


def choose_models(queue: str, plan: Plan, scores: pd.DataFrame | None) -> list[str]:
    """Return one model for each lead bucket: the best by CRPS on past days, the default unless clearly beaten.

    A single model in the plan is taken as it is; without scores the default, or the first one named, is.
    """
    named = None if plan.forecast.models == "auto" else list(plan.forecast.models)
    favourite = DEFAULT if named is None or DEFAULT in named else named[0]
    if scores is None or scores.empty or (named is not None and len(named) == 1):
        return [favourite] * len(LEADS)
    mine = scores[(scores["queue"] == queue) & (scores["n"] >= LEAST_CELLS)]
    if named is not None:
        mine = mine[mine["model"].isin(named)]
    return [_best(mine[mine["horizon"] == horizon], favourite) for horizon in LEADS]


def _best(rows: pd.DataFrame, favourite: str) -> str:
    found = rows.dropna(subset="crps").sort_values(["crps", "model"])
    if found.empty:
        return favourite
    own = found.loc[found["model"] == favourite, "crps"]
    best = found.iloc[0]
    if len(own) and float(best["crps"]) >= (1 - MARGIN) * float(own.iloc[0]):
        return favourite
    return str(best["model"])


def explain_models(queue: str, plan: Plan, scores: pd.DataFrame | None) -> str:
    """Return in words which model a queue got for which lead, and why."""
    names = choose_models(queue, plan, scores)
    known = pd.DataFrame(columns=["queue"]) if scores is None else scores[scores["queue"] == queue]
    if plan.forecast.models != "auto" and len(plan.forecast.models) == 1:
        return f"{names[0]}: the plan says so"
    if known.empty:
        return f"{names[0]}: too few past days to judge models by"
    default = plan.forecast.models == "auto" or DEFAULT in plan.forecast.models
    favourite = DEFAULT if default else plan.forecast.models[0]
    others = [(horizon, name) for horizon, name in zip(LEADS, names, strict=True) if name != favourite]
    if not others:
        return f"{favourite}: no other model was {MARGIN:.0%} better on past days"
    crps = known.set_index(["model", "horizon"])["crps"].to_dict()
    parts = [
        f"{name} for {horizon} ({1 - crps[name, horizon] / crps[favourite, horizon]:.0%} better on past days)"
        for horizon, name in others
    ]
    return f"{favourite}, but " + ", ".join(parts) if len(others) < len(LEADS) else ", ".join(parts)
