"""What it costs to be surer of the promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from omnistaff.report import drawing
from omnistaff.report.content import Chart
from omnistaff.report.inputs import Inputs
from omnistaff.report.wording import number, percent, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SURER = (0.95, 0.99)  # the first that is above the plan's


def curve(inputs: Inputs) -> Chart | None:
    """Return net agent-hours by the probability that a queue keeps its promise in an interval, the plan's marked."""
    data = inputs.table("certainty")
    if data.empty:
        return None
    level = inputs.plan.staffing.meet_target_with_probability
    levels, hours = data["probability"].to_numpy(), data["agent_hours"].to_numpy()
    base = 0.5 if level is None else level
    surer = next((sure for sure in SURER if sure > base), base)
    here = float(np.interp(base, levels, hours))
    more = float(np.interp(surer, levels, hours)) - here
    usual = "staffing for even odds" if level is None else "the plan's probability"
    finding = f"To be {percent(surer)} sure of each interval takes {signed(more)} agent-hours beside {usual}"
    finding += f" ({percent(more / here, 1)} of {number(here)})" if here else ""

    def plot(axes: Axes) -> None:
        axes.plot(levels, hours, color=drawing.paint("blue"), marker="o", ms=3)
        if level is not None:
            axes.plot([level], [here], "D", color=drawing.paint("red"), ms=8)
        axes.set_ylim(0)
        axes.xaxis.set_major_formatter(lambda value, _: percent(value))
        drawing.plain_numbers(axes.yaxis)

    legend: tuple[tuple[str, str], ...] = (("blue", "net agent-hours"),)
    if level is not None:
        legend += (("red", "diamond: the plan's probability"),)
    unit = "Net agent-hours of all queues, each on its own, by the probability that an interval keeps its promise"
    note = (
        "The day's volume, handle time and who is there differ from what is expected; being sure means room for it."
    )
    svg = drawing.draw("staffing-certainty", 2.2, drawing.one(plot))
    return Chart("certainty", finding, unit, svg, f"Curve of hours by probability. {finding}.", data, note, legend)
