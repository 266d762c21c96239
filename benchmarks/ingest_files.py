"""Whole exports read as they are, by preset and path: rows, contacts, rejects with reasons, outcomes, channels.

    python -m benchmarks.ingest_files boston_311 boston.csv.gz vancouver_311 van.csv.gz technion_calls jan.csv.gz

Pairs of a preset and a file; nothing is edited by hand. Asked: every row is a contact, a reject with a reason, or set
aside, and no file is refused.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Print a table row a file; return how many files lost rows."""
    print("| file | rows read | contacts | rejects | set aside | outcomes | channels | demand | CPU s | kept |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    pairs = zip(arguments[::2], arguments[1::2], strict=True)
    return sum(not show(preset, Path(name)) for preset, name in pairs)


def show(preset: str, path: Path) -> bool:
    """Print what one file holds; return whether every row is accounted for."""
    from omnistaff.ingest import read_all
    from omnistaff.plan import make_plan

    source = {"reader": "csv", "preset": preset, "path": path.name}
    content = {"name": "files", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [source]}
    start = time.process_time()
    result = read_all(make_plan(content, folder=path.parent.resolve()))
    seconds = time.process_time() - start
    (tally,) = result.tallies
    contacts = result.log.contacts
    kept = tally.rows == tally.legs + tally.rejects + sum(tally.set_aside.values())
    counts = (
        ", ".join(f"{name} {n:,}" for name, n in contacts[column].value_counts().items())
        for column in ("outcome", "channel")
    )
    reasons = ", ".join(f"{n} {reason}" for reason, n in result.log.rejects["reason"].value_counts().items())
    cells = [
        path.name, f"{tally.rows:,}", f"{tally.contacts:,}", f"{tally.rejects} {reasons}".strip(),
        f"{sum(tally.set_aside.values())}", *counts, f"{int(contacts['is_demand'].sum()):,}", f"{seconds:.1f}",
        "yes" if kept else "NO",
    ]  # fmt: skip
    print(f"| {' | '.join(cells)} |", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
