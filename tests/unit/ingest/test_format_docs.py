"""The table of formats and traps names every reader, with the counts that the tests hold; all samples are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from omnistaff.ingest import READERS
from tests.unit.ingest.conftest import FORMATS
from tests.unit.ingest.test_formats import SAMPLES

ROOT = Path(__file__).parents[3]


def rows() -> dict[str, str]:
    """Return {reader: the middle cell} of the table in the ingest page."""
    found = {}
    for line in (ROOT / "docs" / "ingest.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and line.startswith("| `") and re.search("covered|→|intervals|column map", line):
            found |= dict.fromkeys(re.findall(r"`(\w+)`", cells[0]), cells[1])
    return found


def test_every_reader_has_a_row_with_its_traps() -> None:
    assert set(rows()) == set(READERS)


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample[1] for sample in SAMPLES])
def test_the_tables_counts_are_those_of_the_tests(sample: tuple[str, str, object, int, int, list[object]]) -> None:
    counted = [int(n) for n in re.findall(r"→ (\d+)", rows()[sample[0]])]
    assert len(sample[5]) in counted


def test_every_sample_that_the_readme_names_is_there() -> None:
    text = (FORMATS / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| (\w+\.\w+) \|", text, flags=re.MULTILINE)
    assert len(names) > 20
    assert [name for name in names if not (FORMATS / name).is_file()] == []
