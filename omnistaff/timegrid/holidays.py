"""Public holidays, days kept without being off work, and weekends, by country and region."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from omnistaff.errors import ConfigError


def public_holidays(
    country: str | None, region: str | None, years: Sequence[int], extra: Mapping[dt.date, str] | None = None
) -> dict[dt.date, str]:
    """Return {date: name} of public holidays, observed days included, in date order.

    *extra* adds days of the planner's own. ConfigError for an unknown country or region.
    """
    found: dict[dt.date, str] = {}
    if country:
        import holidays

        try:
            found = dict(holidays.country_holidays(country, subdiv=region, years=list(years)))
        except NotImplementedError as error:
            where = country if region is None else f"{country}/{region}"
            raise ConfigError(f"calendar: no holidays are known for {where}: {error}") from error
    found.update(extra or {})
    return dict(sorted(found.items()))


def minor_holidays(country: str | None, years: Sequence[int]) -> dict[dt.date, str]:
    """Return {date: name} of days that a country keeps without being off work by law (half-holy days, Purim ...)."""
    if not country:
        return {}
    import holidays

    known = holidays.country_holidays(country)
    if "optional" not in known.supported_categories:
        return {}
    return dict(sorted(holidays.country_holidays(country, years=list(years), categories=("optional",)).items()))


def weekend(country: str | None) -> tuple[int, ...]:
    """Return the weekdays (0 = Monday) of a country's weekend in their order, Saturday and Sunday if unknown."""
    import holidays

    return tuple(sorted(holidays.country_holidays(country or "US").weekend)) or (6,)
