"""Matters and customers counted from a chronology in a warehouse: the rules of ``build``, as Ibis expressions."""

from __future__ import annotations

from typing import Any

from omnistaff.plan import TimelineSettings
from omnistaff.timeline.order import UNKNOWN
from omnistaff.timeline.warehouse import DAY_US, first_segment, micros

Expr = Any  # Ibis builds its classes at run time; a table or column expression


def count_cases(rows: Expr, settings: TimelineSettings) -> Expr:
    """Return one row a matter of the chronology *rows*, with is_open beside the columns of the cases table."""
    import ibis

    opening = rows.case_position == 1
    place = rows.case_position
    reason = (
        rows.family.max().nullif(UNKNOWN)
        if settings.same_reason
        else rows.reason.argmin(place, where=rows.reason.notnull())
    )
    cases = rows.group_by("case_id").aggregate(
        customer_id=rows.customer_id.max(),
        reason=reason,
        opened_at=rows.arrived_at.min(),
        last_at=rows.arrived_at.max(),
        contacts=rows.count(),
        channels=rows.channel.nunique(),
        switches=rows.is_switch.cast("int64").sum(),
        first_channel=rows.channel.max(where=opening),
        last_channel=rows.channel.argmax(place),
        served=rows.outcome.max(where=opening).isin(["answered", "contained"]),
        repeats=rows.is_repeat.cast("int64").sum(),
        is_open=rows.outcome.argmax(place) == "open",
    )
    next_one = ibis.window(group_by=["customer_id", "reason"], order_by=["opened_at", "case_id"])
    pause = micros(cases.opened_at.lead().over(next_one)) - micros(cases.last_at)
    returns = (pause <= int(settings.repeat_days * DAY_US)).fill_null(False)
    alone = cases.served & (cases.repeats == 0) & (cases.contacts == 1)
    return cases.mutate(resolved_first_contact=alone & ~returns).drop("served", "repeats")


def count_customers(rows: Expr, cases: Expr, settings: TimelineSettings) -> Expr:
    """Return one row a customer of the chronology *rows* and its *cases*."""
    found = rows.group_by("customer_id").aggregate(
        first_at=rows.arrived_at.min(),
        last_at=rows.arrived_at.max(),
        contacts=rows.count(),
        channels=rows.channel.nunique(),
    )
    matters = cases.group_by("customer_id").aggregate(
        cases=cases.count(), open_cases=cases.is_open.cast("int64").sum()
    )
    table = found.join(_preferred(rows), "customer_id").join(matters, "customer_id")
    return table.left_join(_segments(rows, settings), "customer_id").drop("customer_id_right")


def _preferred(rows: Expr) -> Expr:
    """Return each customer's most used channel; the latest used breaks ties."""
    import ibis

    used = rows.group_by("customer_id", "channel").aggregate(uses=rows.count(), latest=rows.arrived_at.max())
    best = ibis.window(group_by="customer_id", order_by=[used.uses.desc(), used.latest.desc(), used.channel.desc()])
    ranked = used.mutate(place=ibis.row_number().over(best))
    return ranked.filter(ranked.place == 0).select("customer_id", preferred_channel="channel")


def _segments(rows: Expr, settings: TimelineSettings) -> Expr:
    """Return each customer's segment as of the last contact of all."""
    timed = rows.mutate(at=micros(rows.arrived_at))
    timed = timed.cross_join(timed.aggregate(now=timed["at"].max()))
    terms = timed.group_by("customer_id").aggregate(
        contacts=timed.count().cast("float64"),
        cases=(timed.case_position == 1).cast("int64").sum(),
        contacts_90d=(timed["at"] >= timed.now - 90 * DAY_US).cast("int64").sum(),
        days_known=(timed.now - timed["at"]).max() / DAY_US,
        days_silent=(timed.now - timed["at"]).min() / DAY_US,
        **({"effort_hours": timed.effort_s.fill_null(0.0).sum() / 3600} if "effort_s" in timed.columns else {}),
    )
    return terms.select("customer_id", segment=first_segment({name: terms[name] for name in terms.columns}, settings))
