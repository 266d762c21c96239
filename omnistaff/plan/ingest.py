"""Section ``ingest``: which logs to load and how to read them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from omnistaff.plan.base import Seconds, Settings, ZoneName


class Source(Settings):
    """One entry of ``ingest``: files of one format from one system."""

    reader: str = Field(description="name of the format, see `omnistaff readers`")
    path: str | list[str] = Field(description="file, folder or pattern, relative to the plan")
    name: str | None = Field(None, description="name of the source in tables; the reader's name if not given")
    time_zone: ZoneName | None = Field(None, description="IANA zone of stamps that carry none")
    ambiguous: Literal["order", "first", "second", "reject"] = Field(
        "order", description="how stamps in the repeated autumn hour are resolved"
    )
    channel: str | None = Field(None, description="channel of all rows, where the format does not say")
    queue: str | None = Field(None, description="queue of all rows, where the format does not say")
    site: str | None = Field(None, description="site of all rows")
    columns: dict[str, str] = Field({}, description="our column: the file's column")
    values: dict[str, dict[str, str]] = Field({}, description="our column: {the file's value: our value}")
    time_format: str | None = Field(None, description="strptime format of stamps; ISO 8601 if not given")
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    delimiter: str | None = Field(None, description="column separator; found from the header if not given")
    encoding: str = "utf-8"
    session_gap_minutes: float = Field(1440, gt=0, description="silence that ends a conversation of messages")
    concurrency: float = Field(1, ge=1, description="conversations an agent works at once, to derive effort")
    assumed_effort_s: Seconds | None = Field(None, description="agent's time where the log has none")
    short_abandon_s: Seconds = Field(5, description="leaving before this counts as a short abandon")
