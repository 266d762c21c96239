"""What was read, in a few figures."""

from __future__ import annotations

from omnistaff.tables import ContactLog, Figure, People


def describe(log: ContactLog, people: People) -> list[Figure]:
    """Return contacts, sources, span, rejects, open contacts and people as headline figures."""
    contacts = log.contacts
    n, rejected = len(contacts), len(log.rejects)
    demand = int(contacts["is_demand"].sum())
    figures = [
        Figure("contacts", n, "", f"{n:,} contacts from {contacts['source'].nunique()} source(s)"),
        Figure("demand_contacts", demand, "", f"{demand:,} of them are customers' demand"),
        Figure("rejects", rejected, "", f"{rejected:,} rows rejected, each with file, row and reason"),
        Figure("agents", len(people.agents), "", f"{len(people.agents):,} agents"),
    ]
    if n:
        first, last = contacts["arrived_at"].min(), contacts["arrived_at"].max()
        days = (last - first).total_seconds() / 86_400
        figures.append(Figure("days", days, "d", f"{days:.0f} days from {first:%Y-%m-%d} to {last:%Y-%m-%d}"))
        for channel, count in contacts["channel"].value_counts().sort_index().items():
            figures.append(Figure(f"contacts_{channel}", float(count), "", f"{count:,} by {channel}"))
    return figures
