"""Section ``identity``: who is who."""

from __future__ import annotations

import difflib
from typing import Literal

from pydantic import Field, field_validator, model_validator

from omnistaff.plan.base import Settings, Share

#: Kinds of identifiers with rules of their own; a plan may use others, so only near misses are taken for mistakes.
KINDS = (
    "account", "national_id", "order", "handle", "email", "phone", "device", "name", "given_name", "surname",
    "second_surname", "postcode", "birth_date", "address", "city", "state", "gender", "occupation", "language",
)  # fmt: skip
Comparison = Literal["name", "text", "code", "date", "category", "near", "matters"]


class ModelLinks(Settings):
    """Probabilistic links: between customer profiles (Splink), and over values that several people use."""

    enabled: bool = True
    comparisons: dict[str, Comparison] = Field(
        {
            "given_name": "name", "surname": "name", "second_surname": "name", "birth_date": "date",
            "postcode": "code", "city": "category", "address": "text", "state": "category", "gender": "category",
            "occupation": "category", "email": "near", "matters": "matters",
        },
        description="part of a profile: how it is compared; parts that the data lack are left out",
    )  # fmt: skip
    blocking: list[list[str]] | None = Field(
        None,
        description="profiles are compared when all parts of one entry agree; null: parts that few profiles share",
    )
    pairs_per_profile: float = Field(5, gt=0, description="the most pairs a profile that an entry found so may make")
    matter_days: float = Field(3, gt=0, description="contacts on one reason this close may be one matter")
    training_pairs: int = Field(200_000, ge=1_000, description="random pairs from which chance agreement is learnt")
    auto_share: Share = Field(0.9, description="links at least this probable join")
    review_share: Share = Field(0.5, description="links between this and auto_share go to review")
    most_users: int = Field(
        20,
        ge=0,
        description="a shared value of so many known users may link a contact to its likeliest one; 0: never",
    )

    @model_validator(mode="after")
    def _review_comes_first(self) -> ModelLinks:
        if self.review_share > self.auto_share:
            raise ValueError(
                f"review_share is {self.review_share}, above auto_share {self.auto_share}: links from review_share up"
                " to auto_share wait for a person, so it must be the smaller one"
            )
        return self


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
        [
            "name", "given_name", "surname", "second_surname", "postcode", "birth_date", "address", "city", "state",
            "gender", "occupation", "language",
        ],
        description="kinds that describe a customer and link nobody by themselves",
    )  # fmt: skip
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
    model_links: ModelLinks = Field(ModelLinks(), description="links between profiles and over shared values")

    @field_validator("default_region")
    @classmethod
    def _is_a_region(cls, region: str | None) -> str | None:
        from phonenumbers import SUPPORTED_REGIONS

        if region is not None and region.upper() not in SUPPORTED_REGIONS:
            raise ValueError(f"{region!r} is no country, expected its ISO code of two letters, such as ES or CO")
        return region

    @field_validator("unique_ids", "priority", "descriptive")
    @classmethod
    def _are_kinds(cls, kinds: list[str]) -> list[str]:
        for kind in kinds:
            near = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0.8)
            if near and kind not in KINDS and not kind.startswith("handle:"):
                raise ValueError(f"{kind!r} is no kind of identifier, did you mean {near[0]}?")
        return kinds
