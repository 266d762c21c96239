"""How the work of a roster grows with the people: CPU seconds of the reference set, beside n log n, as a plot.

    python benchmarks/schedule_growth.py [weeks, 1] [agents ..., 25 50 100 200 400]

The table goes to the screen, the plot to docs/images/schedule_growth.png.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from schedule_reference import make_reference

import omnistaff

IMAGE = Path(__file__).parent.parent / "docs" / "images" / "schedule_growth.png"
USUAL = (25, 50, 100, 200, 400)


def measure(count: int, weeks: int) -> tuple[float, float]:
    """Return (CPU seconds, gap) of one roster."""
    pool, agents, plan, absences, wishes = make_reference(count, weeks)
    clock = time.process_time()
    roster = omnistaff.build_roster(pool, agents, plan, absences=absences, preferences=wishes)
    return time.process_time() - clock, roster.gap_share


def draw(counts: list[int], seconds: list[float], weeks: int) -> None:
    """Write the plot: measured work, and n log n through the first point."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    people = np.array(counts, dtype=float)
    law = people * np.log(people)
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.loglog(people, seconds, "o-", label="measured")
    axes.loglog(people, law * seconds[0] / law[0], "--", label="n log n through the first point")
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.set_xticks([], minor=True)
    axes.set_xlabel(f"agents, {weeks} week(s), 15 minutes, five skills")
    axes.set_ylabel("CPU seconds")
    axes.legend()
    figure.tight_layout()
    figure.savefig(IMAGE, dpi=110)


def main() -> None:
    """Measure, print asked and measured, draw."""
    weeks = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    counts = [int(text) for text in sys.argv[2:]] or list(USUAL)
    measure(10, 1)  # compiles
    rows = [measure(count, weeks) for count in counts]
    print("agents | CPU s | CPU ms an agent | gap")
    for count, (seconds, gap) in zip(counts, rows, strict=True):
        print(f"{count} | {seconds:.1f} | {1000 * seconds / count:.0f} | {gap:.1%}")
    seconds = [row[0] for row in rows]
    power = np.polyfit(np.log(counts), np.log(seconds), 1)[0]
    law = np.polyfit(np.log(counts), np.log(np.array(counts) * np.log(counts)), 1)[0]
    print(f"asked: grows no faster than n log n (n to the {law:.2f} here) | measured: n to the {power:.2f}")
    draw(counts, seconds, weeks)


if __name__ == "__main__":
    main()
