"""Writing the demo: logs in the formats of six systems, the people, and the truth that no stage reads."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from omnistaff.samples.build import SHORT_ABANDON_S, World, build_world
from omnistaff.samples.logs.branch import write_branch
from omnistaff.samples.logs.chatwoot import write_chatwoot
from omnistaff.samples.logs.connect import write_connect
from omnistaff.samples.logs.pbx import write_pbx
from omnistaff.samples.logs.scene import Scene
from omnistaff.samples.logs.whatsapp import write_whatsapp
from omnistaff.samples.logs.zendesk import write_zendesk
from omnistaff.samples.staff import Staff, agent_names, make_staff
from omnistaff.samples.world import LINE_NAMES, LINES, REASONS, WEEKS, Size
from omnistaff.tables.files import replacing, write_text


@dataclass(frozen=True)
class DemoSummary:
    """What was written."""

    folder: str
    contacts: int
    customers: int
    matters: int
    first_day: str
    last_day: str
    agents: int


def write_demo(folder: str | Path, *, seed: int = 7, weeks: int = WEEKS, scale: float = 1.0) -> DemoSummary:
    """Return a summary of the demo world written to *folder*: logs, people, and the truth in ``truth/``.

    The same *seed*, *weeks* and *scale* give the same bytes. History always ends on the same Sunday. Raises
    ConfigError for weeks outside 1 to 26 or a scale outside 0 to 10.
    """
    size, target = Size(weeks, scale), Path(folder)
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(8)]
    world = build_world(size, streams[0])
    staff = make_staff(streams[1])
    day = world.calendar.day[np.searchsorted(world.calendar.seconds, world.contacts.arrived, side="right") - 1]
    agent = agent_names(staff, world.contacts.line, world.duty_number, day)
    contact_id, extra = _write_logs(world, agent, target, streams[2:])
    _write_staff(staff, target)
    _write_truth(world, contact_id, extra, target)
    summary = DemoSummary(
        folder=str(folder),
        contacts=len(world.contacts) + len(extra),
        customers=len(np.unique(world.contacts.customer)),
        matters=len(np.unique(world.contacts.matter)),
        first_day=world.calendar.dates[0].isoformat(),
        last_day=world.calendar.dates[-1].isoformat(),
        agents=len(staff.agents),
    )
    described = asdict(summary) | {"seed": seed, "weeks": weeks, "scale": scale}
    described.pop("folder")
    write_text(target / "truth" / "summary.json", json.dumps(described, indent=2) + "\n")
    return summary


def _write_logs(
    world: World, agent: np.ndarray, folder: Path, streams: list[np.random.Generator]
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return (contact id of each contact, log entries that no agent was asked for)."""
    scenes = [Scene(world, agent, folder, rng) for rng in streams]
    contact_id = np.full(len(world.contacts), "", dtype=object)

    def place(source: str, rows: np.ndarray, ids: np.ndarray) -> None:
        contact_id[rows] = [f"{source}:{native}" for native in ids.tolist()]

    place("pbx", *write_pbx(scenes[0]))
    rows, ids, menu = write_connect(scenes[1])
    place("connect", rows, ids)
    place("whatsapp", *write_whatsapp(scenes[2]))
    rows, ids, bots = write_chatwoot(scenes[3])
    place("chatwoot", rows, ids)
    rows, ids, deleted = write_zendesk(scenes[4])
    place("zendesk", rows, ids)
    place("branch", *write_branch(scenes[5]))
    extra = pd.concat(
        [
            pd.DataFrame(
                {
                    "contact_id": [f"connect:{key}" for key in menu["contact_id"]],
                    "customer": menu["customer"],
                    "arrived": menu["arrived"],
                    "line": "menu",
                }
            ),
            pd.DataFrame({"contact_id": [f"chatwoot:{key}" for key in bots], "line": "bot", "customer": -1}),
            pd.DataFrame({"contact_id": [f"zendesk:{key}" for key in deleted], "line": "deleted", "customer": -1}),
        ],
        ignore_index=True,
    )
    return contact_id, extra


