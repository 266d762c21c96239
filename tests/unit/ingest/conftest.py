"""Reading one source the way a plan does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omnistaff.ingest import Ingested, read_all
from omnistaff.plan import make_plan

FORMATS = Path(__file__).parents[2] / "data" / "formats"

ReadSource = Callable[..., Ingested]


@pytest.fixture
def read_sample() -> ReadSource:
    """A function that reads sample files with the given source settings, and checks that no row vanished."""

    def read(path: str, folder: Path = FORMATS, **source: Any) -> Ingested:
        plan = make_plan(
            {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [{"path": path, **source}]},
            folder=folder,
        )
        result = read_all(plan)
        for tally in result.tallies:
            assert tally.rows == tally.legs + tally.rejects + sum(tally.set_aside.values())
        return result

    return read
