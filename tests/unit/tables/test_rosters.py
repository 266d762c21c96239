"""A roster is read as the table or as the exported list that people edit."""

from pathlib import Path

import pandas as pd
import pytest

from omnistaff.errors import TableError
from omnistaff.tables.files import read_roster

EXPORTED = pd.DataFrame(
    {
        "agent_id": ["A1", "A1"],
        "name": ["Óscar", "Óscar"],
        "schedule_date": ["2026-03-28", "2026-03-28"],
        "start_local": ["2026-03-28T22:00:00+01:00", "2026-03-29T01:30:00+01:00"],
        "end_local": ["2026-03-29T01:30:00+01:00", "2026-03-29T05:00:00+02:00"],
        "start_utc": ["2026-03-28T21:00:00Z", "2026-03-29T00:30:00Z"],
        "end_utc": ["2026-03-29T00:30:00Z", "2026-03-29T03:00:00Z"],
        "activity": ["work", "work"],
        "is_paid": [True, True],
        "shift_id": ["A1-2026-03-28"] * 2,
    }
)


def written(folder: Path, frame: pd.DataFrame) -> Path:
    path = folder / "roster.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("dropped", [[], ["start_utc", "end_utc"], ["start_local", "end_local"]])
def test_an_export_is_read_over_a_clock_change(tmp_path: Path, dropped: list[str]) -> None:
    roster = read_roster(written(tmp_path, EXPORTED.drop(columns=dropped)))
    assert roster["end_at"].tolist() == [pd.Timestamp("2026-03-29 00:30Z"), pd.Timestamp("2026-03-29 03:00Z")]
    assert roster["schedule_date"].dt.strftime("%m-%d").tolist() == ["03-28", "03-28"]


def test_an_edited_export_whose_times_disagree_is_refused_by_row(tmp_path: Path) -> None:
    edited = EXPORTED.copy()
    edited.loc[1, "end_local"] = "2026-03-29T06:00:00+02:00"
    with pytest.raises(TableError, match=r"row 3: end_local 2026-03-29T06:00:00\+02:00 is not end_utc"):
        read_roster(written(tmp_path, edited))


@pytest.mark.parametrize("text", ["2026-03-28 22:00", "28/03/2026 22:00", "", "late"])
def test_a_time_without_offset_is_refused_not_guessed(tmp_path: Path, text: str) -> None:
    edited = EXPORTED.drop(columns=["start_utc", "end_utc"])
    edited.loc[0, "start_local"] = text
    with pytest.raises(TableError, match=r"row 2: start_local .* is no time with offset"):
        read_roster(written(tmp_path, edited))
