"""Assumptions: what the numbers rest on, so that anybody can check or repeat them."""

from __future__ import annotations

import pandas as pd

from omnistaff.plan import Queue
from omnistaff.plan.base import Settings
from omnistaff.plan.staffing import Whom
from omnistaff.report.content import Part, SectionPlan, TableView
from omnistaff.report.inputs import Inputs
from omnistaff.report.measures import ABANDONS, target_in_words
from omnistaff.report.wording import NOTHING, number, percent, plural, seconds

Setting = tuple[str, str, str, bool]  # key, value in words, meaning, whether it is the default
SECTIONS = ("identity", "timeline", "demand", "calendar", "forecast", "staffing", "schedule", "simulate", "engine")
TOP_LEVEL = {
    "interval_minutes": "Planning interval",
    "seed": "Of everything random: same input, same tables",
    "threads": "Processors used at once",
}


def queues(inputs: Inputs) -> TableView:
    """Return what is taken for granted of each queue."""
    rows = [_queue_row(inputs, queue) for queue in inputs.plan.queues]
    columns = ("Queue", "Mode", "Promise", "How abandons count", "Hours", "Zone", "Patience", "At once",
               "Occupancy at most", "At least")  # fmt: skip
    data = pd.DataFrame(rows, columns=list(columns))
    note = "Patience: mean, measured in the logs or given by the plan."
    return TableView("queues", f"What is taken for granted of {plural(len(rows), 'queue')}", columns, rows, data,
                     note=note)  # fmt: skip


def _queue_row(inputs: Inputs, queue: Queue) -> tuple[str, ...]:
    hours = "; ".join(f"{days} {times}" for days, times in queue.hours.items())
    speeds = " (speed of each: " + ", ".join(number(speed, 2) for speed in queue.speeds) + ")"
    default = inputs.plan.staffing.default_patience_s
    is_unknown = isinstance(queue.patience_s, str)
    patience = f"{seconds(default)}, not measured" if is_unknown else seconds(float(queue.patience_s))
    is_deferred = queue.mode == "deferred"
    return (
        queue.name, queue.mode, target_in_words(queue), NOTHING if is_deferred else ABANDONS[queue.target.abandons],
        hours, inputs.plan.zone_of(queue), NOTHING if is_deferred else patience,
        f"{queue.concurrency}{speeds}" if queue.concurrency > 1 else "1", percent(queue.max_occupancy_share),
        f"{in_words(queue.min_agents)} agents, {in_words(queue.min_able_agents)} able",
    )  # fmt: skip


def sources(inputs: Inputs) -> TableView | None:
    """Return what was read, and what each source was told."""
    if not inputs.plan.ingest:
        return None
    rows = []
    for source in inputs.plan.ingest:
        told = [f"{key} {value}" for key, value, _, is_default in listed_settings(source) if not is_default]
        told = [text for text in told if text.split(" ")[0] not in ("reader", "name", "path", "time_zone", "channel")]
        zone = source.time_zone or "as the data say"
        rows.append(
            (source.name or source.reader, source.reader, str(source.channel or NOTHING), zone, "; ".join(told))
        )
    data = pd.DataFrame(rows, columns=["source", "reader", "channel", "zone", "settings"])
    columns = ("Source", "Reader", "Channel", "Zone", "Told")
    return TableView("sources", "Sources", columns, rows, data)


def chosen(inputs: Inputs) -> TableView:
    """Return the settings in which the plan differs from the defaults."""
    rows = [row for row in _all_settings(inputs) if not row[3]]
    note = f"Ready for work: {_ready(inputs, 'rostered')} of the time on the roster, {_ready(inputs, 'on_site')} of "
    note += f"the time at the site, {_ready(inputs, 'paid')} of the time that is paid."
    both = _counted_twice(inputs)
    if both:
        note += f" Absences and shrinkage both have {', '.join(both)}: if they are the same hours, write "
        note += "staffing.in_roster."
    title = f"{plural(len(rows), 'setting')} made by the plan"
    return _settings_table("settings", title, rows, note)


def _counted_twice(inputs: Inputs) -> list[str]:
    """Return the parts of the shrinkage taken off the roster that absences in the roster are called like."""
    known = set(inputs.table("roster")["activity"]) if inputs.has("roster") else set()
    return [name for name in inputs.plan.staffing.losses("rostered") if name in known]


def _ready(inputs: Inputs, whom: Whom) -> str:
    """Return the share ready for work, on average over the planned hours of all queues."""
    if inputs.has("requirement") and len(inputs.table("requirement")):
        times = inputs.table("requirement")["interval_start"].drop_duplicates()
        return percent(float(inputs.plan.available_share(times, whom=whom).mean()), 1)
    settings = inputs.plan.staffing
    return percent(float(settings.ready_by_minute(settings.losses(whom)).mean()), 1)


def defaults(inputs: Inputs) -> TableView:
    """Return the settings that the plan leaves as they are."""
    rows = [row for row in _all_settings(inputs) if row[3]]
    return _settings_table("defaults", f"{plural(len(rows), 'default')} in force", rows, "", is_folded=True)


