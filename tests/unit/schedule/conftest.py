"""Rosters of these tests are searched for a short while: what they show does not hang on the last per cent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from omnistaff.schedule import build, replan, search


@pytest.fixture(scope="package", autouse=True)
def _few_rounds() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "MOST_SWEEPS", 150)
        for module in (build, replan):
            patch.setattr(module, "PRICE_ROUNDS", 60)
        yield
