"""Who can work: agents, absences and preferences from the plan's CSV files, every mistake named at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.errors import ConfigError, ParseError
from omnistaff.ingest.csv_rows import read_blocks
from omnistaff.ingest.files import LogFile
from omnistaff.ingest.table_rows import FALSE_WORDS, TRUE_WORDS
from omnistaff.plan import Plan, Source
from omnistaff.tables import Absences, Agents, People, Preferences, check, empty
from omnistaff.tables.skills import read_skills

PREFERENCES = ("day_off", "day_on", "start_between", "must_work", "must_be_off")
PAID_UNLESS = ("unpaid", "unpaid_leave")
_CLOCK = re.compile(r"^([01]?\d|2[0-3]):[0-5]\d$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def read_people(plan: Plan) -> People:
    """Return agents, absences and preferences; empty tables where the plan names no file.

    Local times are in the agent's zone. Raises ConfigError that lists every mistake in all three files with file,
    row and column.
    """
    problems: list[str] = []
    agents = _agents(_Table(plan, plan.agents, problems), plan) if plan.agents else empty(Agents)
    zones = dict(zip(agents["agent_id"], agents["time_zone"], strict=True))
    absences = _absences(_Table(plan, plan.absences, problems), zones) if plan.absences else empty(Absences)
    wishes = _preferences(_Table(plan, plan.preferences, problems), zones) if plan.preferences else empty(Preferences)
    if problems:
        raise ConfigError(f"the plan's people files have {len(problems)} problem(s)", problems)
    return People(agents, absences, wishes)


class _Table:
    """One CSV file: its columns as text, and the problems found in it, each with file, row and column."""

    def __init__(self, plan: Plan, path: str, problems: list[str]) -> None:
        self.name, self._problems, self._found = path, problems, len(problems)
        self.rows = pd.DataFrame()
        self.lines: pd.Series[Any] = pd.Series([], dtype="int64")
        self._read(plan.folder / path)

    def _read(self, file: Path) -> None:
        if not file.is_file():
            self._problems.append(f"{self.name}: no such file in {file.parent}")
            return
        frames: list[pd.DataFrame] = []
        lines: list[pd.Series[Any]] = []
        try:
            for raw, place, rejects in read_blocks(LogFile(file, self.name), Source(reader="csv", path=self.name)):
                frames.append(raw)
                lines.append(place["row"])
                self._problems += [
                    f"{self.name} row {row}: {reason}"
                    for row, reason in zip(rejects["row"], rejects["reason"], strict=True)
                ]
        except ParseError as error:
            self._problems.append(str(error))
        if frames:
            self.rows = pd.concat(frames, ignore_index=True)
            self.lines = pd.concat(lines, ignore_index=True).astype("int64")

    @property
    def is_sound(self) -> bool:
        """Whether no problem was found in the file."""
        return len(self._problems) == self._found

    def text(self, column: str, *, usual: str | None = None) -> pd.Series[str]:
        """Return a column, stripped, empty cells filled with *usual*; without *usual* a missing cell is a problem."""
        if column not in self.rows:
            if usual is None and len(self.rows.columns):
                self._problems.append(
                    f"{self.name}: column {column} is missing, found {', '.join(self.rows.columns)}"
                )
            return pd.Series(usual or "", index=self.rows.index, dtype="str")
        values = self.rows[column].str.strip().fillna("")
        if usual is None:
            self.complain(column, values == "", "empty, expected a value")
            return values
        return values.mask(values == "", usual)

    def complain(self, column: str, where: pd.Series[bool], what: str, *, limit: int = 10) -> None:
        """Note a problem for each row in *where*, the first *limit* of them singly."""
        lines = self.lines[where.to_numpy(dtype=bool)]
        found = (
            self.rows.loc[where.to_numpy(dtype=bool), column] if column in self.rows else pd.Series([], dtype="str")
        )
        for line, value in list(zip(lines, found, strict=False))[:limit]:
            shown = "" if pd.isna(value) else f"found {value!r}, "
            self._problems.append(f"{self.name} row {line}, column {column}: {shown}{what}")
        if len(lines) > limit:
            self._problems.append(f"{self.name} column {column}: {len(lines) - limit} more rows alike")

    def numbers(self, column: str, *, usual: float) -> pd.Series[float]:
        """Return a column of numbers not below 0."""
        text = self.text(column, usual=str(usual))
        values = pd.to_numeric(text, errors="coerce").astype("float64")
        self.complain(column, values.isna() | (values < 0), "expected a number, 0 or more")
        return values.fillna(usual)

    def instants(
        self, column: str, zones: pd.Series[str], *, required: bool, day_after: bool = False
    ) -> pd.Series[pd.Timestamp]:
        """Return a column of stamps as UTC; stamps without an offset are local to *zones*, row by row.

        With *day_after* a bare date means the end of that day.
        """
        text = self.text(column, usual=None if required else "")
        result = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us, UTC]")
        for zone_name, rows in zones.groupby(zones):
            part = text[rows.index]
            result[rows.index] = _to_utc(part, str(zone_name), day_after=day_after)
        wrong = (text != "") & result.isna()
        self.complain(column, wrong, "expected YYYY-MM-DD or YYYY-MM-DD HH:MM that exists in the agent's zone")
        return result


def _to_utc(text: pd.Series[str], zone_name: str, *, day_after: bool) -> pd.Series[pd.Timestamp]:
    is_date = text.str.fullmatch(_DATE.pattern)
    zoned = text.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True) & ~is_date
    with_zone = pd.to_datetime(text.where(zoned), format="ISO8601", errors="coerce", utc=True)
    wall = pd.to_datetime(text.where(~zoned & ~is_date & (text != "")), format="ISO8601", errors="coerce")
    local, _ = timegrid.localize(wall.astype("datetime64[us]"), zone_name, ambiguous="first")
    dates = pd.to_datetime(text.where(is_date), format="%Y-%m-%d", errors="coerce")
    unique = dates.dropna().unique()
    shift = pd.Timedelta(days=1 if day_after else 0)
    starts = {date: timegrid.day_start((date + shift).date(), zone_name) for date in unique}
    days = dates.map(starts).astype("datetime64[us, UTC]")
    return days.fillna(local).fillna(with_zone.astype("datetime64[us, UTC]"))


def _agents(table: _Table, plan: Plan) -> DataFrame[Agents]:
    ids = table.text("agent_id")
    table.complain("agent_id", ids.duplicated() & (ids != ""), "the agent is listed twice")
    zones = table.text("time_zone", usual=plan.time_zone)
    unknown = ~zones.map({name: _is_zone(name) for name in zones.unique()}).astype("bool")
    table.complain("time_zone", unknown, "expected an IANA time zone such as Europe/Madrid")
    zones = zones.mask(unknown, plan.time_zone)
    skills = table.text("skills").str.replace(r"\s*[|;,]\s*", "|", regex=True)
    split = skills.str.split("|").map(lambda parts: sorted({part for part in parts if part}))
    known = {queue.name for queue in plan.queues}
    strange = split.map(lambda parts: [part for part in parts if part not in known])
    for part in sorted({part for parts in strange for part in parts}):
        where = strange.map(lambda parts, part=part: part in parts).astype("bool")
        table.complain("skills", where, f"no queue is called {part!r}, expected some of {', '.join(sorted(known))}")
    contracts = list(plan.schedule.contracts)
    contract = table.text("contract", usual=contracts[0] if contracts else "full_time")
    if contracts:
        table.complain("contract", ~contract.isin(contracts), f"expected one of {', '.join(contracts)}")
    start = table.instants("valid_from", zones, required=False)
    end = table.instants("valid_to", zones, required=False, day_after=True)
    table.complain("valid_to", end <= start, "ends before valid_from")
    frame = pd.DataFrame(
        {
            "agent_id": ids,
            "name": table.text("name", usual="").mask(lambda names: names == "", ids),
            "site": _maybe(table.text("site", usual="")),
            "time_zone": zones,
            "skills": split.str.join("|").astype("str"),
            "contract": contract,
            "hourly_cost": table.numbers("hourly_cost", usual=1.0),
            "team": _maybe(table.text("team", usual="")),
            "email": _maybe(table.text("email", usual="")),
            "valid_from": start,
            "valid_to": end,
            **_skill_terms(table, split.str.join("|")),
        }
    )
    return check(Agents, frame) if table.is_sound else empty(Agents)


def _skill_terms(table: _Table, skills: pd.Series[str]) -> dict[str, pd.Series[str]]:
    """Return the columns that say how fast and from when to when the *skills* are."""
    terms = {name: table.text(name, usual="") for name in ("proficiency", "skill_dates")}
    for name, texts in terms.items():
        for (text, queues), rows in texts[texts != ""].groupby([texts, skills]):
            try:
                read_skills(str(queues), **{name: text})
            except ConfigError as error:
                table.complain(name, texts.index.to_series().isin(rows.index), str(error))
    return {name: _maybe(texts) for name, texts in terms.items()}


def _is_zone(name: str) -> bool:
    try:
        timegrid.zone(name)
    except ConfigError:
        return False
    return True


def _maybe(text: pd.Series[str]) -> pd.Series[str]:
    return text.mask(text == "")


def _known_agents(table: _Table, zones: dict[str, str]) -> tuple[pd.Series[str], pd.Series[str]]:
    """Return (agent ids, their zones); an agent that is not in the agents' file is a problem."""
    ids = table.text("agent_id")
    if zones:
        table.complain("agent_id", ~ids.isin(list(zones)) & (ids != ""), "no such agent in the agents' file")
    return ids, ids.map(lambda name: zones.get(name, "UTC")).astype("str")


