"""Recommended opening hours of the demo against the truth of its generator.

    python -m benchmarks.staffing_hours WORK [WORK ...] [--worth 6] [--plan configs/omnichannel_demo.yaml]

WORK is a work folder of a run of configs/omnichannel_demo.yaml up to demand; others come from other seeds:

    omnistaff init DIR --seed 11; for s in ingest identity timeline demand; do omnistaff $s DIR/plan.yaml; done

The generator knows how many customers would come in every hour of the week (profile of the line times weekday), also
while the line is closed, where nobody is logged. Printed: contacts in closed hours, true and counted on; how often
the advice is that which the truth would give; and what a week of today's hours, of the advised and of the best is
worth by the truth (contacts served times worth, less people).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from omnistaff.plan import Plan, load_plan
from omnistaff.samples.world import LINES, PROFILES, WEEKDAY_FACTOR
from omnistaff.staffing import HourAdvice, recommend_hours
from omnistaff.staffing.hours import gross_agents, lone_people
from omnistaff.tables.files import Workspace

LINE_OF = {
    "cards-voice": "cards-voice",
    "accounts-voice": "accounts-voice",
    "chat": "web-chat",
    "whatsapp": "whatsapp",
}
HEADS = ("queue", "closed hours", "true", "counted on", "advice as by truth", "worth today", "advised", "best")
WIDTHS = (16, 13, 7, 11, 19, 12, 9, 7)


def judged(queue: str, mine: list[HourAdvice], plan: Plan, worth: float) -> tuple[object, ...]:
    """Return one line of the table."""
    is_open, pays = (np.array([getattr(row, name) for row in mine]) for name in ("is_open", "pays"))
    found = np.array([row.new_contacts for row in mine])
    profile = next(line.profile for line in LINES if line.name == LINE_OF[queue])
    usual = np.outer(WEEKDAY_FACTOR, PROFILES[profile]).ravel()
    true = usual * found[is_open].sum() / usual[is_open].sum()
    people = np.maximum(
        gross_agents(plan.queue(queue), true, mine[0].handle_s, plan), lone_people(plan.queue(queue), plan)
    )
    gain = worth * true - people * mine[0].hourly_cost
    best = gain > 0
    return (
        queue, int((~is_open).sum()), f"{true[~is_open].sum():.0f}", f"{found[~is_open].sum():.0f}",
        f"{(best == pays).mean():.1%}", *(f"{gain[hours].sum():,.0f}" for hours in (is_open, pays, best)),
    )  # fmt: skip


def main() -> None:
    """Print what is true, and what is advised."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, nargs="+")
    parser.add_argument("--plan", type=Path, default=Path("configs/omnichannel_demo.yaml"))
    parser.add_argument("--worth", type=float, default=6.0, help="worth of a contact served")
    options = parser.parse_args()
    plan = load_plan(options.plan)
    for folder in options.work:
        work = Workspace(folder)
        advice = recommend_hours(work.read("demand"), work.read("agents"), plan, worth_of_contact=options.worth)
        print(f"\n{folder}\n" + "".join(f"{head:>{width}}" for head, width in zip(HEADS, WIDTHS, strict=True)))
        for queue in LINE_OF:
            line = judged(queue, [row for row in advice if row.queue == queue], plan, options.worth)
            print("".join(f"{value:>{width}}" for value, width in zip(line, WIDTHS, strict=True)))


if __name__ == "__main__":
    main()
