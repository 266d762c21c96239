"""Section ``timeline``: what is one matter, what is a repeat, which segments there are."""

from __future__ import annotations

import ast
from typing import Annotated

from pydantic import AfterValidator, Field

from omnistaff.plan.base import Settings

#: What a segment rule may speak of: a customer's history before the contact at hand.
SEGMENT_TERMS = {
    "contacts": "contacts so far",
    "cases": "matters so far",
    "contacts_90d": "contacts in the 90 days before",
    "days_known": "days since the first contact",
    "days_silent": "days since the latest contact",
    "effort_hours": "agents' hours so far",
}
_ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.Compare, ast.Name, ast.Load, ast.Constant,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq,
)  # fmt: skip


def parse_rule(rule: str) -> ast.expr:
    """Return a segment rule as a syntax tree: comparisons of SEGMENT_TERMS with numbers, and, or, not, True.

    Raises ValueError that says what is not understood.
    """
    try:
        tree = ast.parse(rule.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{rule!r} is not a rule, expected one such as `contacts_90d >= 4 and cases < 3`") from error
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED) or (
            isinstance(node, ast.Constant) and not isinstance(node.value, int | float)
        ):
            raise ValueError(f"{rule!r} is not a rule: only comparisons with numbers, and, or, not")
        if isinstance(node, ast.Name) and node.id not in SEGMENT_TERMS:
            raise ValueError(f"{rule!r} speaks of {node.id}, expected one of {', '.join(SEGMENT_TERMS)}")
    return tree.body


def _checked(rule: str) -> str:
    parse_rule(rule)
    return rule


Rule = Annotated[str, AfterValidator(_checked)]


class TimelineSettings(Settings):
    """How contacts become cases."""

    case_gap_hours: float = Field(168, gt=0, description="silence after which the same reason is a new matter")
    same_reason: bool = Field(True, description="a case holds one reason family")
    reason_families: dict[str, list[str]] = Field({}, description="family: reasons that are the same matter")
    repeat_days: float = Field(7, gt=0, description="a contact on the same matter within this is a repeat")
    segments: dict[str, Rule] = Field({}, description="segment: rule over a customer's history, first match wins")
