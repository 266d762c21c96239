"""Who is who: identifiers to customers, with evidence that can be undone."""

from omnistaff.identity.decide import explain, keep_apart, link_contacts, revoke_edge, split_customer
from omnistaff.identity.erase import erase_customer, suppress
from omnistaff.identity.figures import describe
from omnistaff.identity.find import find_customers
from omnistaff.identity.protect import hash_identifiers
from omnistaff.identity.quality import score_customers
from omnistaff.identity.resolve import resolve, resolve_identities
from omnistaff.identity.views import two_views

__all__ = [
    "describe", "erase_customer", "explain", "find_customers", "hash_identifiers", "keep_apart", "link_contacts",
    "resolve", "resolve_identities", "revoke_edge", "score_customers", "split_customer", "suppress",
    "two_views",
]  # fmt: skip
