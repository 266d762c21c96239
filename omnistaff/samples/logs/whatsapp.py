"""WhatsApp: Cloud API webhooks, one JSON object a line; what we sent shows only as statuses."""

from __future__ import annotations

import numpy as np

from omnistaff.samples.logs.scene import Scene, one_line
from omnistaff.samples.traces import full_names
from omnistaff.samples.world import REASONS

OWN = {"display_phone_number": "34910000001", "phone_number_id": "100000000000001"}
#: Customers who write under a user name: no phone in their webhooks.
USERNAME_SHARE = 0.08
HEAD = '{"object":"whatsapp_business_account","entry":[{"id":"200000000000001","changes":[{"value":'
TAIL = ',"field":"messages"}]}]}'


def write_whatsapp(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return (positions, id of the first message of each conversation); write ``whatsapp/<month>.jsonl``."""
    world, rng = scene.world, scene.rng
    rows = world.rows_of("whatsapp")
    ids = np.array([f"wamid.D{k:07d}00" for k in range(len(rows))])
    customer = world.contacts.customer[rows]
    number = world.people.mobile_at(customer, world.contacts.arrived[rows])
    by_name = (customer * 2654435761 % 1000) < 1000 * USERNAME_SHARE
    names = full_names(world.people, customer, rng)
    more = rng.poisson(1.1, len(rows)), rng.poisson(0.5, len(rows)) + 2
    events: list[tuple[float, str]] = []
    for k, row in enumerate(rows.tolist()):
        person = _person(str(names[k]), int(number[k]), int(customer[k]) if by_name[k] else -1)
        own, ours = int(more[0][k]), int(more[1][k])
        events += _conversation(str(ids[k]), person, row, (own, ours), scene)
    events.sort()
    month = scene.months(np.array([at for at, _ in events]))
    lines = np.array([text for _, text in events], dtype=object)
    for name in np.unique(month):
        chosen = lines[month == name].tolist()
        scene.write_lines(f"whatsapp/{name}.jsonl", [*chosen, str(chosen[-1])[:140]])
    return rows, ids


def _person(name: str, number: int, customer: int) -> tuple[dict[str, object], dict[str, str], str]:
    """Return (the webhook's contact, the sender of its messages, the recipient of our answers)."""
    if customer < 0:
        wa_id = f"34{number}"
        return {"profile": {"name": name}, "wa_id": wa_id}, {"from": wa_id}, wa_id
    user_id = f"ES.1349{customer:016d}"
    username = f"{name.split(' ')[0].lower()}{customer}"
    return {"profile": {"name": name, "username": username}, "user_id": user_id}, {"from_user_id": user_id}, user_id


def _conversation(
    first_id: str,
    person: tuple[dict[str, object], dict[str, str], str],
    row: int,
    more: tuple[int, int],
    scene: Scene,
) -> list[tuple[float, str]]:
    """Return the webhooks of one conversation: the customer's messages, and statuses of our answers."""
    world = scene.world
    profile, sender, recipient = person
    start = world.contacts.arrived[row]
    topic = REASONS[world.contacts.reason[row]].name
    events: list[tuple[float, str]] = [(start, _message(profile, sender, first_id, start, _choice(topic)))]
    if world.duty_number[row] < 0:
        return events
    answered, ended = world.answered[row], min(world.ended[row], world.last_second)
    for j in range(more[1]):
        at = answered + (ended - answered) * j / (more[1] - 1)
        events.append((at, _status(recipient, f"{first_id}s{j}", at, "sent")))
    events.append((answered + 20, _status(recipient, f"{first_id}s0", answered + 20, "read")))
    for j in range(more[0]):
        at = answered + (ended - answered) * (j + 0.5) / more[0]
        text: dict[str, object] = {"type": "text", "text": {"body": "Gracias" if j == more[0] - 1 else "De acuerdo"}}
        events.append((at, _message(profile, sender, f"{first_id}m{j}", at, text)))
    return [(at, text) for at, text in events if at < world.last_second]


def _choice(topic: str) -> dict[str, object]:
    """Return a message that picks an entry of the welcome menu."""
    reply = {"type": "list_reply", "list_reply": {"id": topic, "title": topic.replace("_", " ")}}
    return {"type": "interactive", "interactive": reply}


def _message(profile: dict[str, object], sender: dict[str, str], key: str, at: float, body: dict[str, object]) -> str:
    message = {**sender, "id": key, "timestamp": str(int(at)), **body}
    return _hook({"contacts": [profile], "messages": [message]})


def _status(recipient: str, key: str, at: float, status: str) -> str:
    entry = {"id": key, "status": status, "timestamp": str(int(at)), _recipient(recipient): recipient}
    return _hook({"statuses": [entry]})


def _recipient(recipient: str) -> str:
    """Return the key that names a recipient: a number, or the business-scoped id of a user name."""
    return "recipient_id" if recipient.isdigit() else "recipient_user_id"


def _hook(value: dict[str, object]) -> str:
    whole: dict[str, object] = {"messaging_product": "whatsapp", "metadata": OWN, **value}
    return HEAD + one_line(whole) + TAIL
