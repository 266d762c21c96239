"""Everything the forecast promises, asked and measured, in one table.

    OMP_NUM_THREADS=1 python benchmarks/forecast_must.py FOLDER [--parts accuracy,ranges] [--every 2]

FOLDER holds the public files named in ``forecast_data.py``, wherever below it. Parts: accuracy, peers, daily,
means, ranges, intraday, launch, leak, speed, scale; all but peers and scale take a few minutes together. Peers take
seconds a fit, so they and the default are compared on every second origin (``--every``); ``--series`` takes a part of
the series.
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
import forecast_means
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


class Job(NamedTuple):
    """What to measure: the series under a folder whose names contain a text, peers on every so many origins."""

    folder: Path
    every: int
    series: str

    def load(self) -> list[Series]:
        """Return the series."""
        return [series for series in load_folder(self.folder) if self.series in series.name]


class Line(NamedTuple):
    """One promise: what, what is asked for, what was measured, whether it holds."""

    what: str
    asked: str
    measured: str
    met: bool | None


def accuracy(job: Job) -> Iterator[Line]:
    """WAPE over that of last week, all leads and day 1; special days; Poisson floor; error in agents."""
    for series in job.load():
        if series.days.counts.shape[1] == 1:
            continue
        must, must_day, aim, aim_day = RATIOS.get(series.name, (1.0, 1.0, 1.0, 1.0))
        base, own = (forecast_accuracy.measure(series, name) for name in ("seasonal_naive", "blend"))
        ratio, day = own.wape / base.wape, own.by_lead[0] / base.by_lead[0]
        levelled = forecast_means.measure(series).wape / base.wape
        text = f"{ratio:.3f} ({levelled:.3f} with its level set right)"
        yield Line(f"{series.name}: WAPE / last week", f"{must} (aim {aim})", text, max(ratio, levelled) <= must)
        yield Line(f"{series.name}: day 1", f"{must_day} (aim {aim_day})", f"{day:.3f}", day <= must_day)
        floor = own.error.sum() / own.floor
        yield Line(
            f"{series.name}: error / Poisson floor",
            "-",
            f"{floor:.2f} (last week {base.error.sum() / base.floor:.2f})",
            None,
        )
        text = f"{own.agents(series):.2f} (last week {base.agents(series):.2f})"
        yield Line(f"{series.name}: error of an interval in agents", "-", text, None)
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


def peers(job: Job) -> Iterator[Line]:
    """WAPE over that of last week on the same origins: the default, also with its level set right, and its peers.

    Absolute errors ask for medians (Gneiting 2011, Making and Evaluating Point Forecasts), below the mean where
    contacts are rare: means that are too low gain by it. So means are also compared by squared errors, which ask for
    them, and medians by absolute ones: of all alike those of Poisson counts around their means. The product's own
    ("ranges") stand beside, not judged, as peers have none like them. How far the ratios are from the best peer's is
    told with its standard error by weeks, which is too kind (``forecast_accuracy.distance``).
    """
    for series in job.load():
        if series.days.counts.shape[1] == 1 or series.name == "bank-15":
            continue
        base = forecast_accuracy.measure(series, "seasonal_naive", job.every)
        found = {name: forecast_accuracy.measure(series, name, job.every) for name in ("blend", *SLOW_PEERS)}
        product = forecast_means.measure(series, job.every)
        ratio = {name: one.wape / base.wape for name, one in found.items()} | {"levelled": product.wape / base.wape}
        median = {name: one.wape_median / base.wape for name, one in found.items()}
        median |= {"levelled": product.wape_poisson / base.wape, "ranges": product.wape_median / base.wape}
        root = {name: one.rmse / base.rmse for name, one in found.items()} | {"levelled": product.rmse / base.rmse}
        number = len(forecast_accuracy.judged_origins(series, job.every))
        sorts = {"ratio to last week": ratio, "same, medians": median, "same, root of squared errors": root}
        for what, values in sorts.items():
            text = ", ".join(f"{name} {value:.3f}" for name, value in values.items())
            best = min(values[name] for name in MUST_BEAT)
            met = max(values["blend"], values["levelled"]) < best
            yield Line(f"{series.name}: {what}, {number} origins", f"below {best:.3f}", text, met)
        rival = min(MUST_BEAT, key=ratio.__getitem__)
        alone, levelled = (
            forecast_accuracy.distance(one.weekly, found[rival].weekly, base.weekly)
            for one in (found["blend"], product)
        )
        text = f"blend {alone.apart:+.3f} ±{alone.error:.3f}, levelled {levelled.apart:+.3f} ±{levelled.error:.3f}"
        yield Line(f"{series.name}: ratio less that of {rival}, {alone.weeks} weeks", "-", text, None)


def daily(job: Job) -> Iterator[Line]:
    """Daily series against the mean of like days."""
    for series in job.load():
        if series.days.counts.shape[1] == 1:
            own, like = (forecast_accuracy.measure(series, name).wape for name in ("blend", "like_days"))
            yield Line(f"{series.name}: WAPE %", f"below {like:.2f} of like days", f"{own:.2f}", own < like)


def ranges(job: Job) -> Iterator[Line]:
    """Coverage of intervals and day totals by lead, all series alike and each by itself; the control must fail."""
    pool: dict[tuple[str, str, int], list[float]] = {}
    verdicts: list[str] = []
    for series in job.load():
        if series.days.counts.shape[1] == 1 or series.name == "bank-15":
            continue
        for kind, accounts in sorted(forecast_ranges.measure(series).items()):
            for name, account in accounts.items():
                covers = {level: account.cover(level) for level in forecast_ranges.BANDS}
                text = " / ".join(f"{one.percent:.0f} ±{one.error:.0f}" for one in covers.values())
                what = f"{series.name} {kind}: {name}, {covers[80].days} days"
                if name == "control":
                    if kind.startswith("lead"):
                        yield Line(what, "below 76", text, covers[80].percent < 76)
                    continue
                found = [one.verdict(level) for level, one in covers.items()]
                if not kind.startswith("lead"):
                    yield Line(what, "-", text, None)
                    continue
                verdicts += found
                for level, one in covers.items():
                    pool.setdefault((kind, name, level), []).append(one.percent)
                note = "" if "unclear" not in found else " unclear"
                yield Line(
                    what, "76-86 / 92-98", text + note, "MISSED" not in found and ("unclear" not in found or None)
                )
    for (kind, name, level), values in sorted(pool.items()):
        low, high = forecast_ranges.BANDS[level]
        mean = float(np.mean(values))
        what = f"all {len(values)} series alike, {kind}: {name}, {level} %"
        yield Line(what, f"{low}-{high}", f"{mean:.1f}", low <= mean <= high)
    counts = ", ".join(f"{verdicts.count(one)} {one}" for one in ("met", "unclear", "MISSED"))
    yield Line(f"cells of series x lead x level x kind: {len(verdicts)}", "all met", counts, None)


def means(job: Job) -> Iterator[Line]:
    """What came over what was forecast, the model alone and with its level set right; WAPE of both."""
    for series in job.load():
        if series.name == "bank-15":
            continue
        found = forecast_means.measure(series)
        text = (
            f"{found.above:+.1f} % (alone {found.above_alone:+.1f}), WAPE {found.wape:.2f} ({found.wape_alone:.2f})"
        )
        yield Line(f"{series.name}: came above forecast", "-", text, None)


def intraday(job: Job) -> Iterator[Line]:
    """Error of the rest of the day after the seen part, against the forecast's own."""
    for series in job.load():
        if series.days.counts.shape[1] == 1:
            continue
        for lead in (1, 14):
            for stage in forecast_intraday.judge(series, lead):
                limit = {0.25: -15, 0.5: -10}.get(stage.share, 2) if series.name == "bank-30" and lead == 14 else 2
                what = f"{series.name}: rest of day, {stage.share:.0%} seen, {lead} days old"
                text = f"{stage.corrected:+.1f} % (plain ratio {stage.plain_ratio:+.1f})"
                yield Line(what, f"{limit:+d} % at most", text, stage.corrected <= limit)


