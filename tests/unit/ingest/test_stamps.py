"""Stamps as logs write them: every written offset counts, and what is half a stamp is a problem, never a guess."""

import pandas as pd
import pytest

from omnistaff.ingest.stamps import read_stamps
from omnistaff.plan import Source

SOURCE = Source.model_validate(
    {"reader": "csv", "path": "x.csv", "time_zone": "America/New_York", "columns": {"contact_id": "id"}}
)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-10-26 13:00:38", "2026-10-26T17:00:38Z"),
        ("2026-10-26", "2026-10-26T04:00:00Z"),
        ("20261026T130000", "2026-10-26T17:00:00Z"),
        ("2026-10-26T13:00Z", "2026-10-26T13:00:00Z"),
        ("2026-10-26 13:00:38-01", "2026-10-26T14:00:38Z"),
        ("2026-10-26 13:00:38 -01:00", "2026-10-26T14:00:38Z"),
        ("2026-10-26 13:00:38.5+0530", "2026-10-26T07:30:38.5Z"),
        ("2026-10-26 13:00:38 UTC", "2026-10-26T13:00:38Z"),
    ],
)
def test_offset_counts_wherever_it_is_written(written, instant):
    stamps = pd.Series([written, "2026-10-26 00:00:00", "2026-10-26T00:00:00Z"], dtype="str")
    instants, problems = read_stamps(stamps, SOURCE)
    assert instants.iloc[0] == pd.Timestamp(instant)
    assert (problems == "").all()


@pytest.mark.parametrize("written", ["2026-10-26 13:00:38-1", "13:00Z", "2026-W44-1", "2026-10-26 13:00:38 EST"])
def test_what_is_not_iso_is_a_problem_with_its_text(written):
    stamps = pd.Series([written, "2026-10-26 13:00:00"], dtype="str")
    instants, problems = read_stamps(stamps, SOURCE)
    assert problems.tolist() == [f"stamp is not understood: {written}", ""]
    assert instants.isna().tolist() == [True, False]
