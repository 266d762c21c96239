"""Who is who: identifiers to customers, with evidence that can be undone."""

from omnistaff.identity.figures import describe
from omnistaff.identity.resolve import resolve, resolve_identities

__all__ = ["describe", "resolve", "resolve_identities"]
