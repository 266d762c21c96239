"""Public series as the demand table and a plan, for the forecasting benchmarks. Paths come from the command line.

Each loader takes a file and gives series: name → Series (days, open days in a week, the protocol's first origin).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from omnistaff.forecast.calendar import make_calendar
from omnistaff.forecast.days import Days, make_days
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import Demand, check


@dataclass(frozen=True)
class Series:
    """One series: origins are every *step* open days from *first* on, *warm* days earlier to learn ranges."""

    name: str
    days: Days
    week: int
    first: int
    step: int
    warm: int
    plan: Plan
    demand: pd.DataFrame | None = None


def make_demand(queue: str, starts: pd.DatetimeIndex, offered: np.ndarray) -> pd.DataFrame:
    """Return a demand table of one queue, open in all its rows; *starts* are instants in UTC."""
    frame = pd.DataFrame(
        {"queue": pd.Series([queue] * len(starts), dtype="str"), "interval_start": starts.as_unit("us")}
    )
    frame["offered"] = np.asarray(offered, dtype=np.float64)
    frame["is_open"] = True
    for column in ("handled", "first_contacts"):
        frame[column] = frame["offered"]
    for column in ("abandoned", "repeat_contacts", "switched_contacts", "unlinked_contacts", "workload_s"):
        frame[column] = 0.0
    frame = frame.assign(handle_s=np.nan, handle_sd_s=np.nan, is_outlier=False, is_event=False)
    return check(Demand, frame)


def _series(name: str, counts: pd.Series, plan: Plan, week: int, protocol: tuple[int, int, int]) -> Series:
    """Return a series of local interval *counts* (an index of local times without zone)."""
    zone = plan.time_zone
    starts = pd.DatetimeIndex(counts.index).tz_localize(zone, nonexistent="NaT", ambiguous="NaT").tz_convert("UTC")
    known = ~starts.isna()
    demand = make_demand(name, starts[known], counts.to_numpy()[known])
    return _from_demand(name, demand, plan, week, protocol)


def _from_demand(name: str, demand: pd.DataFrame, plan: Plan, week: int, protocol: tuple[int, int, int]) -> Series:
    last = demand["interval_start"].max().tz_convert(plan.time_zone).date()
    return Series(name, make_days(demand, plan.queues[0], plan, last), week, *protocol, plan, demand)


def make(name: str, zone: str, country: str | None, hours: dict[str, str], **more: object) -> Plan:
    """Return the plan of one benchmark series: product defaults but for place and opening hours."""
    queue = {"name": name, "hours": hours, "handle_s": 240}
    calendar = {"country": country, "region": more.pop("region", None)}
    return make_plan({"name": name, "time_zone": zone, "queues": [queue], "calendar": calendar, **more})


def load_bank(file: Path, minutes: int = 30) -> list[Series]:
    """Return the North American bank's calls, weekdays 7 to 21 hours."""
    rows = pd.read_csv(file, parse_dates=["interval_start"])
    local = rows["interval_start"].dt.tz_localize(None)
    keep = local.dt.hour.between(7, 20)
    counts = rows[keep].groupby(local[keep].dt.floor(f"{minutes}min"))["calls"].sum()
    plan = make(f"bank-{minutes}", "America/New_York", "US", {"mon-fri": "07:00-21:00"}, interval_minutes=minutes)
    return [_series(plan.name, counts, plan, 5, (84, 2, 24))]


def load_anonymous(file: Path, minutes: int = 30) -> list[Series]:
    """Return the Technion bank's calls, 7 to 24 hours; days with imputed counts are left out."""
    rows = pd.read_csv(file, parse_dates=["interval_start"])
    local = rows["interval_start"]
    imputed = set(local[rows["imputed"] > 0].dt.normalize())
    keep = (local.dt.hour >= 7) & ~local.dt.normalize().isin(imputed)
    counts = rows[keep].groupby(local[keep].dt.floor(f"{minutes}min"))["calls"].sum()
    plan = make(f"anonymous-{minutes}", "Asia/Jerusalem", "IL", {"daily": "07:00-24:00"}, interval_minutes=minutes)
    whole_year = local.max() - local.min() > pd.Timedelta(days=300)
    return [_series(plan.name, counts, plan, 7, (182, 3, 42) if whole_year else (84, 2, 28))]


def load_boston(file: Path) -> list[Series]:
    """Return Boston's service requests of citizens by channel, hourly."""
    rows = pd.read_csv(file, usecols=["open_dt", "source"], parse_dates=["open_dt"])
    result = []
    for source, name in (("Constituent Call", "calls"), ("Self Service", "web"), ("Citizens Connect App", "app")):
        hours = rows.loc[rows["source"] == source, "open_dt"].dt.floor("h").value_counts()
        grid = pd.date_range("2011-07-01", "2011-12-31 23:00", freq="h")
        plan = make(f"boston-{name}", "America/New_York", "US", {"daily": "24h"}, region="MA", interval_minutes=60)
        result.append(_series(plan.name, hours.reindex(grid, fill_value=0), plan, 7, (84, 2, 28)))
    return result


