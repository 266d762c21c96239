"""Mail and web forms: Zendesk's ticket export, one ticket with its metric set a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from omnistaff.samples.logs.scene import Scene, one_line
from omnistaff.samples.stamps import iso_z
from omnistaff.samples.traces import full_names, typed_email, typed_national_id, typed_number, written_email
from omnistaff.samples.world import LINE_NAMES, REASONS

FIRST_ID, FIRST_REQUESTER = 1001, 901_001
#: Custom fields of the bank's form.
ACCOUNT_FIELD, PHONE_FIELD, NATIONAL_ID_FIELD, EMAIL_FIELD = (360_000_000_001 + k for k in range(4))
ACCOUNT_SHARE, PHONE_SHARE, NATIONAL_ID_SHARE = 0.5, 0.7, 0.35
SPAM_SHARE = 0.02
SITE = "https://bank.zendesk.com/api/v2/tickets"


def write_zendesk(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (positions, ticket ids, ids of deleted bot tickets); write ``zendesk/tickets.jsonl``."""
    world = scene.world
    rows = world.rows_of("email", "form")
    spam_at = scene.rng.uniform(world.calendar.seconds[0], world.last_second, int(SPAM_SHARE * len(rows)))
    created = np.concatenate([world.contacts.arrived[rows], spam_at])
    number = np.empty(len(created), dtype=int)
    number[np.argsort(created, kind="stable")] = np.arange(len(created)) + FIRST_ID
    ids, spam_ids = number[: len(rows)], number[len(rows) :]
    times = _stamps(scene, rows)
    fields = _fields(scene, rows)
    lines = [(int(ids[k]), _ticket(k, row, int(ids[k]), times, fields, scene)) for k, row in enumerate(rows.tolist())]
    lines += [(int(key), _spam(int(key), at)) for key, at in zip(spam_ids, iso_z(spam_at), strict=True)]
    text = [line for _, line in sorted(lines)]
    scene.write_lines("zendesk/tickets.jsonl", [*text, text[-1][:300]])
    return rows, ids, spam_ids


def _stamps(scene: Scene, rows: np.ndarray) -> dict[str, list[str]]:
    world = scene.world
    ended = np.where(world.ended[rows] < world.last_second, world.ended[rows], np.nan)
    answered = np.where(world.answered[rows] < world.last_second, world.answered[rows], np.nan)
    first_reply = np.where(np.isnan(ended), np.nan, answered + 0.8 * (ended - answered))
    latest = np.fmax(world.contacts.arrived[rows], ended)
    return {
        "created": iso_z(world.contacts.arrived[rows]),
        "assigned": iso_z(answered),
        "replied": iso_z(first_reply),
        "solved": iso_z(ended),
        "updated": iso_z(latest),
    }


def _fields(scene: Scene, rows: np.ndarray) -> dict[str, list[Any]]:
    """Return what each ticket tells of the customer; mail shows the address only, a form what was typed."""
    world, rng = scene.world, scene.rng
    customer, times = world.contacts.customer[rows], world.contacts.arrived[rows]
    is_form = world.contacts.line[rows] == LINE_NAMES.index("form")
    draw = rng.random((3, len(rows)))
    number = typed_number(world.people, customer, times, rng)
    spaced = [f"{n // 1_000_000} {n // 1000 % 1000:03d} {n % 1000:03d}" for n in number.tolist()]
    national_id = typed_national_id(world.people, customer, rng)
    account = world.people.account[customer].astype(str)
    email = np.where(is_form, typed_email(world.people, customer, rng), written_email(world.people, customer, rng))
    # Zendesk knows a requester by the address; who gives none is somebody new each time
    address = np.where(email == "", np.char.add("?", np.arange(len(rows)).astype(str)), email)
    requester = np.unique(address, return_inverse=True)[1] + FIRST_REQUESTER
    return {
        "requester": requester.tolist(),
        "name": full_names(world.people, customer, rng).tolist(),
        "email": email.tolist(),
        "phone": np.where(is_form & (draw[0] < PHONE_SHARE), spaced, "").tolist(),
        "account": np.where(is_form & (draw[1] < ACCOUNT_SHARE), account, "").tolist(),
        "national_id": np.where(is_form & (draw[2] < NATIONAL_ID_SHARE), national_id, "").tolist(),
    }


