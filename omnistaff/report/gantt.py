"""The roster as bars: one row an agent, one table a day, activities apart by colour and by height.

Written by hand rather than drawn: 500 agents × 4 weeks are 10,000 bars, which as short SVG paths in table rows stay
small, can be filtered row by row and are read out by a screen reader as text.
"""

from __future__ import annotations

import itertools
from html import escape
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from omnistaff.report.exports.activities import ON_CALL
from omnistaff.report.inputs import Inputs, lowest
from omnistaff.report.measures import roster_hours, worked
from omnistaff.report.wording import clock, day, number, plural

#: activity: (class, top and bottom of the bar in tenths, words); what is not listed is drawn as ``other``
LOOKS = {
    "work": ("w", 1, 9, "work"),
    "break": ("b", 3, 7, "break"),
    "meal": ("m", 4, 6, "meal"),
    "training": ("t", 1, 9, "training"),
    "meeting": ("g", 1, 9, "meeting"),
    "leave": ("l", 2, 8, "leave"),
    "sick": ("l", 2, 8, "leave"),
}
OTHER = ("o", 1, 9, "other")
MIDNIGHT = 24 * 60


class Bar(NamedTuple):
    """One activity as it is drawn, in minutes from its date's midnight."""

    schedule_date: pd.Timestamp
    name: str
    agent_id: str
    team: str
    skills: str
    activity: str
    is_paid: bool
    hours: float
    from_minute: float
    to_minute: float


class Span(NamedTuple):
    """The stretch of the day that all bars share, in minutes from local midnight."""

    first: int
    last: int


def placed(inputs: Inputs) -> pd.DataFrame:
    """Return the roster with names, teams and minutes from its schedule date's midnight in the planner's zone."""
    roster = inputs.table("roster")
    if inputs.has("agents"):
        people = inputs.table("agents")[["agent_id", "name", "team", "skills"]]
    else:
        people = roster[["agent_id"]].drop_duplicates().assign(name=lambda t: t["agent_id"], team=None, skills="")
    joined = roster.merge(people, on="agent_id", how="left", validate="many_to_one")
    minutes = {
        name: (inputs.wall(joined[column]) - joined["schedule_date"]).dt.total_seconds() // 60
        for name, column in (("from_minute", "start_at"), ("to_minute", "end_at"))
    }
    minutes["name"] = joined["name"].fillna(joined["agent_id"])
    return by_day(joined.assign(**minutes, hours=roster_hours(joined)))


def by_day(bars: pd.DataFrame) -> pd.DataFrame:
    """Return *bars* with each stretch of leave cut at midnights, a row a day of the roster; shifts stay whole."""
    at_work = bars["shift_id"].isin(bars.loc[bars["activity"] == "work", "shift_id"])
    planned = at_work | (bars["activity"] == ON_CALL)
    dates = bars.loc[planned, "schedule_date"] if planned.any() else bars["schedule_date"]
    pieces = [bars[at_work]]
    for date in pd.date_range(dates.min(), dates.max()):
        away = bars[~at_work]
        shift = (date - away["schedule_date"]).dt.days * MIDNIGHT
        first, last = (away["from_minute"] - shift).clip(lower=0), (away["to_minute"] - shift).clip(upper=MIDNIGHT)
        cut = away.assign(schedule_date=date, from_minute=first, to_minute=last, hours=(last - first) / 60)
        pieces.append(cut[last > first])
    return pd.concat(pieces, ignore_index=True)


def span_of(bars: pd.DataFrame) -> Span:
    """Return the whole hours that hold nearly every shift."""
    bars = worked(bars) if len(worked(bars)) else bars
    first = int(np.floor(bars["from_minute"].quantile(0.001) / 60)) * 60
    last = int(np.ceil(bars["to_minute"].quantile(0.999) / 60)) * 60
    return Span(first, max(last, first + 60))


def days_html(inputs: Inputs, bars: pd.DataFrame) -> str:
    """Return one collapsible table a schedule date, the first one open."""
    span = span_of(bars)
    cover = _cover_by_date(inputs)
    ordered = bars.sort_values(["schedule_date", "name", "agent_id", "from_minute"])
    ordered = ordered.assign(team=ordered["team"].fillna(""), skills=ordered["skills"].fillna(""))
    rows = itertools.starmap(Bar, zip(*(ordered[name].tolist() for name in Bar._fields), strict=True))
    pieces = []
    for number_, (date, mine) in enumerate(itertools.groupby(rows, key=lambda bar: bar.schedule_date)):
        strip = _strip(cover.get(date), span)
        pieces.append(_day(date, list(mine), span, strip, is_open=number_ == 0))
    return "".join(pieces)


