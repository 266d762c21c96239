"""What an agent should know when a customer turns up: the context card."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.plan import Plan
from omnistaff.tables import Contacts, History
from omnistaff.timeline.reasons import ReasonModel
from omnistaff.timeline.waiting import waiting_matters

SHOWN = ["contact_id", "arrived_at", "channel", "queue", "reason", "outcome", "agent_id", "case_id", "is_repeat"]


@dataclass(frozen=True)
class ContextCard:
    """One customer as an agent needs to see them.

    ``chronology`` has every contact, latest first; ``open_cases`` the matters that may still be on the customer's
    mind: the last contact open, or not answered, or within the case gap. ``likely_reasons`` has reason and
    probability of the next contact, with the share of later contacts that the model got right and that of a plain
    guess. ``waiting`` has who_waits, since_at, waited_hours, queue and case_id where somebody has to act.
    """

    customer_id: str
    segment: str | None
    first_at: pd.Timestamp
    contacts: int
    cases: int
    preferred_channel: str
    preferred_hour: int
    language: str | None
    chronology: pd.DataFrame
    open_cases: pd.DataFrame
    likely_reasons: pd.DataFrame = field(repr=False)
    reason_accuracy: float = float("nan")
    reason_baseline: float = float("nan")
    waiting: pd.DataFrame = field(default_factory=pd.DataFrame)


def context(
    customer_id: str,
    contacts: DataFrame[Contacts],
    history: History,
    plan: Plan,
    *,
    at: pd.Timestamp | None = None,
    reasons: ReasonModel | None = None,
) -> ContextCard:
    """Return the context card of a customer as of *at*, the latest contact of the log if not given.

    Raises ConfigError for a customer who is not in the history.
    """
    mine = history.timeline[history.timeline["customer_id"] == customer_id]
    if mine.empty:
        raise ConfigError(f"customer {customer_id} is not in the timeline: find them by phone, e-mail or handle")
    now = at if at is not None else history.timeline["arrived_at"].max()
    known = contacts[contacts["contact_id"].isin(mine["contact_id"])]
    marks = mine[["contact_id", "case_id", "is_repeat"]]
    rows = known.merge(marks, on="contact_id", validate="1:1").sort_values(["arrived_at", "contact_id"])
    family = rows["case_id"].map(history.cases.set_index("case_id")["reason"]).where(rows["reason"].notna())
    customer = history.customers[history.customers["customer_id"] == customer_id].to_dict("records")[0]
    hours = timegrid.local_parts(rows["arrived_at"], plan.time_zone)["minute_of_day"] // 60
    likely = (
        reasons.predict(rows.assign(reason=family), now)
        if reasons is not None
        else pd.DataFrame(columns=["reason", "probability"])
    )
    return ContextCard(
        customer_id=customer_id,
        segment=None if pd.isna(customer["segment"]) else str(customer["segment"]),
        first_at=pd.Timestamp(customer["first_at"]),
        contacts=int(customer["contacts"]),
        cases=int(customer["cases"]),
        preferred_channel=str(customer["preferred_channel"]),
        preferred_hour=int(hours.mode().iloc[0]),
        language=_latest(rows["language"]),
        chronology=rows[SHOWN].iloc[::-1].reset_index(drop=True),
        open_cases=_open_cases(rows, history, now, plan.timeline.case_gap_hours),
        likely_reasons=likely,
        reason_accuracy=reasons.accuracy if reasons is not None else float("nan"),
        reason_baseline=reasons.baseline if reasons is not None else float("nan"),
        waiting=waiting_matters(known, mine, now)[["who_waits", "since_at", "waited_hours", "queue", "case_id"]],
    )


def _latest(values: pd.Series[str]) -> str | None:
    known = values.dropna()
    return str(known.iloc[-1]) if len(known) else None


def _open_cases(rows: pd.DataFrame, history: History, now: pd.Timestamp, gap_hours: float) -> pd.DataFrame:
    """Return the matters that are not over: case_id, reason, opened_at, last_at, contacts, last_channel, why."""
    last = rows.drop_duplicates("case_id", keep="last").set_index("case_id")
    cases = history.cases[history.cases["case_id"].isin(last.index)]
    outcome = cases["case_id"].map(last["outcome"])
    recent = now - cases["last_at"] <= pd.Timedelta(hours=gap_hours)
    why = pd.Series("", index=cases.index, dtype="str").mask(recent, "recent")
    why = why.mask(recent & ~outcome.isin(["answered", "contained"]), "not answered").mask(outcome == "open", "open")
    table = cases.assign(why=why)[why != ""]
    columns = ["case_id", "reason", "opened_at", "last_at", "contacts", "last_channel", "why"]
    return table[columns].sort_values("last_at", ascending=False, ignore_index=True)