def _write_staff(staff: Staff, folder: Path) -> None:
    for name, table in (("agents", staff.agents), ("absences", staff.absences), ("preferences", staff.preferences)):
        write_text(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))


def _write_truth(world: World, contact_id: np.ndarray, extra: pd.DataFrame, folder: Path) -> None:
    """Write what really happened: contacts, rates, customers, and the lines' settings."""
    _save(folder, "contacts", _true_contacts(world, contact_id, extra))
    _save(folder, "rates", _true_rates(world))
    people = world.people
    _save(
        folder, "customers",
        pd.DataFrame(
            {
                "customer": np.arange(len(people)),
                "name": np.char.add(np.char.add(people.given, " "), people.family),
                "mobile": people.mobile,
                "new_mobile": np.where(np.isfinite(people.changed_at), people.new_mobile, -1),
                "landline": people.landline,
                "works_at": people.works_at,
                "email": people.email,
                "second_email": people.second_email,
                "account": people.account,
                "national_id": people.national_id,
            }
        ),
    )  # fmt: skip
    lines = pd.DataFrame(
        [(line.name, line.channel, line.patience_s, line.effort_s, line.slots) for line in LINES],
        columns=["line", "channel", "patience_s", "effort_s", "slots"],
    )
    _save(folder, "lines", lines)


def _save(folder: Path, name: str, table: pd.DataFrame) -> None:
    with replacing(folder / "truth" / f"{name}.parquet") as temporary:
        table.to_parquet(temporary, index=False)


def _true_contacts(world: World, contact_id: np.ndarray, extra: pd.DataFrame) -> pd.DataFrame:
    contacts = world.contacts
    wait = np.fmin(world.answered, world.left) - contacts.arrived
    answered = world.duty_number >= 0
    outcome = np.where(answered, "answered", np.where(wait < SHORT_ABANDON_S, "short_abandoned", "abandoned"))
    outcome = np.where(~answered & ~(world.left < world.last_second), "open", outcome)
    table = pd.DataFrame(
        {
            "contact_id": contact_id.astype(str),
            "customer": contacts.customer,
            "matter": contacts.matter,
            "line": np.array(LINE_NAMES)[contacts.line],
            "channel": np.array([line.channel for line in LINES])[contacts.line],
            "reason": np.array([reason.name for reason in REASONS])[contacts.reason],
            "arrived_at": _instants(contacts.arrived),
            "answered_at": _instants(world.answered),
            "ended_at": _instants(np.where(answered, world.ended, world.left)),
            "wait_s": wait,
            "agent_s": world.agent_s,
            "patience_s": contacts.patience_s,
            "outcome": outcome,
            "is_follow_up": contacts.is_follow_up,
            "is_redial": contacts.redial_of >= 0,
            "is_demand": True,
        }
    )
    aside = extra.assign(
        matter=-1,
        channel=extra["line"].map({"menu": "voice", "bot": "web_chat", "deleted": "ticket"}),
        arrived_at=_instants(extra["arrived"].to_numpy(dtype=float)),
        outcome="contained",
        is_follow_up=False,
        is_redial=False,
        is_demand=False,
    ).drop(columns="arrived")
    joined = pd.concat([table, aside], ignore_index=True)
    return joined.sort_values("contact_id", ignore_index=True)


def _instants(seconds: np.ndarray) -> pd.Series[pd.Timestamp]:
    microseconds = np.round(np.nan_to_num(seconds, nan=0.0, posinf=0.0) * 1e6).astype("int64")
    times = microseconds.astype("datetime64[us]")
    times[~np.isfinite(seconds)] = np.datetime64("NaT")
    return pd.Series(times).dt.tz_localize("UTC")


def _true_rates(world: World) -> pd.DataFrame:
    """Return the true expected contacts of each line and interval, redials left out."""
    starts = world.calendar.starts
    frames = [
        pd.DataFrame({"line": name, "interval_start": starts, "rate": world.rates[k]})
        for k, name in enumerate(LINE_NAMES)
    ]
    return pd.concat(frames, ignore_index=True)