def _day(date: pd.Timestamp, bars: list[Bar], span: Span, strip: str, *, is_open: bool) -> str:
    shifts = [list(shift) for _, shift in itertools.groupby(bars, key=lambda bar: (bar.name, bar.agent_id))]
    at_work = [shift for shift in shifts if any(bar.activity == "work" for bar in shift)]
    paid = sum(bar.hours for shift in at_work for bar in shift if bar.is_paid)
    body = "".join(_row(shift, span) for shift in shifts)
    return (
        f'<details data-group="{date:%Y-%m-%d}"{" open" if is_open else ""}>'
        f"<summary>{day(date)}: {plural(len(at_work), 'person', 'people')}, {number(paid, 1)} paid hours</summary>"
        f'<div class="scroll" role="region" tabindex="0" aria-label="Roster of {day(date)}"><table class="gantt">'
        f'<thead><tr><th scope="col">Agent</th><th scope="col" class="hours">Hours</th>'
        f'<th scope="col" class="bar">{_scale(span)}</th></tr>{strip}</thead>'
        f"<tbody>{body}</tbody></table></div></details>\n"
    )


def _row(shift: list[Bar], span: Span) -> str:
    """Return one agent's day: name, hours in words, the bar."""
    one = shift[0]
    paths: dict[str, list[str]] = {}
    for bar in shift:
        look, top, bottom, _ = LOOKS.get(bar.activity, OTHER)
        left = max(int(bar.from_minute), span.first) - span.first
        width = max(min(int(bar.to_minute), span.last) - span.first - left, 0)
        paths.setdefault(look, []).append(f"M{left} {top}h{width}v{bottom - top}h-{width}z")
    drawn = "".join(f'<path class="{look}" d="{"".join(parts)}"/>' for look, parts in paths.items())
    return (
        f'<tr data-row data-agent="{escape(f"{one.name} {one.agent_id}".lower())}" data-team="|{escape(one.team)}|"'
        f' data-queue="|{escape(one.skills)}|"><th scope="row">{escape(one.name)}</th>'
        f"<td class=hours>{hours_in_words(shift)}</td>"
        f'<td class=bar><svg viewBox="0 0 {span.last - span.first} 10" preserveAspectRatio="none" aria-hidden="true">'
        f"{drawn}</svg></td></tr>"
    )


def hours_in_words(shift: list[Bar]) -> str:
    """Return from when to when one agent's day lasts; turns on call count where there is nothing else."""
    bars = [bar for bar in shift if bar.activity != ON_CALL] or shift
    first, last = int(bars[0].from_minute), int(max(bar.to_minute for bar in bars))
    hours = f"{clock(first % MIDNIGHT)}–{clock(last % MIDNIGHT)}"
    if any(bar.activity == "work" for bar in bars):
        return hours
    return bars[0].activity.replace("_", " ") + ("" if last - first >= MIDNIGHT else f" {hours}")


def _scale(span: Span) -> str:
    step = 2 if span.last - span.first > 12 * 60 else 1
    marks = "".join(
        f'<span style="left:{100 * (minute - span.first) / (span.last - span.first):.2f}%">'
        f"{clock(minute % MIDNIGHT)}</span>"
        for minute in range(span.first, span.last, 60 * step)
    )
    return f'<span class="scale">{marks}</span>'


def _cover_by_date(inputs: Inputs) -> dict[pd.Timestamp, pd.DataFrame]:
    if not inputs.has("coverage"):
        return {}
    local = inputs.local("coverage")
    sums = local.groupby(["date", "minute_of_day"], as_index=False)[["required", "net"]].sum()
    return {pd.Timestamp(cast("Any", date)): rows for date, rows in sums.groupby("date")}


def _strip(cover: pd.DataFrame | None, span: Span) -> str:
    """Return the row that shows people above (grey, up) and below the need (red, down) by interval."""
    if cover is None or cover.empty:
        return ""
    most = max(float(cover["net"].abs().max()), 1.0)
    width = int(cover["minute_of_day"].diff().min()) if len(cover) > 1 else 60
    paths: dict[str, list[str]] = {"over": [], "under": []}
    for minute, net in zip(cover["minute_of_day"], cover["net"], strict=True):
        height = 10 * net / most
        paths["over" if net >= 0 else "under"].append(f"M{minute - span.first} 10h{width}v{-height:.1f}h-{width}z")
    drawn = "".join(f'<path class="{look}" d="{"".join(parts)}"/>' for look, parts in paths.items() if parts)
    worst = lowest(cover, "net")
    words = f"low {number(worst['net'], 1)}, {clock(worst['minute_of_day'])}"
    return (
        f'<tr><th scope="row">Over, under need</th><td class="hours">{words}</td><td class="bar">'
        f'<svg class="strip" viewBox="0 0 {span.last - span.first} 20" preserveAspectRatio="none" aria-hidden="true">'
        f'{drawn}<path class="zero" d="M0 10h{span.last - span.first}"/></svg></td></tr>'
    )


def legend_html() -> str:
    """Return the key to colours and heights."""
    looks = {look[0]: look for look in (*LOOKS.values(), OTHER, ("under", 1, 9, "below need"))}
    items = "".join(
        '<li><svg class="sample" viewBox="0 0 20 10" aria-hidden="true">'
        f'<path class="{code}" d="M0 {top}h20v{bottom - top}h-20z"/></svg>{words}</li>'
        for code, top, bottom, words in looks.values()
    )
    return f'<ul class="legend">{items}</ul>'
