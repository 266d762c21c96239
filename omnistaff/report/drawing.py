"""Charts as inline SVG that follows the page: its font, its colours by role, light and dark.

Matplotlib draws (one well-kept library, no script in the page, prints as vectors); colours are drawn as
stand-ins, one a role, and become CSS variables in the SVG, so one picture serves light, dark and print.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Roles that charts may use; the style sheet gives each its light and dark colour.
ROLES = (
    "ink", "muted", "grid", "surface",
    "blue", "orange", "green", "red", "purple", "sky", "yellow", "grey",
    "heat-0", "heat-1", "heat-2", "heat-3", "heat-4", "heat-5", "heat-6", "heat-7", "heat-8",
)  # fmt: skip
#: The order in which series take colours; neighbours differ for every common colour blindness.
SERIES = ("blue", "orange", "green", "purple", "sky", "red", "yellow", "grey")
HEAT_STEPS = 9
WIDTH = 9.0  # inches; 648 points in the SVG
LEFT, RIGHT, BOTTOM, TOP = 0.5, 0.25, 0.26, 0.08  # margins in inches
TITLED = 0.26  # top margin of pictures with small titles
LETTER = 0.075  # inches a letter of a label takes

_STAND_IN = {role: f"#fe{number:02x}a7" for number, role in enumerate(ROLES)}
_ROLE_OF = {colour: role for role, colour in _STAND_IN.items()}


def paint(role: str) -> str:
    """Return the colour to draw a role with."""
    return _STAND_IN[role]


def series_paint(number: int) -> str:
    """Return the colour of the series with this number, from 0."""
    return paint(SERIES[number % len(SERIES)])


@contextmanager
def _style(name: str) -> Iterator[None]:
    import matplotlib as mpl

    settings: dict[str, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.size": 9,
        "text.color": paint("ink"),
        "axes.edgecolor": paint("grid"),
        "axes.labelcolor": paint("muted"),
        "axes.titlesize": 9,
        "axes.titlelocation": "left",
        "axes.titlecolor": paint("ink"),
        "axes.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.color": paint("grid"),
        "grid.linewidth": 0.6,
        "xtick.color": paint("muted"),
        "ytick.color": paint("muted"),
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "lines.linewidth": 1.6,
        "patch.linewidth": 0,
        "hatch.linewidth": 0.6,
        "figure.facecolor": "none",
    }
    with mpl.rc_context(cast("Any", settings)):
        yield


def draw(
    name: str,
    height: float,
    plot: Callable[[Figure], None],
    *,
    left: float = LEFT,
    right: float = RIGHT,
    top: float = TOP,
) -> str:
    """Return the SVG of a figure that *plot* fills; inches, *name* makes its ids unique and stable.

    Margins are given, not found: letting matplotlib fit them would draw every picture twice.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with _style(name):
        figure = Figure(figsize=(WIDTH, height))
        FigureCanvasAgg(figure)
        figure.subplots_adjust(
            left=left / WIDTH, right=1 - right / WIDTH, bottom=BOTTOM / height, top=1 - top / height, wspace=0.16
        )
        plot(figure)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return _inline(buffer.getvalue())


def label_margin(labels: Iterable[str]) -> float:
    """Return the left margin that the longest of *labels* needs, in inches."""
    return 0.15 + LETTER * max((len(str(label)) for label in labels), default=4)


def one(plot: Callable[[Axes], None]) -> Callable[[Figure], None]:
    """Return a figure filler from one that fills a single pair of axes."""

    def fill(figure: Figure) -> None:
        plot(figure.subplots())

    return fill


def _inline(svg: str) -> str:
    """Return the SVG without what a page does not need, its stand-in colours turned into CSS variables."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (?:width="[\d.]+pt" height="[\d.]+pt"|xmlns(?::xlink)?="[^"]*"|version="1.1")', "", svg)
    svg = re.sub(r"#fe[0-9a-f]{2}a7", lambda found: f"var(--{_ROLE_OF[found[0]]})", svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)
    svg = re.sub(r"(\d\.\d{2})\d+", r"\1", svg)
    return re.sub(r"\s*\n\s*", " ", svg).replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def heat_colours() -> Any:
    """Return a colour map of the heat roles, from little to much."""
    from matplotlib.colors import ListedColormap

    return ListedColormap([paint(f"heat-{step}") for step in range(HEAT_STEPS)])


def plain_numbers(axis: Any, digits: int = 0) -> None:
    """Let an axis write thousands apart."""
    from omnistaff.report.wording import number

    axis.set_major_formatter(lambda value, _: number(value, digits))


def percent_axis(axis: Any) -> None:
    """Let an axis write shares as per cent."""
    axis.set_major_formatter(lambda value, _: f"{value * 100:.0f} %")


def hour_axis(axes: Axes, marks: int = 5) -> None:
    """Let the horizontal axis of hours of the day mark about *marks* whole hours as ``09h``."""
    first, last = axes.get_xlim()
    step = next((step for step in (1, 2, 3, 4) if (last - first) / step <= marks), 6)
    hours = [hour for hour in range(0, 25, step) if first <= hour <= last]
    axes.set_xticks(hours, [f"{hour:02d}h" for hour in hours])


def day_axis(axes: Axes, dates: pd.Series[pd.Timestamp] | pd.DatetimeIndex) -> None:
    """Let the horizontal axis mark Mondays (firsts of months beyond ten weeks) of *dates* as ``5 Jan``."""
    import pandas as pd

    days = pd.date_range(min(dates).normalize(), max(dates))
    marked = days[days.day_of_week == 0] if len(days) <= 70 else days[days.day == 1]
    axes.set_xticks(marked.to_numpy(), [f"{date.day} {date:%b}" for date in marked])
