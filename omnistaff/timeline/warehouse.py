"""The chronology as one Ibis expression, for contacts that live in a warehouse or are too many for memory.

The same rules as in ``build`` and ``order``, written with what DuckDB, Spark, BigQuery and Snowflake all have:
integers for times, ``row_number``, ``lag``, ``lead``, ``first``, running sums and maxima. Last values that skip nulls
are not among it: Ibis drops the skipping for all but Spark without a word, so a running maximum of growing numbers
stands in.
"""

from __future__ import annotations

import ast
from typing import Any

from omnistaff.plan import TimelineSettings
from omnistaff.plan.timeline import parse_rule
from omnistaff.tables import CHANNELS
from omnistaff.timeline.order import HOUR_US, UNKNOWN

DAY_US = 24 * HOUR_US
FAR = 2**62
CODES = 64  # more than there are channels
WORKING = (
    "at", "done", "before", "after", "family_row", "opens", "opened", "channel_code", "case_row", "case_first",
    "demand", "demand_at", "opened_channel",
)  # fmt: skip
Expr = Any  # Ibis builds its classes at run time; a table or column expression


def chronology(contacts: Expr, settings: TimelineSettings, *, reasons_known: bool = False) -> Expr:
    """Return *contacts* with the columns of the timeline, is_alone and segment, as an unexecuted Ibis table.

    *contacts* is an Ibis table with the columns of the contacts table that the timeline needs (contact_id,
    customer_id, channel, reason, outcome, is_demand, arrived_at, answered_at, ended_at; source and thread_id, unless
    *reasons_known* says that no reason is missing; effort_s where a segment rule asks for it). Contact ids may be
    of any type that sorts.
    """
    rows = _with_times(contacts)
    rows = _with_gaps(rows)
    rows = _with_families(rows, settings, reasons_known)
    rows = _with_cases(rows, settings)
    rows = _with_segments(rows, settings)
    return rows.drop(*WORKING)


def micros(column: Expr) -> Expr:
    """Return a time in microseconds since 1970."""
    import ibis

    epoch = ibis.literal("1970-01-01").cast(column.type())
    return column.delta(epoch, unit="microsecond")


def _with_times(contacts: Expr) -> Expr:
    """Add ``at`` and ``done``, when it was answered or closed; FAR while it is open."""
    import ibis

    done = micros(ibis.coalesce(contacts.answered_at, contacts.ended_at))
    return contacts.mutate(
        at=micros(contacts.arrived_at), done=done.fill_null(ibis.ifelse(contacts.outcome == "open", FAR, 0))
    )


def _with_gaps(rows: Expr) -> Expr:
    """Add the seconds since the customer's previous contact and whether it is the only one."""
    import ibis

    in_order = ibis.window(group_by="customer_id", order_by=["at", "contact_id"])
    rows = rows.mutate(before=rows["at"].lag().over(in_order), after=rows["at"].lead().over(in_order))
    return rows.mutate(gap_s=(rows["at"] - rows.before) / 1e6, is_alone=rows.before.isnull() & rows.after.isnull())


def _with_families(rows: Expr, settings: TimelineSettings, reasons_known: bool) -> Expr:
    """Add the reason family; a missing reason is filled from the thread, then from the neighbours in time."""
    import ibis

    if not settings.same_reason:
        return rows.mutate(family=ibis.literal(UNKNOWN))
    family_of = {reason: family for family, reasons in settings.reason_families.items() for reason in reasons}
    rows = rows.mutate(family=rows.reason.substitute(family_of) if family_of else rows.reason)
    if reasons_known:
        return rows
    fresh = rows.before.isnull() | (rows["at"] - rows.before > settings.case_gap_hours * HOUR_US)
    in_order = ibis.window(group_by="customer_id", order_by=["at", "contact_id"], preceding=(None, 0))
    rows = rows.mutate(episode=fresh.cast("int64").sum().over(in_order))
    rows = _filled(rows, ["customer_id", "source", "thread_id"])
    by_thread = ibis.ifelse(rows.thread_id.notnull(), rows.found, None)
    rows = _filled(
        rows.mutate(family=ibis.coalesce(rows.family, by_thread)).drop("found"), ["customer_id", "episode"]
    )
    return rows.mutate(family=ibis.coalesce(rows.family, rows.found, UNKNOWN)).drop("found", "episode")


def _filled(rows: Expr, keys: list[str]) -> Expr:
    """Return *rows* with ``found``: the family of the latest row of the same *keys* that has one, else of the next.

    Counting the families so far numbers the stretches that start with one, and the other way round, so a plain
    maximum finds it; not every engine can leave nulls out of a last value.
    """
    import ibis

    order = ["at", "contact_id"]
    back = ibis.window(group_by=keys, order_by=order, preceding=(None, 0))
    ahead = ibis.window(group_by=keys, order_by=order, following=(0, None))
    rows = rows.mutate(stretch=rows.family.count().over(back), rest=rows.family.count().over(ahead))
    latest = rows.family.max().over(ibis.window(group_by=[*keys, "stretch"]))
    following = rows.family.max().over(ibis.window(group_by=[*keys, "rest"]))
    return rows.mutate(found=ibis.coalesce(latest, following)).drop("stretch", "rest")


