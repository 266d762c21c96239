"""Web chat: Chatwoot's tables as a database dump writes them, contacts among them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import numpy as np

from omnistaff.samples.logs.scene import Scene
from omnistaff.samples.stamps import sql_ms
from omnistaff.samples.traces import full_names, typed_email, typed_number
from omnistaff.samples.world import REASONS

INBOX = 11
#: What visitors tell: the bank's log-in gives the account, a form the rest.
LOGGED_IN_SHARE, EMAIL_SHARE, PHONE_SHARE, ANONYMOUS_SHARE = 0.45, 0.60, 0.50, 0.08
PENDING_SHARE = 0.03
CONVERSATION_COLUMNS = (
    "id,account_id,inbox_id,status,assignee_id,created_at,updated_at,contact_id,display_id,contact_last_seen_at,"
    "agent_last_seen_at,additional_attributes,uuid,last_activity_at,team_id,first_reply_created_at,priority,"
    "waiting_since,cached_label_list"
)
MESSAGE_COLUMNS = (
    "id,content,account_id,inbox_id,conversation_id,message_type,created_at,updated_at,private,status,source_id,"
    "content_type,sender_type,sender_id"
)
EVENT_COLUMNS = (
    "id,name,value,account_id,inbox_id,user_id,conversation_id,created_at,updated_at,value_in_business_hours,"
    "event_start_time,event_end_time"
)
CONTACT_COLUMNS = (
    "id,name,email,phone_number,account_id,created_at,updated_at,additional_attributes,identifier,custom_attributes,"
    "last_activity_at,contact_type,middle_name,last_name,location,country_code,blocked,company_id"
)


def write_chatwoot(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (positions, conversation ids, ids of conversations left to the bot); write ``chatwoot/*.csv``."""
    world = scene.world
    rows = world.rows_of("web-chat")
    ids = np.arange(len(rows)) + 501
    visitor = _visitors(scene, rows)
    times = {
        "arrived": sql_ms(world.contacts.arrived[rows]),
        "answered": sql_ms(world.answered[rows]),
        "ended": sql_ms(np.where(world.ended[rows] < world.last_second, world.ended[rows], np.nan)),
        "left": sql_ms(world.left[rows]),
    }
    bots = _bot_conversations(scene, int(ids[-1]) + 1, rows)
    _write(scene, "conversations", CONVERSATION_COLUMNS, [*_conversations(scene, rows, ids, visitor, times), *bots])
    _write(scene, "messages", MESSAGE_COLUMNS, _messages(scene, rows, ids, visitor, times))
    _write(scene, "reporting_events", EVENT_COLUMNS, _events(scene, rows, ids, times))
    _write(
        scene, "inboxes", "id,name,channel_type,timezone,working_hours_enabled",
        [(INBOX, "Chat de la web", "Channel::WebWidget", "Europe/Madrid", "t")],
    )  # fmt: skip
    return rows, ids, np.array([row[0] for row in bots], dtype=int)


