"""Looking customers up by anything that is known of them."""

from __future__ import annotations

import pandas as pd

from omnistaff.identity.normalise import normalise
from omnistaff.plan import Identity

TAIL = 4


def find_customers(query: str, identities: pd.DataFrame, identifiers: pd.DataFrame, settings: Identity) -> list[str]:
    """Return the ids of the customers that *query* may mean, those with most contacts under it first.

    *query* is a customer id, a contact id, or a phone, e-mail, handle, account or other identifier, spelt in any
    way that means the same.
    """
    text = query.strip()
    own = identities.loc[(identities["customer_id"] == text) | (identities["contact_id"] == text), "customer_id"]
    if len(own):
        return [str(own.iloc[0])]
    rows = _near(text, identifiers)
    kinds = rows["kind"].unique()
    pairs = pd.DataFrame(
        {"kind": [*rows["kind"], *kinds], "value": [*rows["value"], *[text] * len(kinds)]}, dtype="str"
    )
    spelt = normalise(pairs, settings)
    asked = dict(zip(kinds, spelt["value"].iloc[len(rows) :], strict=True))
    found = rows[(spelt["value"].iloc[: len(rows)].to_numpy() == rows["kind"].map(asked).to_numpy())]
    counts = found.merge(identities, on="contact_id").groupby("customer_id")["contact_id"].nunique()
    ranked = counts.reset_index().sort_values(["contact_id", "customer_id"], ascending=[False, True])
    return [str(customer) for customer in ranked["customer_id"]]


def _near(text: str, identifiers: pd.DataFrame) -> pd.DataFrame:
    """Return the identifiers whose last letters and digits are those of *text*, so that few must be normalised."""
    tail = "".join(letter for letter in text.casefold() if letter.isalnum())[-TAIL:]
    bare = identifiers["value"].str.casefold().str.replace(r"[^\w]|_", "", regex=True)
    return identifiers[bare.str.endswith(tail)] if tail else identifiers.iloc[:0]