def _ticket(
    k: int, row: int, key: int, times: dict[str, list[str]], fields: dict[str, list[Any]], scene: Scene
) -> str:  # fmt: skip
    world = scene.world
    is_form = world.contacts.line[row] == LINE_NAMES.index("form")
    reason = REASONS[world.contacts.reason[row]].name
    agent = str(scene.agent_id[row])
    assignee = 8000 + int(agent[1:]) if agent and times["assigned"][k] else None
    sender = {} if is_form else {"address": fields["email"][k], "name": fields["name"][k]}
    form = {
        ACCOUNT_FIELD: fields["account"][k],
        PHONE_FIELD: fields["phone"][k],
        NATIONAL_ID_FIELD: fields["national_id"][k],
        EMAIL_FIELD: fields["email"][k] if is_form else "",
    }
    status = "closed" if times["solved"][k] else "open" if assignee else "new"
    ticket = _frame(key, "web" if is_form else "email", times["created"][k], times["updated"][k], status)
    ticket |= {
        "via": {"channel": "web" if is_form else "email", "source": {"from": sender, "to": {}, "rel": None}},
        "subject": reason.replace("_", " ").capitalize(),
        "raw_subject": reason.replace("_", " ").capitalize(),
        "requester_id": fields["requester"][k],
        "submitter_id": fields["requester"][k],
        "assignee_id": assignee,
        "group_id": 41,
        "tags": [reason],
        "custom_fields": [{"id": field, "value": value or None} for field, value in form.items()],
        "metric_set": _metrics(key, k, times, world.contacts.arrived[row], row, scene),
    }
    return one_line(ticket)


def _frame(key: int, channel: str, created: str, updated: str, status: str) -> dict[str, object]:
    return {
        "url": f"{SITE}/{key}.json",
        "id": key,
        "external_id": None,
        "via": {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": created,
        "updated_at": updated,
        "type": "question",
        "subject": None,
        "raw_subject": None,
        "priority": "normal",
        "status": status,
        "recipient": None,
        "requester_id": None,
        "submitter_id": None,
        "assignee_id": None,
        "organization_id": None,
        "group_id": None,
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": [],
        "custom_fields": [],
        "satisfaction_rating": {"score": "unoffered"},
        "ticket_form_id": 360_000_000_009,
        "brand_id": 360_000_000_010,
        "allow_channelback": False,
    }


def _metrics(
    key: int, k: int, times: dict[str, list[str]], arrived: float, row: int, scene: Scene
) -> dict[str, object]:  # fmt: skip
    """Return the metric set; minutes are calendar minutes, the bank set no business hours."""
    world = scene.world
    solved, replied = times["solved"][k] or None, times["replied"][k] or None
    reply_s = int(world.answered[row] + 0.8 * (world.ended[row] - world.answered[row]) - arrived) if replied else None
    whole_s = int(world.ended[row] - arrived) if solved else None
    return {
        "id": 700_000 + key,
        "ticket_id": key,
        "created_at": times["created"][k],
        "updated_at": times["updated"][k],
        "group_stations": 1,
        "assignee_stations": 1,
        "reopens": 0,
        "replies": int(replied is not None),
        "assignee_updated_at": replied,
        "requester_updated_at": times["created"][k],
        "status_updated_at": times["updated"][k],
        "initially_assigned_at": times["assigned"][k] or None,
        "assigned_at": times["assigned"][k] or None,
        "solved_at": solved,
        "latest_comment_added_at": replied or times["created"][k],
        "reply_time_in_minutes": _minutes(reply_s),
        "first_resolution_time_in_minutes": _minutes(whole_s),
        "full_resolution_time_in_minutes": _minutes(whole_s),
        "agent_wait_time_in_minutes": _minutes(0 if solved else None),
        "requester_wait_time_in_minutes": _minutes(whole_s),
        "on_hold_time_in_minutes": _minutes(0),
        "reply_time_in_seconds": {"calendar": reply_s},
    }


def _minutes(seconds: int | None) -> dict[str, int | None]:
    value = None if seconds is None else seconds // 60
    return {"calendar": value, "business": value}


def _spam(key: int, at: str) -> str:
    """Return a ticket that monitoring opened and somebody deleted: no customer, no work."""
    ticket = _frame(key, "api", at, at, "deleted")
    ticket |= {"subject": "Monitoring alert", "raw_subject": "Monitoring alert", "tags": ["bot"]}
    ticket |= {"requester_id": 901_999_999, "submitter_id": 901_999_999, "metric_set": None}
    return one_line(ticket)
