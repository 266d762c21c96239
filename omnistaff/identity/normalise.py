"""Identifiers to one spelling each, with the reason where a value can identify nobody.

Normalising is idempotent: readers may give raw values or values that were normalised before.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from omnistaff.identity.phones import normalise_phone
from omnistaff.plan import Identity

#: Mail providers that deliver to one box whatever stands after +, and those of them that also ignore dots.
DOTTED = {"gmail.com", "googlemail.com"}
TAGGED = DOTTED | {
    "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com", "fastmail.com", "proton.me", "protonmail.com",
}  # fmt: skip

_EMAIL = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s.<>,;:\"]{2,}")
_PLACEHOLDER_MAIL = re.compile(
    r"(?:na|n\.a|none|no|test|prueba|nobody|noreply|no-reply|no_reply|donotreply|do-not-reply|anonymous|anonimo|"
    r"sincorreo|notiene|unknown|mailer-daemon)@.*|.*@example\.(?:com|org|net)"
)
PLACEHOLDER_RUNS = r"0+|1{5,}|2{5,}|3{5,}|4{5,}|5{5,}|6{5,}|7{5,}|8{5,}|9{5,}|0?123456789?0?|9876543210?"
_RUNS = re.compile(PLACEHOLDER_RUNS)
_EIGHT_ALIKE = re.compile(r".*(?:0{8}|1{8}|2{8}|3{8}|4{8}|5{8}|6{8}|7{8}|8{8}|9{8}).*")
_IN_BRACKETS = re.compile(r"^.*<([^<>]*)>\s*$")
_PROFILE_PAGE = re.compile(r"^(?:https?://)?(?:www\.)?[a-z]+\.(?:com|me)/")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ].*)?")
_PUNCTUATION = str.maketrans("", "", ".-_/")
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
_HASHED = re.compile(r"h:[0-9a-f]{32}")
_FREE = {"name", "given_name", "surname", "city", "address", "birth_date", "postcode"}


class Spelt(NamedTuple):
    """An identifier in its one spelling, with the reason where it can identify nobody, else empty."""

    kind: str
    value: str
    reason: str


def normalise(pairs: pd.DataFrame, settings: Identity) -> pd.DataFrame:
    """Return kind, value and reason for each row of *pairs* (kind, value), in the same order and index.

    ``reason`` is empty for a usable value, else ``invalid``, ``placeholder`` or ``blocked by the plan``; a value
    that cannot be normalised keeps its stripped text.
    """
    blocked = blocked_spellings(settings)
    rows = zip(pairs["kind"].tolist(), pairs["value"].tolist(), strict=True)
    known: dict[tuple[str, str], Spelt] = {}
    spelt = [known.get(row) or known.setdefault(row, normalise_one(*row, settings, blocked)) for row in rows]
    return pd.DataFrame(spelt, columns=list(Spelt._fields), index=pairs.index, dtype="str")


def normalise_one(kind: str, raw: str, settings: Identity, blocked: frozenset[str]) -> Spelt:
    """Return one identifier in its one spelling; *blocked* is ``blocked_spellings(settings)``."""
    kind, raw = kind.strip().casefold(), raw.strip()
    if _HASHED.fullmatch(raw):
        return Spelt(kind, raw, "blocked by the plan" if raw in blocked else "")
    found = _spell(kind, raw, settings.default_region)
    value = raw if found is None else found
    if raw in blocked or value in blocked:
        return Spelt(kind, value, "blocked by the plan")
    return Spelt(kind, value, "invalid" if found is None else "placeholder" if _is_placeholder(kind, found) else "")


def blocked_spellings(settings: Identity) -> frozenset[str]:
    """Return the plan's blocked values as they are written and in the spelling of every kind."""
    return _blocked(tuple(settings.blocked_values), settings.default_region)


@lru_cache(maxsize=8)
def _blocked(values: tuple[str, ...], region: str | None) -> frozenset[str]:
    kinds = ("phone", "email", "handle", "name", "birth_date", "national_id", "code")
    spelt = {_spell(kind, value.strip(), region) for value in values for kind in kinds}
    return frozenset({*values, *filter(None, spelt)})


def _spell(kind: str, raw: str, region: str | None) -> str | None:
    """Return *raw* in the one spelling of its kind; None where it is not valid."""
    family, _, platform = kind.partition(":")
    match family:
        case "phone":
            return normalise_phone(raw, region)
        case "email":
            return _email(raw)
        case "handle":
            return _handle(raw, platform)
        case "name" | "given_name" | "surname" | "city" | "address":
            return plain_name(raw) or None
        case "national_id":
            return _code(raw.translate(_PUNCTUATION))
        case "birth_date":
            return _date(raw)
        case _:
            return _code(raw)


def _email(raw: str) -> str | None:
    text = _IN_BRACKETS.sub(r"\1", raw).removeprefix("mailto:").strip().lower()
    if not _EMAIL.fullmatch(text):
        return None
    local, _, domain = text.rpartition("@")
    if domain in TAGGED:
        local = local.partition("+")[0]
    if domain in DOTTED:
        local = local.replace(".", "")
    return f"{local}@{'gmail.com' if domain == 'googlemail.com' else domain}"


def _handle(raw: str, platform: str) -> str:
    """Return a handle; names people type are compared without case, ids given by a platform as they are."""
    text = _PROFILE_PAGE.sub("", raw).lstrip("@")
    return text if platform in {"whatsapp", "wa"} else text.lower()


def _code(raw: str) -> str | None:
    """Return an id or code in capitals without spaces."""
    return "".join(raw.upper().split()) or None


def _date(raw: str) -> str | None:
    """Return an ISO date; None where it is not written year first, as day and month could be mixed up."""
    found = _YEAR_FIRST.fullmatch(raw)
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3])).isoformat() if found else None
    except ValueError:
        return None


def _is_placeholder(kind: str, value: str) -> bool:
    bare = value.lstrip("+")
    match kind.partition(":")[0]:
        case "email":
            return bool(_PLACEHOLDER_MAIL.fullmatch(value))
        case "phone":
            return bool(_EIGHT_ALIKE.fullmatch(bare))
        case family if family in _FREE:
            return False
        case _:
            return bare.lower() in _PLACEHOLDER_WORDS or bool(_RUNS.fullmatch(bare))


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
