"""Identifiers to one spelling each, with the reason where a value can identify nobody.

Normalising is idempotent: readers may give raw values or values that were normalised before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pandas as pd

from omnistaff.identity.phones import normalise_phones
from omnistaff.plan import Identity

#: Mail providers that deliver to one box whatever stands after +, and those that also ignore dots.
TAGGED = {
    "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com", "fastmail.com", "proton.me", "protonmail.com",
}  # fmt: skip
DOTTED = {"gmail.com", "googlemail.com"}

_EMAIL = r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s.<>,;:\"]{2,}"
_PLACEHOLDER_MAIL = (
    r"(?:na|n\.a|none|no|test|prueba|nobody|noreply|no-reply|no_reply|donotreply|do-not-reply|anonymous|anonimo|"
    r"sincorreo|notiene|unknown|mailer-daemon)@.*|.*@example\.(?:com|org|net)"
)
PLACEHOLDER_RUNS = r"0+|1{5,}|2{5,}|3{5,}|4{5,}|5{5,}|6{5,}|7{5,}|8{5,}|9{5,}|0?123456789?0?|9876543210?"
_EIGHT_ALIKE = r".*(?:0{8}|1{8}|2{8}|3{8}|4{8}|5{8}|6{8}|7{8}|8{8}|9{8}).*"
_PLACEHOLDER_WORDS = {
    "",
    "na",
    "n/a",
    "none",
    "null",
    "nan",
    "unknown",
    "anonymous",
    "test",
    "-",
    "?",
    "x",
    "xx",
    "xxx",
}
_TITLES = {"mr", "mrs", "ms", "miss", "dr", "dra", "sr", "sra", "srta", "don", "dona", "herr", "frau", "m", "mme"}
_WORDS = re.compile(r"\w+")
_HASHED = r"h:[0-9a-f]{32}"


def normalise(pairs: pd.DataFrame, settings: Identity) -> pd.DataFrame:
    """Return kind, value and reason for each row of *pairs* (kind, value), in the same order and index.

    ``reason`` is empty for a usable value, else ``invalid``, ``placeholder`` or ``blocked by the plan``; a value
    that cannot be normalised keeps its stripped text.
    """
    kind = pairs["kind"].str.strip().str.casefold()
    raw = pairs["value"].str.strip()
    value, reason = raw.copy(), pd.Series("", index=pairs.index, dtype="str")
    for each in sorted(kind.unique()):
        rows = (kind == each).to_numpy(dtype=bool)
        found = _normalise_kind(each, raw[rows], settings)
        value[rows] = found.fillna(raw[rows])
        reason[rows] = _reasons(each, found)
    hashed = raw.str.fullmatch(_HASHED).to_numpy(dtype=bool)
    value, reason = value.mask(hashed, raw), reason.mask(hashed, "")
    refused = value.isin(_blocked(kind, settings)) | raw.isin(settings.blocked_values)
    reason = reason.mask(refused, "blocked by the plan")
    return pd.DataFrame({"kind": kind, "value": value.astype("str"), "reason": reason.astype("str")})


def _blocked(kind: pd.Series[str], settings: Identity) -> set[str]:
    """Return the plan's blocked values as each kind in use spells them."""
    listed = pd.Series(settings.blocked_values, dtype="str")
    spelt = [_normalise_kind(each, listed, settings) for each in sorted(kind.unique())] if len(listed) else []
    return {text for found in spelt for text in found.dropna()}


def _normalise_kind(kind: str, values: pd.Series[str], settings: Identity) -> pd.Series[str]:
    """Return *values* of one kind in their one spelling; missing where they are not valid."""
    match kind.partition(":")[0]:
        case "phone":
            return normalise_phones(values, settings.default_region)
        case "email":
            return _emails(values)
        case "handle":
            return _handles(values, kind.partition(":")[2])
        case "name" | "given_name" | "surname" | "city" | "address":
            return _each(values, plain_name)
        case "national_id":
            return _codes(values.str.replace(r"[.\-_/]", "", regex=True))
        case "birth_date":
            return _dates(values)
        case _:
            return _codes(values)


