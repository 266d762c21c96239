"""Headline figures of who is who."""

from __future__ import annotations

from omnistaff.identity.quality import size_profile
from omnistaff.tables import Figure, Resolution


def describe(resolution: Resolution) -> list[Figure]:
    """Return the headline figures: customers, contacts each, linked share, refusals and barred values."""
    identities, events = resolution.identities, resolution.events
    contacts = len(identities)
    customers = identities["customer_id"].nunique()
    largest = int(identities["customer_id"].value_counts().max()) if contacts else 0
    single = float((identities["rule"] == "single").mean()) if contacts else 0.0
    refused = int((events["kind"] == "refuse").sum())
    barred = int((events["kind"] == "block").sum())
    review = len(resolution.review)
    sizes = size_profile(identities["customer_id"])
    once = float(sizes.loc[sizes["largest_size"] == 1, "customers"].sum()) / max(customers, 1)
    profile = ", ".join(
        f"{_span(upper)}: {count / customers:.1%}"
        for upper, count in zip(sizes["largest_size"].tolist(), sizes["customers"].tolist(), strict=True)
    )
    return [
        Figure("customers", customers, "", f"{customers:,} customers in {contacts:,} contacts"),
        Figure("linked_share", 1 - single, "", f"{1 - single:.1%} of contacts linked to another contact"),
        Figure("largest_customer", largest, "contacts", f"the largest customer has {largest:,} contacts"),
        Figure("single_contact_customers", once, "", f"customers by their contacts: {profile}"),
        Figure("refused_links", refused, "", f"{refused:,} links refused because two unique ids would meet"),
        Figure("shared_values", barred, "", f"{barred:,} values identify nobody alone (shared or placeholders)"),
        Figure("links_to_review", review, "", f"{review:,} likely links wait for a person"),
    ]


def _span(upper: int) -> str:
    """Return the sizes that a class of ``size_profile`` stands for."""
    return str(upper) if upper <= 2 else f"{upper // 2 + 1} to {upper}"