def _write(scene: Scene, name: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    scene.write_lines(f"chatwoot/{name}.csv", [columns, out.getvalue().rstrip("\n")])


def _visitors(scene: Scene, rows: np.ndarray) -> np.ndarray:
    """Return the Chatwoot contact of each conversation, and write the contacts: one a customer's browser."""
    world, rng = scene.world, scene.rng
    customer = world.contacts.customer[rows]
    browser = customer * 2 + (rng.random(len(rows)) < 0.25)
    alone = rng.random(len(rows)) < ANONYMOUS_SHARE
    key = np.where(alone, 10_000_000 + np.arange(len(rows)), browser)
    _, first, visitor = np.unique(key, return_index=True, return_inverse=True)
    who, since = customer[first], world.contacts.arrived[rows][first]
    draw, hidden = rng.random((3, len(first))), alone[first]
    email = np.where(~hidden & (draw[0] < EMAIL_SHARE), typed_email(world.people, who, rng), "")
    number = typed_number(world.people, who, since, rng)
    phone = [f"+34{n}" if shown else "" for n, shown in zip(number, ~hidden & (draw[1] < PHONE_SHARE), strict=True)]
    known = ~hidden & (draw[2] < LOGGED_IN_SHARE)
    account = [str(n) if shown else "" for n, shown in zip(world.people.account[who], known, strict=True)]
    name = np.where(hidden, "", full_names(world.people, who, rng))
    made = sql_ms(since)
    lines = [
        (
            9001 + k, name[k] or f"visitor-{k}", email[k], phone[k], 1, made[k], made[k], "{}", account[k], "{}",
            made[k], 1 if account[k] or email[k] or phone[k] else 0, "", "", "", "", "f", "",
        )
        for k in range(len(first))
    ]  # fmt: skip
    _write(scene, "contacts", CONTACT_COLUMNS, lines)
    return visitor + 9001


def _conversations(
    scene: Scene, rows: np.ndarray, ids: np.ndarray, visitor: np.ndarray, times: dict[str, list[str]]
) -> list[tuple[object, ...]]:
    reason = scene.world.contacts.reason[rows]
    result: list[tuple[object, ...]] = []
    for k in range(len(rows)):
        answered, arrived = times["answered"][k], times["arrived"][k]
        last = times["ended"][k] or answered or times["left"][k] or arrived
        done = bool(times["ended"][k] or times["left"][k])
        waiting_since = "" if done or answered else arrived
        result.append(
            (
                ids[k], 1, INBOX, int(done), _user(scene, rows[k]), arrived, last, visitor[k], ids[k] - 500, "", last,
                "{}", f"ca000000-0000-4000-8000-{ids[k]:012d}", last, 3, answered, "", waiting_since,
                REASONS[reason[k]].name,
            )
        )  # fmt: skip
    return result


def _user(scene: Scene, row: int) -> str:
    """Return the Chatwoot user behind an agent: 100 + the number in the agent's id."""
    agent = str(scene.agent_id[row])
    return str(100 + int(agent[1:])) if agent else ""


def _bot_conversations(scene: Scene, next_id: int, rows: np.ndarray) -> list[tuple[object, ...]]:
    """Return conversations that the bot kept: pending, nobody assigned, nothing asked of an agent."""
    count = int(PENDING_SHARE * len(rows))
    at = sql_ms(np.sort(scene.rng.choice(scene.world.contacts.arrived[rows], count)) + 7)
    return [
        (
            next_id + k, 1, INBOX, 2, "", at[k], at[k], 8_000_000 + k, next_id + k - 500, "", "", "{}",
            f"ca000000-0000-4000-8000-{next_id + k:012d}", at[k], "", "", "", "", "",
        )
        for k in range(count)
    ]  # fmt: skip


def _messages(
    scene: Scene, rows: np.ndarray, ids: np.ndarray, visitor: np.ndarray, times: dict[str, list[str]]
) -> list[tuple[object, ...]]:
    """Return the messages: question, the bot's greeting, an agent's note, first answer, and thanks."""
    result: list[tuple[object, ...]] = []

    def add(k: int, text: str, kind: int, at: str, by: tuple[str, object], private: str = "f") -> None:
        result.append((90_001 + len(result), text, 1, INBOX, ids[k], kind, at, at, private, 0, "", 0, *by))

    for k, row in enumerate(rows.tolist()):
        contact = ("Contact", visitor[k])
        add(k, "Hola, necesito ayuda", 0, times["arrived"][k], contact)
        add(k, "Enseguida le atendemos", 3, times["arrived"][k], ("", ""))
        if times["answered"][k]:
            agent = ("User", _user(scene, row))
            if row % 6 == 0:
                add(k, "mirando el expediente", 1, times["answered"][k], agent, "t")
            add(k, "Buenos días, dígame", 1, times["answered"][k], agent)
        if times["ended"][k]:
            add(k, "Gracias", 0, times["ended"][k], contact)
            add(k, "Conversation was marked resolved", 2, times["ended"][k], ("", ""))
    return result


def _events(scene: Scene, rows: np.ndarray, ids: np.ndarray, times: dict[str, list[str]]) -> list[tuple[object, ...]]:
    world = scene.world
    arrived = world.contacts.arrived[rows]
    wait, whole = world.answered[rows] - arrived, world.ended[rows] - arrived
    result: list[tuple[object, ...]] = []
    for k, row in enumerate(rows.tolist()):
        marks = (("first_response", "answered", wait[k]), ("conversation_resolved", "ended", whole[k]))
        for name, when, value in marks:
            at = times[when][k]
            if at:
                seconds = round(float(value), 1)
                result.append(
                    (
                        len(result) + 1, name, seconds, 1, INBOX, _user(scene, row), ids[k], at, at, seconds,
                        times["arrived"][k][:19], at[:19],
                    )
                )  # fmt: skip
    return result