def _settings_table(name: str, title: str, rows: list[Setting], note: str, *, is_folded: bool = False) -> TableView:
    shown = [row[:3] for row in rows]
    data = pd.DataFrame(shown, columns=["key", "value", "meaning"])
    return TableView(name, title, ("Key", "Value", "What it does"), shown, data, note=note, is_folded=is_folded)


def _all_settings(inputs: Inputs) -> list[Setting]:
    """Return every setting that moves numbers; queues, sources, contracts and patterns have tables of their own."""
    plan = inputs.plan
    whole = [row for row in listed_settings(plan) if row[0] in ("time_zone", "interval_minutes", "seed", "threads")]
    found = [(key, value, text or TOP_LEVEL.get(key, ""), is_default) for key, value, text, is_default in whole]
    for name in SECTIONS:
        rows = listed_settings(getattr(plan, name), f"{name}.")
        found += [row for row in rows if row[0] not in ("schedule.contracts", "schedule.patterns")]
    return found


def listed_settings(model: Settings, prefix: str = "") -> list[Setting]:
    """Return (key, value in words, meaning, whether it is the default) of each setting, sections opened."""
    rows: list[Setting] = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, Settings):
            rows += listed_settings(value, f"{prefix}{name}.")
            continue
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        rows.append((f"{prefix}{name}", in_words(value), field.description or "", value == default))
    return rows


def in_words(value: object) -> str:
    """Return a setting's value as text: lists and mappings in a row, nested settings by what they differ in."""
    if value is None or value == [] or value == {}:
        return NOTHING
    match value:
        case Settings():
            told = [f"{key} {text}" for key, text, _, is_default in listed_settings(value) if not is_default]
            return ", ".join(told) or "as default"
        case dict():
            return "; ".join(f"{key}: {in_words(one)}" for key, one in value.items())
        case list() | tuple():
            return "; ".join(in_words(one) for one in value)
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def contracts(inputs: Inputs) -> TableView | None:
    """Return the contracts and their limits, a column a contract."""
    kinds = inputs.plan.schedule.contracts
    if not kinds:
        return None
    limits = {name: {row[0]: row for row in listed_settings(kind)} for name, kind in kinds.items()}
    keys = next(iter(limits.values()))
    rows = [
        (key, *(rows[key][1] for rows in limits.values()), keys[key][2])
        for key in keys
        if any(not rows[key][3] for rows in limits.values()) or key == "hours_per_week"
    ]
    columns = ("Limit", *kinds, "What it means")
    data = pd.DataFrame([(key, *(rows[key][1] for rows in limits.values())) for key in keys],
                        columns=["limit", *kinds])  # fmt: skip
    note = "Limits that any contract sets; the CSV has all."
    title = f"{plural(len(kinds), 'contract')} and {plural(len(inputs.plan.schedule.patterns), 'shift pattern')}"
    return TableView("contracts", title, columns, rows, data, note=note)


def patterns(inputs: Inputs) -> TableView | None:
    """Return the shift patterns with their breaks."""
    kinds = inputs.plan.schedule.patterns
    if not kinds:
        return None
    rows = []
    for kind in kinds:
        pauses = ", ".join(
            f"{pause.activity} {pause.minutes} min{'' if pause.is_paid else ' unpaid'}" for pause in kind.breaks
        )
        hours = ", ".join(f"{hours:g}" for hours in kind.hours)
        start = f"{kind.start_from} to {kind.start_to}, every {kind.step_minutes} min"
        rows.append((kind.name, kind.weekdays, start, hours, pauses or NOTHING))
    columns = ("Pattern", "Weekdays", "Starts", "Hours", "Breaks")
    data = pd.DataFrame(rows, columns=list(columns))
    return TableView("patterns", "Shift patterns", columns, rows, data, is_folded=True)


def provenance(inputs: Inputs) -> TableView | None:
    """Return versions and fingerprints of the inputs."""
    record = inputs.manifest
    if not record:
        return None
    rows = [("version", name, str(text)) for name, text in record.get("versions", {}).items()]
    rows.append(("version", "platform", str(record.get("platform", NOTHING))))
    hashes = (("plan_hash", "plan"), ("code_hash", "program"))
    rows += [("SHA-256", words, str(record.get(key, NOTHING))) for key, words in hashes]
    rows += [("input", name, str(text)) for name, text in record.get("inputs", {}).items()]
    data = pd.DataFrame(rows, columns=["kind", "name", "value"])
    title = "Versions, and fingerprints (SHA-256) of plan, program and every input file"
    return TableView("provenance", title, ("Kind", "Name", "Value"), rows, data, is_folded=True)


SECTION = SectionPlan(
    "assumptions", "Assumptions", "What do the numbers rest on?",
    (
        Part((), queues),
        Part((), chosen),
        Part((), sources),
        Part((), contracts),
        Part((), patterns),
        Part((), defaults),
        Part((), provenance),
    ),
)  # fmt: skip
