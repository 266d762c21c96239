"""Section ``ingest``: which logs to load and how to read them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from omnistaff.plan.base import Seconds, Settings, ZoneName
from omnistaff.plan.presets import PRESETS


class Source(Settings):
    """One entry of ``ingest``: files of one format from one system."""

    reader: str = Field(description="name of the format, see `omnistaff readers`")
    path: str | list[str] = Field(
        description="file, folder or pattern, relative to the plan; sql: the database's URL"
    )
    name: str | None = Field(None, description="name of the source in tables; the reader's name if not given")
    preset: str | None = Field(None, description="known file: fills columns, values and stamps; own keys win")
    time_zone: ZoneName | None = Field(None, description="IANA zone of stamps that carry none")
    ambiguous: Literal["order", "first", "second", "reject"] = Field(
        "order", description="how stamps in the repeated autumn hour are resolved"
    )
    channel: str | None = Field(None, description="channel of all rows, where the format does not say")
    queue: str | None = Field(None, description="queue of all rows, where the format does not say")
    site: str | None = Field(None, description="site of all rows")
    columns: dict[str, str] = Field(
        {}, description="our column or identifier kind: the file's column, dotted path, 'a + b' or 'a | b'"
    )
    values: dict[str, dict[str, str]] = Field({}, description="our column: {the file's value: our value}")
    empty: dict[str, list[str]] = Field({}, description="the file's column: values that mean nothing is there")
    time_format: str | None = Field(
        None, description="strptime format of stamps, or epoch_s, epoch_ms; ISO 8601 if not given"
    )
    duration_unit: Literal["s", "ms", "min"] = Field("s", description="unit of durations written as plain numbers")
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    delimiter: str | None = Field(None, description="column separator; found from the header if not given")
    header: list[str] = Field([], description="column names of a file without a header line")
    encoding: str = "utf-8"
    query: str | None = Field(None, description="sql: the query whose rows are read")
    own_addresses: list[str] = Field(
        [], description="addresses or ids that are ours: mail, X; domains as @example.org"
    )
    session_gap_minutes: float = Field(1440, gt=0, description="silence that ends a conversation of messages")
    concurrency: float = Field(1, ge=1, description="conversations an agent works at once, to derive effort")
    assumed_effort_s: Seconds | None = Field(None, description="agent's time where the log has none")
    after_contact_s: Seconds = Field(0, description="after-contact work to add where the format records none")
    short_abandon_s: Seconds = Field(5, description="leaving before this counts as a short abandon")

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, given: Any) -> Any:
        name = given.get("preset") if isinstance(given, dict) else None
        if name is None:
            return given
        if name not in PRESETS:
            raise ValueError(f"preset: {name!r} is unknown, expected one of {', '.join(sorted(PRESETS))}")
        return {**PRESETS[name], **given}

    @property
    def label(self) -> str:
        """The name of the source in tables."""
        return self.name or self.reader
