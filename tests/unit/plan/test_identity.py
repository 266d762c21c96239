"""Mistakes in the section identity are found before anything is read."""

from typing import Any

import pytest

from omnistaff.errors import ConfigError
from omnistaff.plan import make_plan


def plan(**identity: Any) -> Any:
    return make_plan({"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "identity": identity})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"unique_ids": ["acount"]}, "did you mean account"),
        ({"priority": ["account", "nationalid"]}, "did you mean national_id"),
        ({"default_region": "XX"}, "no country"),
        ({"model_links": {"review_share": 0.95}}, "must be the smaller one"),
    ],
)
def test_a_mistake_is_refused_with_the_way_out(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        plan(**settings)


def test_kinds_of_the_plans_own_are_welcome() -> None:
    assert plan(unique_ids=["ssn", "loyalty"], default_region="es").identity.unique_ids == ["ssn", "loyalty"]
