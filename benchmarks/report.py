"""What the report and the exports cost: CPU seconds and megabytes for a number of agents over four weeks.

Run: python benchmarks/report.py [agents]. Budgets: page under 15 MB; 40 agents in under 10 CPU seconds.
"""

import runpy
import sys
import tempfile
import time
from pathlib import Path

from omnistaff.report import write_exports, write_report

WORLD = Path(__file__).parents[1] / "tests" / "unit" / "report" / "conftest.py"


def main(agents: int) -> None:
    """Measure on the tests' made-up world, quarter hours, four weeks."""
    build_world = runpy.run_path(str(WORLD))["build_world"]
    with tempfile.TemporaryDirectory() as folder:
        world = build_world(Path(folder), agents=agents, weeks=4, interval=15)
        started = time.process_time()
        page = write_report(Path(folder) / "report.html", world.work, world.plan)
        between = time.process_time()
        files = write_exports(world.work, world.plan)
        ended = time.process_time()
        megabytes = page.stat().st_size / 1e6
    print(f"{agents} agents x 4 weeks: page {between - started:.1f} CPU s, {megabytes:.1f} MB (budget 15)")
    print(f"{len(files)} exports {ended - between:.1f} CPU s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
