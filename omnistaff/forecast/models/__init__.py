"""The models by name, one file each behind one protocol."""

from __future__ import annotations

from collections.abc import Callable

from omnistaff.errors import ConfigError
from omnistaff.forecast.models.base import Model
from omnistaff.forecast.models.baselines import LikeDays, RecentDays, SeasonalNaive
from omnistaff.forecast.models.blend import Blend
from omnistaff.forecast.models.boosting import Boosting
from omnistaff.forecast.models.combine import Combine
from omnistaff.forecast.models.day_vectors import DayVectors
from omnistaff.forecast.models.glm import Glm
from omnistaff.forecast.models.mstl import Ets, Mstl
from omnistaff.forecast.models.profile import Profile
from omnistaff.forecast.models.prophet import ProphetModel

MODELS: dict[str, Callable[[], Model]] = {
    "seasonal_naive": SeasonalNaive,
    "like_days": LikeDays,
    "recent_days": RecentDays,
    "profile": Profile,
    "day_vectors": DayVectors,
    "blend": Blend,
    "combine": Combine,
    "glm": Glm,
    "ets": Ets,
    "mstl": Mstl,
    "prophet": ProphetModel,
    "prophet_default": lambda: ProphetModel("prophet_default", tuned=False),
    "boosting": Boosting,
}

#: Raced when the plan says ``models: auto``: quick ones that never fail.
AUTO = ("blend", "profile", "day_vectors", "like_days", "recent_days", "seasonal_naive")
BASELINE = "seasonal_naive"
DEFAULT = "blend"


def get_model(name: str) -> Model:
    """Return the model called *name*; ConfigError when there is none."""
    if name not in MODELS:
        raise ConfigError(f"forecast.models: {name!r} is unknown, expected auto or some of {', '.join(MODELS)}")
    return MODELS[name]()


__all__ = ["AUTO", "BASELINE", "DEFAULT", "MODELS", "Model", "get_model"]
