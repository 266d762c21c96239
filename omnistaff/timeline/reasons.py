"""What a customer's next contact will probably be about, and how often that guess is right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.tables import Contacts, History

DAY_S = 86_400.0
FEWEST_STEPS = 50
SHARE_TO_TEST = 0.2
FEATURES = ["reason", "before", "channel", "outcome", "gap", "both"]


@dataclass(frozen=True)
class ReasonModel:
    """A trained guess at the next reason.

    ``accuracy`` is the share of the latest fifth of follow-up contacts that it got right without having seen them,
    ``baseline`` that of the better of two plain guesses: always the most frequent reason, and the last one again;
    ``tested`` how many contacts that was.
    """

    accuracy: float
    baseline: float
    tested: int
    pipeline: Any = field(repr=False)

    def predict(self, contacts: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
        """Return reason and probability, likeliest first, for the customer with these *contacts* in time order.

        *contacts* has reason (the family of each contact's matter), channel, outcome and arrived_at.
        """
        last = contacts.iloc[[-1]]
        before = contacts["reason"].iloc[-2] if len(contacts) > 1 else None
        gap = (now - last["arrived_at"]).dt.total_seconds()
        features = _features(last.assign(before=before), gap).astype(object)
        table = pd.DataFrame(
            {"reason": self.pipeline.classes_, "probability": self.pipeline.predict_proba(features)[0]}
        )
        return table.sort_values("probability", ascending=False, ignore_index=True)


def train_reasons(contacts: DataFrame[Contacts], history: History) -> ReasonModel | None:
    """Return the model of the next reason given the last contact, or None where there are too few steps to learn.

    A reason is the family of the reason given; contacts without one are left out: theirs is taken from neighbours,
    which a model would guess too well. Multinomial logistic regression on the last two reasons, channel,
    outcome and the time since; measured on the latest fifth of the steps, then trained on all.
    """
    steps = _steps(contacts, history)
    if len(steps) < FEWEST_STEPS or steps["next_reason"].nunique() < 2:
        return None
    cut = int(len(steps) * (1 - SHARE_TO_TEST))
    early, late = steps.iloc[:cut], steps.iloc[cut:]
    tried = _fit(early)
    right = tried.predict(late[FEATURES].astype(object)) == late["next_reason"].to_numpy(dtype=object)
    usual = (late["next_reason"] == early["next_reason"].mode().iloc[0]).mean()
    again = (late["next_reason"] == late["reason"]).mean()
    return ReasonModel(
        accuracy=float(np.mean(right)), baseline=float(max(usual, again)), tested=len(late), pipeline=_fit(steps)
    )


def _steps(contacts: pd.DataFrame, history: History) -> pd.DataFrame:
    """Return each contact that has a next one by the same customer, in the order of the next one's arrival."""
    told = contacts[contacts["is_demand"].to_numpy(dtype=bool) & contacts["reason"].notna().to_numpy()]
    marks = history.timeline[["contact_id", "customer_id", "case_id"]]
    rows = told.drop(columns="reason").merge(marks, on="contact_id", validate="1:1")
    rows["reason"] = rows["case_id"].map(history.cases.set_index("case_id")["reason"])
    rows = rows.sort_values(["customer_id", "arrived_at", "contact_id"], ignore_index=True)
    same = rows["customer_id"] == rows["customer_id"].shift(-1)
    following = rows["arrived_at"].shift(-1)
    before = rows["reason"].shift().where(rows["customer_id"] == rows["customer_id"].shift())
    table = _features(rows.assign(before=before), (following - rows["arrived_at"]).dt.total_seconds())
    table = table.assign(next_reason=rows["reason"].shift(-1), at=following, contact_id=rows["contact_id"])
    return table[same.to_numpy(dtype=bool)].sort_values(["at", "contact_id"], ignore_index=True)


def _features(rows: pd.DataFrame, gap_s: pd.Series[float]) -> pd.DataFrame:
    """Return what the model sees; time since the last contact in steps that double, and with the reason."""
    step = np.floor(np.log2(np.maximum(gap_s.to_numpy() / DAY_S, 1 / 16))).clip(-4, 8)
    gap = pd.Series(step, index=rows.index).fillna(8).astype("int64").astype("str")
    known, before = (rows[name].astype("str").fillna("unknown") for name in ("reason", "before"))
    return pd.DataFrame(
        {"reason": known, "before": before, "channel": rows["channel"], "outcome": rows["outcome"], "gap": gap,
         "both": known + "|" + gap}
    )  # fmt: skip


def _fit(steps: pd.DataFrame) -> Any:
    """Return the trained pipeline; steps that are alike are learnt from at once, weighted by their number."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    counts = steps.groupby([*FEATURES, "next_reason"], as_index=False).size()
    pipeline = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=500))
    known, following = counts[FEATURES].astype(object), counts["next_reason"].to_numpy(dtype=object)
    return pipeline.fit(known, following, logisticregression__sample_weight=counts["size"].to_numpy())
