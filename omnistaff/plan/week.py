"""Settings that are one number or follow the hours of the week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Tag

from omnistaff.errors import ConfigError
from omnistaff.timegrid import WeekProfile

NUMBER, WEEK = "<number>", "<week>"  # the two forms; no part of a setting's path, and no key of one
PartShare = Annotated[float, Field(ge=0, lt=1)]
People = Annotated[float, Field(ge=0)]


def _form(value: object) -> str:
    return WEEK if isinstance(value, Mapping) else NUMBER


def _readable(spec: dict[str, float]) -> dict[str, float]:
    try:
        WeekProfile(spec)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return spec


WeekShare = Annotated[
    Annotated[PartShare, Tag(NUMBER)] | Annotated[dict[str, PartShare], AfterValidator(_readable), Tag(WEEK)],
    Discriminator(_form),
]
WeekPeople = Annotated[
    Annotated[People, Tag(NUMBER)] | Annotated[dict[str, People], AfterValidator(_readable), Tag(WEEK)],
    Discriminator(_form),
]
