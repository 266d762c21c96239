"""All figures of the formulas and the simulator, asked / measured, from one command.

    python -m benchmarks.simulate_must [--quick]

``--quick`` leaves out the 40-digit yardsticks and the peers. Chat, blending, conservation and equal bits at any
number of threads are tests: ``pytest tests/unit/queueing tests/unit/simulate tests/property``. Real days:
``python -m benchmarks.simulate_replay``.
"""

from __future__ import annotations

import argparse

from benchmarks import queueing_accuracy, queueing_speed, simulate_oracles, simulate_speed


def main() -> None:
    """Run every part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    simulate_speed.measure_omnichannel(people=500, replications=10)
    simulate_speed.measure_line(3_000_000)
    queueing_speed.searches(1_000_000)
    simulate_oracles.erlang()
    simulate_oracles.contactcenters()
    if not options.quick:
        simulate_speed.measure_peers(200_000)
        queueing_accuracy.main()


if __name__ == "__main__":
    main()