def launch(job: Job) -> Iterator[Line]:
    """Day-total error of a launch after 0, 3 and 7 days, and its range."""
    found = forecast_launch.measure(next(job.folder.rglob("bank_calls_5min.csv.gz")), 6)
    for seen, limit in ((0, 8.0), (3, 5.5), (7, 4.3)):
        one, none = found[seen, "pooled"], found[seen, "none"]
        what = f"launch, {seen} days seen: day-total WAPE %"
        yield Line(what, f"{limit}", f"{one.wape:.2f} (no term {none.wape:.1f})", one.wape <= limit)
        yield Line(f"launch, {seen} days seen: 80 % range covers", "74-90", f"{one.held:.0f}", 74 <= one.held <= 90)


def leak(job: Job) -> Iterator[Line]:
    """Forecasts after every later value became a million."""
    for series in job.load():
        changed = _changed_models(series)
        yield Line(f"{series.name}: bits changed by the future", "none", ", ".join(changed) or "none", not changed)
        if series.demand is not None:
            yield Line(f"{series.name}: same, table, quantiles and paths", "none", *_changed_tables(series))


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


def speed(job: Job) -> Iterator[Line]:
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


def scale(job: Job) -> Iterator[Line]:
    """5,000 series-years with ranges: memory."""
    found = forecast_speed.measure(5000, 2)
    yield Line("5,000 series-years with ranges: peak GB", "1.5", f"{found.peak_gb:.2f}", found.peak_gb < 1.5)


PARTS: dict[str, Callable[[Job], Iterator[Line]]] = {
    "accuracy": accuracy, "peers": peers, "daily": daily, "means": means, "ranges": ranges, "intraday": intraday,
    "launch": launch, "leak": leak, "speed": speed, "scale": scale,
}  # fmt: skip


def main() -> int:
    """Read the arguments, print the table, return how many promises do not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parts", default=",".join(name for name in PARTS if name != "scale"))
    parser.add_argument("--every", type=int, default=2)
    parser.add_argument("--series", default="")
    arguments = parser.parse_args()
    job = Job(arguments.folder, arguments.every, arguments.series)
    missed = 0
    for part in arguments.parts.split(","):
        print(f"\n{part}\n{'':62s} {'asked':24s} measured", flush=True)
        for line in PARTS[part](job):
            mark = {True: "met", False: "MISSED", None: ""}[line.met]
            missed += line.met is not None and not line.met
            print(f"{line.what:62s} {line.asked:24s} {line.measured:40s} {mark}", flush=True)
    print(f"\n{missed} not met")
    return missed


if __name__ == "__main__":
    sys.exit(min(main(), 1))
