"""One spelling for each identifier."""

import pandas as pd
import pytest

from omnistaff.identity.normalise import normalise
from omnistaff.identity.phones import normalise_phone
from omnistaff.plan import Identity

SETTINGS = Identity(default_region="CO", blocked_values=["(601) 744 0000"])


def spelt(kind: str, value: str) -> tuple[str, str]:
    row = normalise(pd.DataFrame({"kind": [kind], "value": [value]}, dtype="str"), SETTINGS).iloc[0]
    return row["value"], row["reason"]


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("phone", "+57 300 123 4567", "+573001234567"),
        ("phone", "3001234567", "+573001234567"),
        ("phone", "0057 (300) 123-4567", "+573001234567"),
        ("phone", "whatsapp:+573001234567", "+573001234567"),
        ("phone", "+5215512345678", "+525512345678"),
        ("phone", "+551187654321", "+5511987654321"),
        ("phone", "+541123456789", "+5491123456789"),
        ("email", "Ana Pérez <Ana.Perez+shop@Gmail.com>", "anaperez@gmail.com"),
        ("email", "Ana.Perez+shop@Empresa.co", "ana.perez+shop@empresa.co"),
        ("email", "ana+x@outlook.com", "ana@outlook.com"),
        ("handle:x", "https://x.com/AnaP", "anap"),
        ("handle:whatsapp", "CO.aBc", "CO.aBc"),
        ("national_id", "10.000.001-k", "10000001K"),
        ("account", " ab 12 ", "AB12"),
        ("name", "LÓPEZ, Sra. María", "maria lopez"),
        ("birth_date", "19700512", "1970-05-12"),
    ],
)
def test_an_identifier_has_one_spelling(kind: str, raw: str, expected: str) -> None:
    assert spelt(kind, raw) == (expected, "")


@pytest.mark.parametrize(
    ("kind", "raw", "reason"),
    [
        ("phone", "9999999999", "invalid"),
        ("phone", "not known", "invalid"),
        ("phone", "+571111111111", "invalid"),
        ("email", "na@na.com", "placeholder"),
        ("email", "ana at home", "invalid"),
        ("national_id", "123456789", "placeholder"),
        ("national_id", "0", "placeholder"),
        ("account", "N/A", "placeholder"),
        ("birth_date", "12/05/1970", "invalid"),
        ("phone", "+576017440000", "blocked by the plan"),
    ],
)
def test_a_value_that_identifies_nobody_says_why(kind: str, raw: str, reason: str) -> None:
    assert spelt(kind, raw)[1] == reason


def test_normalising_twice_changes_nothing() -> None:
    raw = pd.DataFrame(
        {
            "kind": ["phone", "phone", "email", "name", "national_id", "handle:x", "birth_date"],
            "value": ["00573001234567", "bad", "A+b@GMAIL.com", "Gil, Dr. José", "1.2-3", "@Me", "1970.01.31"],
        },
        dtype="str",
    )
    once = normalise(raw, SETTINGS)
    pd.testing.assert_frame_equal(normalise(once, SETTINGS), once)


@pytest.mark.parametrize("region", ["CO", "ES", "GB", "US", "DE", "IT", "MX", "AR", "BR"])
def test_the_quick_way_through_home_numbers_agrees_with_the_library(region: str) -> None:
    import phonenumbers

    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    near = [e164, e164[:-1], e164 + "0", e164[:4] + "0000000", e164[:3] + "9" * (len(e164) - 3)]
    quick = [normalise_phone(number, region) for number in near]
    slow = [normalise_phone(number, None) for number in near]
    assert quick == slow
    assert quick[0] is not None
