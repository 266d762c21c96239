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
