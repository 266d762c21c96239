"""What a customer's next contact will probably be about, and how often that guess is right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.tables import Contacts, Timeline

DAY_S = 86_400.0
FEWEST_STEPS = 50
SHARE_TO_TEST = 0.2


@dataclass(frozen=True)
class ReasonModel:
    """A trained guess at the next reason.

    ``accuracy`` is the share of the latest fifth of follow-up contacts that it got right without having seen them,
    ``baseline`` the share for always naming the most frequent reason; ``tested`` how many contacts that was.
    """

    accuracy: float
    baseline: float
    tested: int
    pipeline: Any = field(repr=False)

    def predict(self, contacts: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
        """Return reason and probability, likeliest first, for the customer with these *contacts* in time order."""
        last = contacts.iloc[[-1]]
        gap = (now - last["arrived_at"]).dt.total_seconds()
        features = _features(last["reason"], last["channel"], last["outcome"], gap).astype(object)
        table = pd.DataFrame(
            {"reason": self.pipeline.classes_, "probability": self.pipeline.predict_proba(features)[0]}
        )
        return table.sort_values("probability", ascending=False, ignore_index=True)


def train_reasons(contacts: DataFrame[Contacts], timeline: DataFrame[Timeline]) -> ReasonModel | None:
    """Return the model of the next reason given the last contact, or None where there are too few steps to learn.

    Multinomial logistic regression on the last reason, channel, outcome and the time since; measured on the latest
    fifth of the steps, then trained on all.
    """
    steps = _steps(contacts, timeline)
    if len(steps) < FEWEST_STEPS or steps["next_reason"].nunique() < 2:
        return None
    cut = int(len(steps) * (1 - SHARE_TO_TEST))
    early, late = steps.iloc[:cut], steps.iloc[cut:]
    tried = _fit(early)
    right = tried.predict(_columns(late).astype(object)) == late["next_reason"].to_numpy(dtype=object)
    usual = early["next_reason"].mode().iloc[0]
    return ReasonModel(
        accuracy=float(np.mean(right)),
        baseline=float((late["next_reason"] == usual).mean()),
        tested=len(late),
        pipeline=_fit(steps),
    )


def _steps(contacts: pd.DataFrame, timeline: pd.DataFrame) -> pd.DataFrame:
    """Return each contact that has a next one by the same customer, in the order of the next one's arrival."""
    rows = contacts.merge(timeline[["contact_id", "customer_id", "gap_s"]], on="contact_id", validate="1:1")
    rows = rows[rows["is_demand"].to_numpy(dtype=bool) & rows["reason"].notna().to_numpy()]
    rows = rows.sort_values(["customer_id", "arrived_at", "contact_id"], ignore_index=True)
    same = rows["customer_id"] == rows["customer_id"].shift(-1)
    following = rows["arrived_at"].shift(-1)
    gap = (following - rows["arrived_at"]).dt.total_seconds()
    table = _features(rows["reason"], rows["channel"], rows["outcome"], gap)
    table = table.assign(next_reason=rows["reason"].shift(-1), at=following, contact_id=rows["contact_id"])
    return table[same.to_numpy(dtype=bool)].sort_values(["at", "contact_id"], ignore_index=True)


def _features(
    reason: pd.Series[str], channel: pd.Series[str], outcome: pd.Series[str], gap_s: pd.Series[float]
) -> pd.DataFrame:
    """Return what the model sees; time since the last contact in steps that double, and with the reason."""
    step = np.floor(np.log2(np.maximum(gap_s.to_numpy() / DAY_S, 1 / 16))).clip(-4, 8)
    gap = pd.Series(step, index=reason.index).fillna(8).astype("int64").astype("str")
    known = reason.fillna("unknown")
    return pd.DataFrame(
        {"reason": known, "channel": channel, "outcome": outcome, "gap": gap, "both": known + "|" + gap}
    )


def _columns(steps: pd.DataFrame) -> pd.DataFrame:
    return steps[["reason", "channel", "outcome", "gap", "both"]]


def _fit(steps: pd.DataFrame) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    pipeline = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=200))
    return pipeline.fit(_columns(steps).astype(object), steps["next_reason"].to_numpy(dtype=object))