def _with_cases(rows: Expr, settings: TimelineSettings) -> Expr:
    """Add the matter, the place in it, repeats, switches and duplicates."""
    import ibis

    rows = _with_breaks(rows, settings)
    case = ibis.window(group_by=["customer_id", "family", "case_row"], order_by=["at", "contact_id"])
    rows = rows.mutate(
        case_first=rows.contact_id.first().over(case),
        opened_channel=rows.channel_code.first().over(case),
        opened=rows.is_demand.ifelse(rows.done, -FAR).first().over(case),
    )
    follows = rows.is_demand & (rows.demand // CODES >= rows.case_row)
    repeat = (follows & (rows["at"] - rows.demand_at <= int(settings.repeat_days * DAY_US))).fill_null(False)
    later = rows.is_demand & (rows.family_row > rows.case_row) & (rows.channel_code != rows.opened_channel)
    return rows.mutate(
        case_id=ibis.literal("M").concat(rows.case_first.cast("string")),
        case_position=rows.family_row - rows.case_row + 1,
        is_repeat=repeat,
        is_switch=repeat & (rows.channel_code != rows.demand % CODES).fill_null(False),
        is_duplicate=later & (rows["at"] < rows.opened),
    )


def _with_breaks(rows: Expr, settings: TimelineSettings) -> Expr:
    """Add each contact's place in its family, the place where its case opened, and the demand contact before it.

    Place and channel of that contact are packed into one number, which grows with the place.
    """
    import ibis

    keys = {"group_by": ["customer_id", "family"], "order_by": ["at", "contact_id"]}
    one = ibis.window(**keys)
    so_far, earlier = ibis.window(**keys, preceding=(None, 0)), ibis.window(**keys, preceding=(None, 1))
    before = rows["at"].lag().over(one)
    rows = rows.mutate(
        family_row=ibis.row_number().over(one),
        opens=before.isnull() | (rows["at"] - before > int(settings.case_gap_hours * HOUR_US)),
        channel_code=rows.channel.cases(*((name, k) for k, name in enumerate(CHANNELS)), else_=len(CHANNELS)),
    )
    packed = rows.family_row * CODES + rows.channel_code
    return rows.mutate(
        case_row=rows.opens.ifelse(rows.family_row, 0).max().over(so_far),
        demand=rows.is_demand.ifelse(packed, None).max().over(earlier),
        demand_at=rows.is_demand.ifelse(rows["at"], None).max().over(earlier),
    )


def _with_segments(rows: Expr, settings: TimelineSettings) -> Expr:
    """Add the segment of the first rule that holds; the terms that no rule speaks of are not computed."""
    trees = [parse_rule(rule) for rule in settings.segments.values()]
    used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    terms = {name: term for name, term in _terms(rows, used).items() if name in used}
    rows = rows.mutate(**{f"term_{name}": term for name, term in terms.items()})
    named = {name: rows[f"term_{name}"] for name in terms}
    return rows.mutate(segment=first_segment(named, settings)).drop(*(f"term_{name}" for name in terms))


def first_segment(terms: dict[str, Expr], settings: TimelineSettings) -> Expr:
    """Return the first segment whose rule holds for *terms*, missing where none does."""
    import ibis

    nobody = ibis.null("string")
    rules = [(_rule(parse_rule(rule), terms), name) for name, rule in settings.segments.items()]
    return ibis.cases(*rules, else_=nobody) if rules else nobody


def _terms(rows: Expr, used: set[str]) -> dict[str, Expr]:
    """Return the history before each contact."""
    import ibis

    keys = {"group_by": "customer_id", "order_by": ["at", "contact_id"]}
    one, earlier = ibis.window(**keys), ibis.window(**keys, preceding=(None, 1))
    terms: dict[str, Expr] = {
        "contacts": ibis.row_number().over(one),
        "cases": rows.opens.cast("int64").sum().over(earlier).fill_null(0),
        "days_known": (rows["at"] - rows["at"].min().over(ibis.window(group_by="customer_id"))) / DAY_US,
        "days_silent": rows.gap_s.fill_null(0.0) / 86_400,
    }
    if "contacts_90d" in used:
        recent = ibis.range_window(group_by="customer_id", order_by="at", preceding=90 * DAY_US, following=0)
        tied = ibis.window(group_by=["customer_id", "at"], order_by="contact_id", following=(0, None))
        terms["contacts_90d"] = rows["at"].count().over(recent) - rows["at"].count().over(tied)
    if "effort_hours" in used:
        terms["effort_hours"] = rows.effort_s.fill_null(0.0).sum().over(earlier).fill_null(0.0) / 3600
    return terms


_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "__lt__", ast.LtE: "__le__", ast.Gt: "__gt__", ast.GtE: "__ge__", ast.Eq: "__eq__", ast.NotEq: "__ne__",
}  # fmt: skip


def _rule(node: ast.expr, terms: dict[str, Expr]) -> Expr:
    """Return a rule's syntax tree as a boolean expression over *terms*."""
    import ibis

    match node:
        case ast.BoolOp(op=ast.And()):
            return ibis.and_(*(_rule(value, terms) for value in node.values))
        case ast.BoolOp():
            return ibis.or_(*(_rule(value, terms) for value in node.values))
        case ast.UnaryOp():
            return ~_rule(node.operand, terms)
        case ast.Compare():
            sides = [_rule(side, terms) for side in (node.left, *node.comparators)]
            steps = zip(node.ops, sides, sides[1:], strict=False)
            return ibis.and_(*(getattr(left, _COMPARE[type(op)])(right) for op, left, right in steps))
        case ast.Name():
            return terms[node.id]
        case ast.Constant():
            return ibis.literal(node.value)
        case _:  # parse_rule lets nothing else through
            raise AssertionError(ast.dump(node))
