"""Run the benchmarks that need no data of their own: ``python -m benchmarks``, or name some.

Those that measure accuracy on public data take the data's folder and are run by themselves; each file's first lines
say how.
"""

import subprocess
import sys
import time

#: Script and arguments; each prints its own measures, peers and limits.
WITHOUT_DATA = {
    "queueing_accuracy": [],
    "queueing_speed": ["200000"],
    "staffing_certainty": [],
    "staffing_certified": ["--speed"],
    "staffing_deferred": [],
    "staffing_pooling": ["small"],
    "simulate_oracles": [],
    "simulate_speed": ["--replications", "4"],
    "simulate_replay": ["--days", "14"],
    "forecast_speed": ["--series", "10"],
    "schedule_reference": ["100"],
    "ingest_scale": ["200000"],
    "ingest_fuzz": ["2000"],
    "report": ["40"],
}


def main() -> int:
    """Run the chosen benchmarks, or all; return how many failed."""
    chosen = sys.argv[1:] or list(WITHOUT_DATA)
    unknown = sorted(set(chosen) - set(WITHOUT_DATA))
    if unknown:
        print(f"unknown: {', '.join(unknown)}; expected some of {', '.join(WITHOUT_DATA)}", file=sys.stderr)
        return 2
    failed = []
    for name in chosen:
        print(f"\n== {name}", flush=True)
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *WITHOUT_DATA[name]], check=False)
        print(f"   {time.perf_counter() - started:.0f} s", flush=True)
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
