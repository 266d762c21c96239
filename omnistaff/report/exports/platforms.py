"""Plans in the layouts of other workforce systems: Amazon Connect's forecast override, Genesys Cloud's history."""

from __future__ import annotations

import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan, Queue
from omnistaff.tables.files import Workspace

CONNECT = [
    "QueueName", "QueueId", "ChannelType", "TimeStamp", "IntervalDuration", "IncomingContactVolume",
    "AverageHandleTime",
]  # fmt: skip
GENESYS = [
    "Interval Start UTC Date", "Queue", "Media Type", "Skill Set", "Language", "Offered", "Interactions Handled",
    "Total Handle Time",
]  # fmt: skip
CONNECT_MINUTES = (15, 30)
_MEDIA = {
    "voice": "Voice", "callback": "Callback", "web_chat": "Chat", "email": "Email", "form": "Email",
    "ticket": "Email",
}  # fmt: skip


def connect_override(work: Workspace, plan: Plan) -> pd.DataFrame | None:
    """Return the forecast as Amazon Connect takes it back, or None where it cannot.

    The platform knows voice and chat in intervals of 15 or 30 minutes, whole contacts and whole seconds; deferred
    queues are left out. Volumes are rounded so that each day's sum stays right. Queue ids come from
    ``report.connect_queue_ids``.
    """
    kinds = {queue.name: _connect_channel(queue) for queue in plan.queues if queue.mode != "deferred"}
    forecast = work.read("forecast")
    forecast = forecast[forecast["queue"].isin(list(kinds))].sort_values(
        ["queue", "interval_start"], ignore_index=True
    )
    if plan.interval_minutes not in CONNECT_MINUTES or forecast.empty:
        return None
    running = forecast.groupby("queue")["mean"].cumsum().round()
    volume = running.groupby(forecast["queue"]).diff().fillna(running).astype("int64")
    columns = {
        "QueueName": forecast["queue"],
        "QueueId": [plan.report.connect_queue_ids.get(name, "") for name in forecast["queue"]],
        "ChannelType": forecast["queue"].map(kinds),
        "TimeStamp": timegrid.written(forecast["interval_start"], "%Y-%m-%dT%H:%M:%S.000Z"),
        "IntervalDuration": f"{plan.interval_minutes}mins",
        "IncomingContactVolume": volume,
        "AverageHandleTime": forecast["handle_s"].round().astype("int64"),
    }
    return pd.DataFrame(columns, columns=CONNECT)


def _connect_channel(queue: Queue) -> str:
    return "CHAT" if queue.mode == "messaging" else "VOICE"


def genesys_history(work: Workspace, plan: Plan) -> pd.DataFrame:
    """Return cleaned history as Genesys Cloud's workforce management takes it; handle time is a sum in seconds."""
    demand = work.read("demand")
    demand = demand[(demand["offered"] > 0) & ~demand["is_outlier"]].sort_values(["interval_start", "queue"])
    media = {queue.name: _media_type(queue) for queue in plan.queues}
    columns = {
        "Interval Start UTC Date": timegrid.written(demand["interval_start"], "%Y-%m-%dT%H:%M:%SZ"),
        "Queue": demand["queue"],
        "Media Type": demand["queue"].map(media),
        "Skill Set": "",
        "Language": "",
        "Offered": demand["offered"].round().astype("int64"),
        "Interactions Handled": demand["handled"].round().astype("int64"),
        "Total Handle Time": (demand["handled"] * demand["handle_s"].fillna(0)).round().astype("int64"),
    }
    return pd.DataFrame(columns, columns=GENESYS).reset_index(drop=True)


def _media_type(queue: Queue) -> str:
    channels = queue.contacts.get("channel", [])
    if channels and channels[0] in _MEDIA:
        return _MEDIA[channels[0]]
    return {"live": "Voice", "messaging": "Message", "deferred": "Email"}[queue.mode]
