"""Section ``identity``: who is who."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from omnistaff.plan.base import Settings, Share

Comparison = Literal["name", "text", "code", "date", "category", "matters"]


class ModelLinks(Settings):
    """Probabilistic links between customer profiles (Splink)."""

    enabled: bool = True
    comparisons: dict[str, Comparison] = Field(
        {
            "given_name": "name", "surname": "name", "second_surname": "name", "birth_date": "date",
            "postcode": "code", "city": "category", "address": "text", "matters": "matters",
        },
        description="part of a profile: how it is compared; parts that the data lack are left out",
    )  # fmt: skip
    blocking: list[list[str]] = Field(
        [
            ["given_key", "surname"], ["given_key", "second_surname"], ["surname", "second_surname"],
            ["given_key", "birth_date"], ["surname", "birth_date"], ["surname", "postcode"],
            ["given_name", "postcode"], ["birth_date", "postcode"], ["birth_date", "city"], ["address", "postcode"],
            ["address", "city"],
        ],
        description="profiles are compared when all parts of one entry agree",
    )  # fmt: skip
    matter_days: float = Field(3, gt=0, description="contacts on one reason this close may be one matter")
    training_pairs: int = Field(200_000, ge=1_000, description="random pairs from which chance agreement is learnt")
    auto_share: Share = Field(0.9, description="links at least this probable join")
    review_share: Share = Field(0.5, description="links between this and auto_share go to review")


class Identity(Settings):
    """How identifiers become customers."""

    default_region: str | None = Field(None, description="ISO country of phone numbers without prefix")
    unique_ids: list[str] = Field(
        ["account", "national_id"], description="kinds of which a customer has one value; they refuse a merge"
    )
    priority: list[str] = Field(
        ["account", "national_id", "order", "handle", "email", "phone", "device"],
        description="kinds of evidence, best first; `handle` stands for every platform, other kinds come last",
    )
    descriptive: list[str] = Field(
        ["name", "given_name", "surname", "postcode", "birth_date", "address", "city", "language"],
        description="kinds that describe a customer and link nobody by themselves",
    )
    max_unique_ids_per_value: int = Field(
        1, ge=1, description="a value seen with more different unique ids identifies nobody alone"
    )
    max_names_per_value: int = Field(
        1, ge=1, description="a value seen with more different given names identifies nobody alone"
    )
    blocked_values: list[str] = Field([], description="switchboards, placeholders, own numbers")
    hash_key_env: str | None = Field(
        None, description="environment variable with the key by which `omnistaff ingest` and `run` hash identifiers"
    )
    model_links: ModelLinks | None = None
