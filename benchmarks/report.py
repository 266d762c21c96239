"""What the report and the exports cost for a number of agents over four weeks, asked beside measured.

    python benchmarks/report.py [agents]

On the tests' made-up world, quarter hours. Opening: from the address to everything loaded and laid out, in headless
Chromium where there is one, median of five by the clock, which runs through other work on the machine too; beside it
the CPU time of the whole browser, its own start included.
"""

import re
import resource
import runpy
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from omnistaff.report import write_exports, write_report

WORLD = Path(__file__).parents[1] / "tests" / "unit" / "report" / "conftest.py"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPENINGS = 5
STOPWATCH = """<script>
addEventListener("load", () => {
  const height = document.body.offsetHeight;  // asks for the layout of the whole page
  const text = `<pre id="opened" data-height="${height}">${performance.now()}</pre>`;
  document.body.insertAdjacentHTML("beforeend", text);
});
</script>"""


def main(agents: int) -> None:
    """Print the table."""
    build_world = runpy.run_path(str(WORLD))["build_world"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = build_world(folder, agents=agents, weeks=4, interval=15)
        started = time.process_time()
        page = write_report(folder / "report.html", world.work, world.plan)
        between = time.process_time()
        files = write_exports(world.work, world.plan)
        ended = time.process_time()
        opened = open_seconds(page, folder)
        megabytes = page.stat().st_size / 1e6
    print(f"{agents} agents, 4 weeks\n")
    print("| what | asked | measured |\n| --- | --- | --- |")
    print(f"| size | under 15 MB | {megabytes:.1f} MB |")
    words = "no Chromium here" if opened is None else f"{opened[0]:.2f} s by the clock, {opened[1]:.2f} CPU s"
    print(f"| opening | under 3 s | {words} |")
    print(f"| writing the page | | {between - started:.1f} CPU s |")
    print(f"| writing {len(files)} exports | | {ended - between:.1f} CPU s |")


def open_seconds(page: Path, folder: Path) -> tuple[float, float] | None:
    """Return clock and CPU seconds that Chromium takes to open *page*, None where there is no Chromium."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        return None
    timed = folder / "timed.html"
    timed.write_text(page.read_text(encoding="utf-8").replace("</body>", STOPWATCH + "</body>"), encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,900",
               f"--user-data-dir={folder / 'profile'}", "--dump-dom", timed.as_uri()]  # fmt: skip
    times = []
    before = children_s()
    for _ in range(OPENINGS):
        text = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")
        found = re.search(r'<pre id="opened"[^>]*>([\d.]+)</pre>', text)
        if found is None:
            raise SystemExit("the page did not finish loading")
        times.append(float(found[1]) / 1000)
    return statistics.median(times), (children_s() - before) / OPENINGS


def children_s() -> float:
    """Return the CPU seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
