"""Everything the forecast promises, asked and measured, in one table.

    OMP_NUM_THREADS=1 python benchmarks/forecast_must.py FOLDER [--parts accuracy,ranges] [--every 6]

FOLDER holds the public files named in ``forecast_data.py``, wherever below it. Parts: accuracy, peers, daily,
ranges, intraday, launch, leak, speed, scale; all but peers and scale take a few minutes together. Peers take seconds
a fit, so they and the default are compared on every sixth origin (``--every``).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import forecast_accuracy
import forecast_intraday
import forecast_launch
import forecast_ranges
import forecast_speed
from forecast_data import Series, load_folder

from omnistaff import forecast
from omnistaff.forecast.models import get_model
from omnistaff.plan import make_plan

RATIOS = {
    "bank-30": (0.65, 0.60, 0.60, 0.53),
    "bank-15": (0.67, 0.63, 0.62, 0.57),
    "anonymous-30": (0.67, 0.67, 0.62, 0.62),
}
SLOW_PEERS = ("prophet", "prophet_default", "mstl", "boosting", "like_days")
MUST_BEAT = ("prophet", "prophet_default", "mstl")


class Line(NamedTuple):
    """One promise: what, what is asked for, what was measured, whether it holds."""

    what: str
    asked: str
    measured: str
    met: bool | None


def accuracy(folder: Path, every: int) -> Iterator[Line]:
    """WAPE over that of last week, all leads and day 1; special days; FTE floor."""
    for series in load_folder(folder):
        if series.days.counts.shape[1] == 1:
            continue
        must, must_day, aim, aim_day = RATIOS.get(series.name, (1.0, 1.0, 1.0, 1.0))
        base, own = (forecast_accuracy.measure(series, name) for name in ("seasonal_naive", "blend"))
        ratio, day = own.wape / base.wape, own.by_lead[0] / base.by_lead[0]
        yield Line(f"{series.name}: WAPE / last week", f"{must} (aim {aim})", f"{ratio:.3f}", ratio <= must)
        yield Line(f"{series.name}: day 1", f"{must_day} (aim {aim_day})", f"{day:.3f}", day <= must_day)
        floor = own.error.sum() / own.floor
        yield Line(
            f"{series.name}: error / Poisson floor",
            "-",
            f"{floor:.2f} (last week {base.error.sum() / base.floor:.2f})",
            None,
        )
        if series.name == "anonymous-30":
            yield Line(
                "special days: WAPE %", "45", f"{own.special:.1f} (last week {base.special:.0f})", own.special < 45
            )
        if series.name not in RATIOS:
            continue
        both = forecast_accuracy.measure(series, "combine").wape
        singles = min(
            forecast_accuracy.measure(series, name).wape
            for name in ("profile", "day_vectors", "like_days", "recent_days")
        )
        yield Line(f"{series.name}: combine / best single", "1.02", f"{both / singles:.3f}", both <= 1.02 * singles)


def peers(folder: Path, every: int) -> Iterator[Line]:
    """WAPE over that of last week for the default and its peers, on the same origins."""
    for series in load_folder(folder):
        if series.days.counts.shape[1] == 1 or series.name == "bank-15":
            continue
        base = forecast_accuracy.measure(series, "seasonal_naive", every)
        ratio = {
            name: forecast_accuracy.measure(series, name, every).wape / base.wape for name in ("blend", *SLOW_PEERS)
        }
        text = ", ".join(f"{name} {value:.3f}" for name, value in ratio.items())
        best = min(ratio[name] for name in MUST_BEAT)
        yield Line(f"{series.name}: ratio to last week", f"below {best:.3f}", text, ratio["blend"] < best)


def daily(folder: Path, every: int) -> Iterator[Line]:
    """Daily series against the mean of like days."""
    for series in load_folder(folder):
        if series.days.counts.shape[1] == 1:
            own, like = (forecast_accuracy.measure(series, name).wape for name in ("blend", "like_days"))
            yield Line(f"{series.name}: WAPE %", f"below {like:.2f} of like days", f"{own:.2f}", own < like)


def ranges(folder: Path, every: int) -> Iterator[Line]:
    """Coverage of intervals and day totals by lead; the control must fail."""
    for series in load_folder(folder):
        if series.days.counts.shape[1] == 1 or series.name == "bank-15":
            continue
        for kind, account in sorted(forecast_ranges.measure(series).items()):
            found = {name: forecast_ranges.coverage(pairs) for name, pairs in account.items()}
            number = len(account["day"])
            for name in ("interval", "day"):
                near, far = found[name]
                fine = None if kind == "special" else 75.5 <= near < 86.5 and 91.5 <= far < 98.5
                yield Line(
                    f"{series.name} {kind}: {name}, {number} days", "76-86 / 92-98", f"{near:.0f} / {far:.0f}", fine
                )
            control = found["control"][0]
            if kind == "special":
                continue
            yield Line(f"{series.name} {kind}: control's day totals", "below 76", f"{control:.0f}", control < 76)


def intraday(folder: Path, every: int) -> Iterator[Line]:
    """Error of the rest of the day after the seen part, against the forecast's own."""
    for series in load_folder(folder):
        if series.days.counts.shape[1] == 1:
            continue
        for lead in (1, 14):
            for stage in forecast_intraday.judge(series, lead):
                limit = {0.25: -15, 0.5: -10}.get(stage.share, 2) if series.name == "bank-30" and lead == 14 else 2
                what = f"{series.name}: rest of day, {stage.share:.0%} seen, {lead} days old"
                text = f"{stage.corrected:+.1f} % (plain ratio {stage.plain_ratio:+.1f})"
                yield Line(what, f"{limit:+d} % at most", text, stage.corrected <= limit)