def load_taylor(file: Path) -> list[Series]:
    """Return half-hourly electricity demand of England and Wales, in units of 10 MW."""
    rows = pd.read_csv(file, parse_dates=["half_hour"]).set_index("half_hour")["demand_mw"] / 10
    plan = make("taylor", "UTC", "GB", {"daily": "24h"}, region="ENG")
    return [_series("taylor", rows, plan, 7, (42, 1, 14))]


def load_vic(file: Path) -> list[Series]:
    """Return half-hourly electricity demand of Victoria, the last 500 days, in units of 10 MW."""
    rows = pd.read_csv(file)
    starts = pd.DatetimeIndex(pd.to_datetime(rows["Time"], utc=True))
    plan = make(
        "vic_elec", "Australia/Melbourne", "AU", {"daily": "24h"}, region="VIC", forecast={"history_days": 500}
    )
    demand = make_demand("vic_elec", starts, rows["Demand"].to_numpy() / 10)
    return [_from_demand("vic_elec", demand, plan, 7, (300, 5, 60))]


def load_pedestrian(file: Path) -> list[Series]:
    """Return hourly passers-by of Melbourne's four counters, the last 400 days."""
    rows = pd.read_csv(file)
    result = []
    for sensor, part in rows.groupby("Sensor"):
        name = "walk-" + str(sensor).split()[0].lower()
        starts = pd.DatetimeIndex(pd.to_datetime(part["Date_Time"], utc=True))
        known = part["Count"].notna().to_numpy()
        plan = make(name, "Australia/Melbourne", "AU", {"daily": "24h"}, region="VIC", interval_minutes=60,
                    demand={"missing": "unknown"})  # fmt: skip
        demand = make_demand(name, starts[known], part["Count"].to_numpy()[known])
        result.append(_from_demand(name, demand, plan, 7, (200, 5, 60)))
    return result


def load_vancouver(file: Path) -> list[Series]:
    """Return Vancouver's calls offered per day, the last 800 days."""
    rows = pd.read_csv(file, parse_dates=["Date"])
    daily = rows.groupby("Date")["CallsOffered"].sum().iloc[-800:]
    return [_daily("vancouver", daily, make("vancouver", "America/Vancouver", "CA", {"daily": "24h"}, region="BC"))]


def load_swast(file: Path) -> list[Series]:
    """Return ambulance responses per day of each area of South West England, the last 800 days."""
    rows = pd.read_csv(file, parse_dates=["Actual_dt"])
    areas = [area for area in sorted(rows["ORA"].unique()) if area != "OOA"]
    return [
        _daily(
            f"swast-{area.lower().replace(' ', '-')}",
            rows[rows["ORA"] == area].set_index("Actual_dt")["Actual_Value"].sort_index().iloc[-800:],
            make("swast", "Europe/London", "GB", {"daily": "24h"}, region="ENG"),
        )
        for area in areas
    ]


def _daily(name: str, counts: pd.Series, plan: Plan) -> Series:
    """Return a series with one slot a day."""
    first = counts.index[0].date()
    number = (counts.index[-1].date() - first).days + 1
    values = counts.reindex(pd.date_range(first, periods=number)).to_numpy(dtype=np.float64)
    dates = np.datetime64(first, "D") + np.arange(number)
    calendar = make_calendar(dates, plan.queues[0], plan)
    days = Days(dates, np.array([0]), values[:, None], np.ones((number, 1), dtype=bool), calendar, number)
    return Series(name, days, 7, 600, 5, 60, plan)


LOADERS: dict[str, Callable[[Path], list[Series]]] = {
    "bank_calls_5min.csv.gz": load_bank,
    "anonymous_bank_1999_6min_counts_h1.csv.gz": load_anonymous,
    "anonymous_bank_1999_6min_counts.csv.gz": load_anonymous,
    "boston_311_2011h2.csv.gz": load_boston,
    "taylor_halfhourly.csv.gz": load_taylor,
    "vic_elec_halfhourly.csv.gz": load_vic,
    "pedestrian_hourly.csv.gz": load_pedestrian,
    "vancouver_311_daily_kpi.csv.gz": load_vancouver,
    "swast_ambulance_daily.csv.gz": load_swast,
}


def load_folder(folder: Path) -> list[Series]:
    """Return every known series found under *folder*."""
    result = []
    for name, loader in LOADERS.items():
        for file in sorted(folder.rglob(name)):
            result += loader(file)
            if loader is load_bank:
                result += load_bank(file, 15)
    return result
