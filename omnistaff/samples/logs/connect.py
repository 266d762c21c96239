"""The cloud contact centre of the accounts line: Amazon Connect contact records, one JSON object a line."""

from __future__ import annotations

import uuid

import numpy as np

from omnistaff.samples.logs.scene import Scene, one_line
from omnistaff.samples.people import pick_customers
from omnistaff.samples.stamps import iso_z
from omnistaff.samples.traces import shown_number
from omnistaff.samples.world import REASONS

ARN = "arn:aws:connect:eu-west-2:111122223333:instance/00000000-0000-4000-8000-00000000c0de"
QUEUE_ARN = f"{ARN}/queue/10000000-0000-4000-8000-00000000000"
#: Shares: callers the menu knows by account, calls that end in the menu, records delivered twice, transfers.
KNOWN_SHARE, MENU_SHARE, TWICE_SHARE, TRANSFER_SHARE = 0.60, 0.06, 0.03, 0.02
MENU_S = 25.0


def write_connect(scene: Scene) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Return (positions, contact ids, calls that ended in the menu); write ``connect/<month>.jsonl``.

    A transfer is a second record that points back to the first, whose id is the contact's.
    """
    world, rng = scene.world, scene.rng
    rows = world.rows_of("accounts-voice")
    ids = _ids(len(rows), rng)
    customer = world.contacts.customer[rows]
    number = shown_number(world.people, customer, world.contacts.arrived[rows], rng)
    known = rng.random(len(rows)) < KNOWN_SHARE
    twice, moved = rng.random(len(rows)) < TWICE_SHARE, rng.random(len(rows)) < TRANSFER_SHARE
    times = _stamps(scene, rows)
    records: list[tuple[str, str]] = []
    for k, row in enumerate(rows.tolist()):
        record = _record(str(ids[k]), int(number[k]), {name: stamps[k] for name, stamps in times.items()})
        told = {"reason": REASONS[world.contacts.reason[row]].name}
        if known[k]:
            told["account"] = str(world.people.account[customer[k]])
        record["Attributes"] = told
        versions = _handled(record, row, scene, bool(moved[k]))
        records += [(times["left_menu"][k], one_line(r)) for r in versions]
        if twice[k]:
            records.append((times["left_menu"][k], one_line(versions[0])))
    menu, menu_records = _menu_calls(scene, len(rows))
    records += menu_records
    _write(scene, records)
    return rows, ids, menu


def _ids(count: int, rng: np.random.Generator) -> np.ndarray:
    return np.array([str(uuid.UUID(bytes=rng.bytes(16), version=4)) for _ in range(count)])


def _stamps(scene: Scene, rows: np.ndarray) -> dict[str, list[str]]:
    """Return the times of each call as the records spell them."""
    world = scene.world
    arrived = np.floor(world.contacts.arrived[rows])
    answered, left = np.floor(world.answered[rows]), np.floor(world.left[rows])
    queue_end = np.fmin(answered, left)
    talk_end = np.floor(world.ended[rows])
    return {
        "initiated": iso_z(arrived - MENU_S),
        "enqueued": iso_z(arrived),
        "left_menu": iso_z(arrived),
        "dequeued": iso_z(queue_end),
        "ended": iso_z(talk_end),
        "gone": iso_z(np.where(np.isnan(talk_end), left, talk_end)),
        "updated": iso_z(np.where(np.isnan(talk_end), left, talk_end) + 60),
        "waited": (queue_end - arrived).tolist(),
    }


def _record(contact_id: str, number: int, times: dict[str, str]) -> dict[str, object]:
    """Return a record of a queued voice call that nobody has answered."""
    waited = times["waited"]
    return {
        "AWSAccountId": "111122223333",
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "Agent": None,
        "AgentConnectionAttempts": 0,
        "AnsweringMachineDetectionStatus": None,
        "Attributes": {},
        "Campaign": {"CampaignId": None},
        "Channel": "VOICE",
        "ConnectedToSystemTimestamp": times["initiated"],
        "ContactDetails": {},
        "ContactId": contact_id,
        "CustomerEndpoint": {"Address": f"+34{number}", "Type": "TELEPHONE_NUMBER"} if number > 0 else None,
        "DisconnectReason": "CUSTOMER_DISCONNECT" if times["gone"] else None,
        "DisconnectTimestamp": times["gone"] or None,
        "InitialContactId": None,
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": times["initiated"],
        "InstanceARN": ARN,
        "LastUpdateTimestamp": times["updated"] or times["enqueued"],
        "MediaStreams": [{"Type": "AUDIO"}],
        "NextContactId": None,
        "PreviousContactId": None,
        "Queue": {
            "ARN": f"{QUEUE_ARN}1",
            "DequeueTimestamp": times["dequeued"] or None,
            "Duration": int(waited) if waited == waited else None,
            "EnqueueTimestamp": times["enqueued"],
            "Name": "accounts",
        },
        "Recording": None,
        "Recordings": None,
        "References": [],
        "ScheduledTimestamp": None,
        "SystemEndpoint": {"Address": "+34910000000", "Type": "TELEPHONE_NUMBER"},
        "TransferCompletedTimestamp": None,
        "TransferredToEndpoint": None,
        "VoiceIdResult": None,
    }


def _handled(record: dict[str, object], row: int, scene: Scene, is_moved: bool) -> list[dict[str, object]]:
    """Return the record as answered; two records for a call handed on to a second agent."""
    world = scene.world
    if world.duty_number[row] < 0:
        return [record]
    effort = int(world.agent_s[row])
    after = int(0.15 * effort)
    hold = int(0.1 * effort) if row % 5 == 0 else 0
    talk = effort - after - hold
    end = world.answered[row] + talk + hold
    first = record | _agent(str(scene.agent_id[row]), int(world.answered[row]), (talk, hold, after))
    first["DisconnectTimestamp"] = _stamp(end)
    first["LastUpdateTimestamp"] = _stamp(end + after + 60)
    if not is_moved or talk < 120:
        return [first]
    half = talk // 2
    moved_at = world.answered[row] + half
    second_id = str(uuid.uuid5(uuid.NAMESPACE_OID, str(record["ContactId"])))
    second = first | _agent(_colleague(scene, row), int(moved_at) + 5, (talk - half, hold, after))
    second |= {
        "ContactId": second_id,
        "InitiationMethod": "TRANSFER",
        "InitialContactId": record["ContactId"],
        "PreviousContactId": record["ContactId"],
        "InitiationTimestamp": _stamp(moved_at),
        "Queue": {
            "ARN": f"{QUEUE_ARN}2", "DequeueTimestamp": _stamp(moved_at + 5), "Duration": 5,
            "EnqueueTimestamp": _stamp(moved_at), "Name": "accounts-senior",
        },
    }  # fmt: skip
    first |= _agent(str(scene.agent_id[row]), int(world.answered[row]), (half, 0, 0))
    first |= {
        "NextContactId": second_id,
        "DisconnectReason": "CONTACT_FLOW_DISCONNECT",
        "DisconnectTimestamp": _stamp(moved_at),
        "LastUpdateTimestamp": _stamp(moved_at + 60),
    }
    return [first, second]


def _colleague(scene: Scene, row: int) -> str:
    """Return another agent of the line: whoever took a call around then."""
    mine = scene.agent_id[row]
    nearby = scene.agent_id[max(row - 60, 0) : row + 60]
    same_line = scene.world.contacts.line[max(row - 60, 0) : row + 60] == scene.world.contacts.line[row]
    others = nearby[same_line & (nearby != mine) & (nearby != "")]
    return str(others[row % len(others)]) if len(others) else str(mine)


def _agent(agent_id: str, connected: int, work: tuple[int, int, int]) -> dict[str, object]:
    talk, hold, after = work
    end = connected + talk + hold
    return {
        "AgentConnectionAttempts": 1,
        "Agent": {
            "ARN": f"{ARN}/agent/20000000-0000-4000-8000-{agent_id}",
            "AfterContactWorkDuration": after,
            "AfterContactWorkEndTimestamp": _stamp(end + after),
            "AfterContactWorkStartTimestamp": _stamp(end),
            "AgentInteractionDuration": talk,
            "ConnectedToAgentTimestamp": _stamp(connected),
            "CustomerHoldDuration": hold,
            "HierarchyGroups": None,
            "LongestHoldDuration": hold,
            "NumberOfHolds": int(hold > 0),
            "RoutingProfile": {
                "ARN": f"{ARN}/routing-profile/30000000-0000-4000-8000-000000000001",
                "Name": "Accounts",
            },
            "Username": agent_id,
        },
    }


def _stamp(seconds: float) -> str:
    return f"{np.datetime64(int(seconds), 's')}Z"


def _menu_calls(scene: Scene, calls: int) -> tuple[dict[str, np.ndarray], list[tuple[str, str]]]:
    """Return (the calls that never left the menu, their records): balance enquiries served without an agent."""
    world, rng = scene.world, scene.rng
    rows = rng.choice(world.rows_of("accounts-voice"), int(MENU_SHARE * calls), replace=False)
    arrived = world.contacts.arrived[rows] + rng.uniform(0, 900, len(rows))
    names = np.full(len(rows), "accounts-voice")
    customer = pick_customers(world.people, names, np.zeros(len(rows), dtype=bool), rng)
    ids = _ids(len(rows), rng)
    number = shown_number(world.people, customer, arrived, rng)
    start, end = iso_z(arrived), iso_z(arrived + rng.uniform(20, 90, len(rows)))
    records = []
    for k in range(len(rows)):
        times = {"initiated": start[k], "enqueued": start[k], "dequeued": end[k], "gone": end[k], "updated": end[k]}
        record = _record(str(ids[k]), int(number[k]), times | {"waited": "0"})
        record |= {"Queue": None, "Attributes": {"reason": "account_balance"}}
        records.append((start[k], one_line(record)))
    return {"contact_id": ids, "customer": customer, "arrived": arrived}, records


def _write(scene: Scene, records: list[tuple[str, str]]) -> None:
    """Write the records by month, each file with one record that was cut off in delivery."""
    records.sort(key=lambda item: item[0])
    month = np.array([at[:7] for at, _ in records])
    lines = np.array([text for _, text in records], dtype=object)
    for name in np.unique(month):
        chosen = lines[month == name].tolist()
        scene.write_lines(f"connect/{name}.jsonl", [*chosen, str(chosen[0])[: len(str(chosen[0])) // 2]])