def _each(values: pd.Series[str], spell: Callable[[str], str]) -> pd.Series[str]:
    unique = {text: spell(text) or None for text in values.dropna().unique()}
    return values.map(unique).astype("str")


def _emails(values: pd.Series[str]) -> pd.Series[str]:
    text = values.str.replace(r"^.*<([^<>]*)>\s*$", r"\1", regex=True).str.replace(r"^mailto:", "", regex=True)
    text = text.str.strip().str.lower()
    domain = text.str.replace(r"^.*@", "", regex=True)
    tagged, dotted = domain.isin(TAGGED | DOTTED), domain.isin(DOTTED)
    local = text.str.replace(r"@.*$", "", regex=True)
    local = local.where(~tagged, local.str.replace(r"\+.*$", "", regex=True))
    local = local.where(~dotted, local.str.replace(".", "", regex=False))
    domain = domain.where(domain != "googlemail.com", "gmail.com")
    whole = local + "@" + domain
    return whole.where(text.str.fullmatch(_EMAIL).fillna(False).to_numpy(dtype=bool))


def _handles(values: pd.Series[str], platform: str) -> pd.Series[str]:
    """Return handles; names people type are compared without case, ids given by a platform as they are."""
    text = values.str.replace(r"^(?:https?://)?(?:www\.)?[a-z]+\.(?:com|me)/", "", regex=True).str.lstrip("@")
    return text if platform in {"whatsapp", "wa"} else text.str.lower()


def _codes(values: pd.Series[str]) -> pd.Series[str]:
    """Return ids and codes in capitals without spaces."""
    text = values.str.upper().str.replace(r"\s", "", regex=True)
    return text.where((text != "").to_numpy(dtype=bool))


def _dates(values: pd.Series[str]) -> pd.Series[str]:
    """Return ISO dates; missing where a date is not written year first, as day and month could be mixed up."""
    text = values.str.replace(r"^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ].*)?$", r"\1-\2-\3", regex=True)
    return text.where(pd.to_datetime(text, format="%Y-%m-%d", errors="coerce").notna().to_numpy(dtype=bool))


def _reasons(kind: str, found: pd.Series[str]) -> pd.Series[str]:
    family = kind.partition(":")[0]
    text = found.fillna("")
    bare = text.str.lstrip("+")
    match family:
        case "email":
            fake = text.str.fullmatch(_PLACEHOLDER_MAIL)
        case "phone":
            fake = bare.str.fullmatch(_EIGHT_ALIKE)
        case "name" | "given_name" | "surname" | "city" | "address" | "birth_date" | "postcode":
            fake = pd.Series(False, index=found.index)
        case _:
            fake = bare.str.fullmatch(PLACEHOLDER_RUNS) | bare.str.lower().isin(_PLACEHOLDER_WORDS)
    reason = pd.Series("", index=found.index, dtype="str").mask(fake.to_numpy(dtype=bool), "placeholder")
    return reason.mask(found.isna().to_numpy(dtype=bool), "invalid")


def plain(text: str) -> str:
    """Return *text* for comparing: no accents, no case, letters and digits only, one space between words.

    >>> plain("  José  ÁLVAREZ-Gil ")
    'jose alvarez gil'
    """
    letters = text.casefold()
    if not letters.isascii():
        split = unicodedata.normalize("NFKD", letters)
        letters = "".join(letter for letter in split if not unicodedata.combining(letter))
    return " ".join(_WORDS.findall(letters))


def plain_name(text: str) -> str:
    """Return a name for comparing, given name first and without a title.

    >>> plain_name("LÓPEZ, Sra. María")
    'maria lopez'
    """
    last, comma, first = text.partition(",")
    words = plain(f"{first} {last}" if comma else text).split()
    return " ".join(word for word in words if word not in _TITLES) or " ".join(words)
