"""Section ``identity``: who is who."""

from __future__ import annotations

from pydantic import Field

from omnistaff.plan.base import Settings, Share


class ModelLinks(Settings):
    """Probabilistic links between customer profiles (Splink)."""

    enabled: bool = True
    auto_share: Share = Field(0.9, description="links at least this probable join")
    review_share: Share = Field(0.5, description="links between this and auto_share go to review")


class Identity(Settings):
    """How identifiers become customers."""

    default_region: str | None = Field(None, description="ISO country of phone numbers without prefix")
    unique_ids: list[str] = Field(
        ["account", "national_id"], description="kinds of which a customer has one value; they refuse a merge"
    )
    max_unique_ids_per_value: int = Field(
        1, ge=1, description="a value seen with more different unique ids identifies nobody alone"
    )
    blocked_values: list[str] = Field([], description="switchboards, placeholders, own numbers")
    hash_key_env: str | None = Field(None, description="environment variable with the key to hash identifiers")
    model_links: ModelLinks | None = None
