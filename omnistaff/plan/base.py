"""What every section of a plan shares: frozen settings, unknown keys refused, a few bounded types."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from omnistaff.errors import ConfigError
from omnistaff.timegrid import zone

Share = Annotated[float, Field(ge=0, le=1)]
PositiveShare = Annotated[float, Field(gt=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]
Clock = Annotated[str, Field(pattern=r"^([01]?\d|2[0-4]):[0-5]\d$", description="local time of day, HH:MM")]


def _known_zone(name: str) -> str:
    try:
        zone(name)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone), Field(description="IANA time zone")]


class Settings(BaseModel):
    """Frozen settings; a key that is not a field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)
