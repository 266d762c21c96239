"""Two independent views of who is who, to learn how much neither of them sees."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.identity.cluster import components
from omnistaff.identity.evidence import gather, judge, tie
from omnistaff.plan import Plan
from omnistaff.tables import Contacts, Identifiers


def two_views(contacts: DataFrame[Contacts], identifiers: DataFrame[Identifiers], plan: Plan) -> pd.DataFrame:
    """Return contact_id, by_unique and by_other: customers by unique ids alone, and by all else alone."""
    settings = plan.identity
    ordered = contacts[["contact_id", "arrived_at"]].sort_values(["arrived_at", "contact_id"], ignore_index=True)
    evidence = gather(ordered["contact_id"], identifiers, settings)
    judged = judge(evidence, settings)
    ties = tie(evidence, judged, settings)
    is_unique = judged["kind"].isin(settings.unique_ids).to_numpy(dtype=bool)[ties["value"].to_numpy()]
    nodes = evidence.contacts + (int(ties["node"].max()) + 1 if len(ties) else 0)
    left, right = ties["contact"].to_numpy(), evidence.contacts + ties["node"].to_numpy()
    views = {
        name: components(nodes, left[chosen], right[chosen])[: evidence.contacts]
        for name, chosen in (("by_unique", is_unique), ("by_other", ~is_unique))
    }
    return pd.DataFrame({"contact_id": ordered["contact_id"], **views}).astype(dict.fromkeys(views, np.int64))
