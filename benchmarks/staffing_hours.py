"""Recommended opening hours of the demo against the truth of its generator.

    python -m benchmarks.staffing_hours WORK [--worth 6]

WORK is the work folder of a run of configs/omnichannel_demo.yaml. The generator knows how many customers would come
in every hour of the week (profile of the line times weekday), also while the line is closed, where nobody is logged.
Asked: how close the estimate is in closed hours, and how often the advice is that which the truth would give.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from omnistaff.plan import load_plan
from omnistaff.samples.world import LINES, PROFILES, WEEKDAY_FACTOR
from omnistaff.staffing import recommend_hours
from omnistaff.staffing.hours import gross_agents
from omnistaff.tables.files import Workspace

LINE_OF = {
    "cards-voice": "cards-voice",
    "accounts-voice": "accounts-voice",
    "chat": "web-chat",
    "whatsapp": "whatsapp",
}


def main() -> None:
    """Print asked and measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--plan", type=Path, default=Path("configs/omnichannel_demo.yaml"))
    parser.add_argument("--worth", type=float, default=6.0, help="worth of a contact served")
    options = parser.parse_args()
    plan, work = load_plan(options.plan), Workspace(options.work)
    advice = recommend_hours(work.read("demand"), work.read("agents"), plan, worth_of_contact=options.worth)
    lines = {line.name: line for line in LINES}
    print(f"{'queue':16}{'closed hours':>13}{'true':>8}{'estimated':>11}{'off':>8}{'advice as by truth':>20}")
    for queue, name in LINE_OF.items():
        mine = [row for row in advice if row.queue == queue]
        is_open = np.array([row.is_open for row in mine])
        found = np.array([row.new_contacts for row in mine])
        usual = np.outer(WEEKDAY_FACTOR, PROFILES[lines[name].profile]).ravel()
        true = usual * found[is_open].sum() / usual[is_open].sum()
        cost = gross_agents(plan.queue(queue), true, mine[0].handle_s, plan) * mine[0].hourly_cost
        pays = cost <= options.worth * true
        right = float((pays == np.array([row.pays for row in mine])).mean())
        outside, guessed = true[~is_open].sum(), found[~is_open].sum()
        print(
            f"{queue:16}{(~is_open).sum():>13}{outside:>8.0f}{guessed:>11.0f}{guessed / max(outside, 1) - 1:>8.0%}"
            f"{right:>20.1%}"
        )


if __name__ == "__main__":
    main()