def _absences(table: _Table, zones: dict[str, str]) -> DataFrame[Absences]:
    ids, zone_of = _known_agents(table, zones)
    start = table.instants("start_at", zone_of, required=True)
    end = table.instants("end_at", zone_of, required=True, day_after=True)
    table.complain("end_at", end <= start, "is not after start_at")
    activity = table.text("activity", usual="leave")
    usual_paid = activity.isin(PAID_UNLESS).map({True: "false", False: "true"})
    paid = table.text("is_paid", usual="").str.lower()
    paid = paid.mask(paid == "", usual_paid)
    table.complain("is_paid", ~paid.isin((*TRUE_WORDS, *FALSE_WORDS)), "expected true or false")
    table.complain(
        "start_at", pd.DataFrame({"a": ids, "s": start}).duplicated(), "the agent has two rows that start then"
    )
    frame = pd.DataFrame(
        {"agent_id": ids, "start_at": start, "end_at": end, "activity": activity, "is_paid": paid.isin(TRUE_WORDS)}
    )
    return check(Absences, frame) if table.is_sound else empty(Absences)


def _preferences(table: _Table, zones: dict[str, str]) -> DataFrame[Preferences]:
    ids, _ = _known_agents(table, zones)
    kind = table.text("preference")
    table.complain("preference", ~kind.isin(PREFERENCES) & (kind != ""), f"expected one of {', '.join(PREFERENCES)}")
    weekday = table.text("weekday", usual="").str.lower().str.slice(0, 3)
    table.complain("weekday", ~weekday.isin((*timegrid.WEEKDAYS, "")), "expected mon to sun")
    date = table.text("date", usual="")
    table.complain("date", (date != "") & ~_all(date, _is_date), "expected YYYY-MM-DD")
    first, last = table.text("start_from", usual=""), table.text("start_to", usual="")
    for column, values in (("start_from", first), ("start_to", last)):
        table.complain(
            column, (values != "") & ~_all(values, lambda text: bool(_CLOCK.match(text))), "expected HH:MM"
        )
    frame = pd.DataFrame(
        {
            "agent_id": ids, "preference": kind, "weekday": weekday, "date": date,
            "start_from": first, "start_to": last, "weight": table.numbers("weight", usual=1.0),
        }
    )  # fmt: skip
    key = Preferences.key_columns()
    table.complain("preference", frame.duplicated(key), "the same preference is listed twice")
    return check(Preferences, frame) if table.is_sound else empty(Preferences)


def _all(values: pd.Series[str], test: Callable[[str], bool]) -> pd.Series[bool]:
    answers: Sequence[bool] = [test(value) for value in values]
    return pd.Series(answers, index=values.index, dtype="bool")


def _is_date(text: str) -> bool:
    return bool(_DATE.match(text)) and pd.notna(pd.to_datetime(text, errors="coerce"))
