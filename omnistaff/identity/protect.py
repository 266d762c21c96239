"""Identifiers under a key: equal values stay equal, and nobody without the key can tell what they were."""

from __future__ import annotations

import hashlib
import hmac

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.identity.normalise import normalise
from omnistaff.plan import Identity
from omnistaff.tables import Identifiers, check

NAME_KINDS = {"name", "given_name", "surname"}
ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def hash_identifiers(identifiers: DataFrame[Identifiers], settings: Identity, key: bytes) -> DataFrame[Identifiers]:
    """Return the identifiers with every value replaced by 128 bits of HMAC-SHA256 under *key*.

    Values are normalised first; invalid ones and placeholders are left out, since a hash could not be told from
    a good value. Names become words of eight letters that keep two facts: which words are equal and which begin
    with the same three letters. Values that are hashes already stay; names must not be hashed twice.
    """
    pairs = identifiers[["kind", "value"]].drop_duplicates()
    spelt = normalise(pairs, settings)
    hidden = [_hide(kind, value, key) for kind, value in zip(spelt["kind"], spelt["value"], strict=True)]
    known = pairs.assign(new_kind=spelt["kind"], hidden=pd.Series(hidden, index=pairs.index, dtype="str"))
    whole = identifiers.merge(known[(spelt["reason"] == "").to_numpy()], on=["kind", "value"], validate="m:1")
    table = whole.assign(kind=whole["new_kind"], value=whole["hidden"])[["contact_id", "kind", "value", "source"]]
    return check(Identifiers, table.drop_duplicates(["contact_id", "kind", "value"], ignore_index=True))


def _hide(kind: str, value: str, key: bytes) -> str:
    if value.startswith("h:"):
        return value
    if kind in NAME_KINDS:
        return " ".join(
            _letters("begin", word[:3], key, 3) + _letters("word", word, key, 5) for word in value.split()
        )
    return f"h:{hmac.digest(key, f'{kind}:{value}'.encode(), hashlib.sha256)[:16].hex()}"


def _letters(kind: str, word: str, key: bytes, count: int) -> str:
    digest = hmac.digest(key, f"{kind}:{word}".encode(), hashlib.sha256)
    return "".join(ALPHABET[byte % 26] for byte in digest[:count])
