"""Telephone numbers to E.164, by phonenumbers; only what it gets wrong or slow is done here.

phonenumbers takes 25 microseconds a number, so numbers of the home country that already are whole are recognised
by the library's own patterns, compiled once. Three countries write one line in several ways that the library
keeps apart: Mexico's old mobile 1, Argentina's mobile 9 and Brazil's ninth digit.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata

_TYPES = (
    "fixed_line", "mobile", "voip", "toll_free", "shared_cost", "personal_number", "pager", "uan", "premium_rate",
)  # fmt: skip
_OWN_RULES = {"MX", "AR", "BR"}
_SCHEME = re.compile(r"^(?:tel:|whatsapp:|sms:)")
_FILLING = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]")
_BRAZIL_OLD_MOBILE = re.compile(r"\+55([1-9]{2})([6-9]\d{7})")


def normalise_phone(raw: str, region: str | None) -> str | None:
    """Return a number as E.164, None where it is not a valid number.

    *region* is the ISO country of numbers written without a country code.
    """
    text = _FILLING.sub("", _SCHEME.sub("", raw))
    text = "+" + text[2:] if text.startswith("00") else text
    whole = _home_patterns(region.upper()) if region else ()
    if whole and all(pattern.fullmatch(text) for pattern in whole):
        return text
    return _parse(text, region)


@lru_cache(maxsize=32)
def _home_patterns(region: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns that together mean a valid E.164 number of *region*; none where that needs more."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or region in _OWN_RULES or metadata.leading_zero_possible:
        return ()
    kinds = [getattr(metadata, name) for name in _TYPES]
    patterns = [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]
    general = metadata.general_desc and metadata.general_desc.national_number_pattern
    if not patterns or not general:
        return ()
    code = rf"\+{metadata.country_code}"
    return re.compile(f"{code}(?:{general})"), re.compile(f"{code}(?:{'|'.join(patterns)})")


def _parse(raw: str, region: str | None) -> str | None:
    text = _brazilian_mobile(raw)
    try:
        number = phonenumbers.parse(text, region.upper() if region else None)
    except NumberParseException:
        return None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    found = _one_key(_brazilian_mobile(found))
    try:
        valid = phonenumbers.is_valid_number(phonenumbers.parse(found, None))
    except NumberParseException:
        return None
    return found if valid else None


def _brazilian_mobile(text: str) -> str:
    """Return *text* with the ninth digit that Brazilian mobiles got between 2012 and 2016."""
    old = _BRAZIL_OLD_MOBILE.fullmatch(text)
    return f"+55{old[1]}9{old[2]}" if old else text


def _one_key(e164: str) -> str:
    """Return one spelling for Mexico's +521/+52 and Argentina's +549/+54."""
    if e164.startswith("+521") and len(e164) == 14:
        return "+52" + e164[4:]
    if e164.startswith("+54") and not e164.startswith("+549") and len(e164) == 13:
        return "+549" + e164[3:]
    return e164
