"""What presets do to raw rows before the column map; their settings are in ``omnistaff.plan.presets``."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd


def prepare_technion(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the calls with a date for each clock time, and the outcome MENU for callers who left in the menu.

    The log has one date a call, that of ``vru_entry``; a clock time half a day before it is on the next day. A call
    that did not wait has ``q_start`` 0:00:00 and reached the agents when it left the menu; its service may begin
    before the menu's announcement ends, so the earlier of the two is its arrival.
    """
    clocks = ("vru_entry", "vru_exit", "q_start", "q_exit", "ser_start", "ser_exit")
    if any(name not in raw for name in ("date", "outcome", *clocks)):
        return raw  # the column map names what is missing
    day = pd.to_datetime(raw["date"], format="%y%m%d", errors="coerce")
    clock = {name: pd.to_timedelta(raw[name], errors="coerce") for name in clocks}
    queued = raw["q_start"].notna()
    left_menu = clock["vru_exit"].where(~(clock["ser_start"] < clock["vru_exit"]), clock["ser_start"])
    clock["arrival"] = clock["q_start"].where(queued, left_menu)
    added = {}
    for name in ("arrival", "vru_exit", "q_exit", "ser_start", "ser_exit"):
        is_next_day = clock[name] < clock["vru_entry"] - pd.Timedelta(hours=12)
        at = day + clock[name] + pd.to_timedelta(is_next_day.astype("int64"), unit="D")
        added[name + "_at"] = at.dt.strftime("%y%m%d %H:%M:%S").astype("str")
    in_menu = (raw["outcome"] == "HANG") & ~queued
    return raw.assign(outcome=raw["outcome"].mask(in_menu, "MENU"), **added)


PREPARATIONS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {"technion_calls": prepare_technion}