def launch(folder: Path, every: int) -> Iterator[Line]:
    """Day-total error of a launch after 0, 3 and 7 days, and its range."""
    found = forecast_launch.measure(next(folder.rglob("bank_calls_5min.csv.gz")), 6)
    for seen, limit in ((0, 8.0), (3, 5.5), (7, 4.3)):
        one, none = found[seen, "pooled"], found[seen, "none"]
        what = f"launch, {seen} days seen: day-total WAPE %"
        yield Line(what, f"{limit}", f"{one.wape:.2f} (no term {none.wape:.1f})", one.wape <= limit)
        yield Line(f"launch, {seen} days seen: 80 % range covers", "74-90", f"{one.held:.0f}", 74 <= one.held <= 90)


def leak(folder: Path, every: int) -> Iterator[Line]:
    """Forecasts after every later value became a million."""
    for series in load_folder(folder):
        changed = _changed_models(series)
        yield Line(f"{series.name}: bits changed by the future", "none", ", ".join(changed) or "none", not changed)
        if series.demand is not None and series.name == "bank-30":
            yield Line("bank-30: same, table, quantiles and paths", "none", *_changed_tables(series))


def _changed_models(series: Series) -> list[str]:
    days, origin = series.days, len(series.days.counts) - 40
    counts = days.counts.copy()
    counts[origin:] = 1e6
    spoilt = replace(days, counts=counts)
    names = ("blend", "profile", "day_vectors", "combine", "glm", "like_days", "recent_days", "seasonal_naive")
    return [n for n in names if _bits(n, days, origin) != _bits(n, spoilt, origin)]


def _bits(name: str, days: object, origin: int) -> bytes:
    return get_model(name).forecast(days, origin, 28).tobytes()


def _changed_tables(series: Series) -> tuple[str, bool]:
    demand, zone = series.demand, series.plan.time_zone
    begin = demand["interval_start"].max().tz_convert(zone).normalize() - np.timedelta64(30, "D")
    settings = {"start": str(begin.date()), "horizon_days": 28, "paths": 50}
    plan = make_plan(series.plan.model_dump(mode="json", exclude_unset=True) | {"forecast": settings})
    spoilt = demand.assign(offered=demand["offered"].mask(demand["interval_start"] >= begin, 1e6))
    one, two = forecast.forecast_demand(demand, plan), forecast.forecast_demand(spoilt, plan)
    same = one.table.equals(two.table) and one.quantiles.equals(two.quantiles) and one.paths.equals(two.paths)
    return "none" if same else "changed", same


def speed(folder: Path, every: int) -> Iterator[Line]:
    """CPU milliseconds a series-year of 15-minute counts, one thread."""
    found = forecast_speed.measure(60, 1)
    yield Line("means, ms of CPU a series-year", "5", f"{found.means_ms:.1f}", found.means_ms <= 5)
    yield Line("with ranges", "50", f"{found.ranges_ms:.1f}", found.ranges_ms <= 50)
    spread = forecast_speed.measure(60, 2)
    yield Line(
        "spread over processes: same bits",
        "yes",
        "yes" if spread.bits == found.bits else "no",
        spread.bits == found.bits,
    )


def scale(folder: Path, every: int) -> Iterator[Line]:
    """5,000 series-years with ranges: memory."""
    found = forecast_speed.measure(5000, 2)
    yield Line("5,000 series-years with ranges: peak GB", "1.5", f"{found.peak_gb:.2f}", found.peak_gb < 1.5)


PARTS: dict[str, Callable[[Path, int], Iterator[Line]]] = {
    "accuracy": accuracy, "peers": peers, "daily": daily, "ranges": ranges, "intraday": intraday, "launch": launch,
    "leak": leak, "speed": speed, "scale": scale,
}  # fmt: skip


def main() -> int:
    """Read the arguments, print the table, return how many promises do not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parts", default=",".join(name for name in PARTS if name != "scale"))
    parser.add_argument("--every", type=int, default=6)
    arguments = parser.parse_args()
    missed = 0
    for part in arguments.parts.split(","):
        print(f"\n{part}\n{'':62s} {'asked':24s} measured", flush=True)
        for line in PARTS[part](arguments.folder, arguments.every):
            mark = {True: "met", False: "MISSED", None: ""}[line.met]
            missed += line.met is False
            print(f"{line.what:62s} {line.asked:24s} {line.measured:40s} {mark}", flush=True)
    print(f"\n{missed} not met")
    return missed


if __name__ == "__main__":
    sys.exit(min(main(), 1))
