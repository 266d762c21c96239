"""What a contact tells of its customer: the number shown, what was typed, with typing errors and placeholders."""

from __future__ import annotations

import numpy as np

from omnistaff.samples.people import People

PLACEHOLDER_PHONES = np.array([600_000_000, 666_666_666, 699_999_999])
PLACEHOLDER_EMAILS = np.array(["no@example.com", "test@example.com", "noreply@example.org"])
TYPO_SHARE, PLACEHOLDER_SHARE = 0.015, 0.004


def shown_number(people: People, customer: np.ndarray, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the national number a caller shows: mobile, a household's landline, a switchboard, or -1 if withheld."""
    draw = rng.random(len(customer))
    number = people.mobile_at(customer, times)
    landline, office = people.landline[customer], people.works_at[customer]
    number = np.where((draw < 0.16) & (landline > 0), landline, number)
    number = np.where((draw > 0.93) & (office > 0), office, number)
    return np.where(rng.random(len(customer)) < 0.05, -1, number)


def typed_number(people: People, customer: np.ndarray, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the mobile number as typed: sometimes a digit is wrong, sometimes it is no number at all."""
    number = people.mobile_at(customer, times)
    wrong = rng.random(len(customer)) < TYPO_SHARE
    number = np.where(wrong, number + 10 ** rng.integers(0, 6, len(customer)), number)
    made_up = rng.random(len(customer)) < PLACEHOLDER_SHARE
    return np.where(made_up, rng.choice(PLACEHOLDER_PHONES, len(customer)), number)


def typed_national_id(people: People, customer: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the national id as noted: now and then with a wrong digit (and so a wrong check letter)."""
    ids: np.ndarray = people.national_id[customer].copy()
    for k in np.flatnonzero(rng.random(len(customer)) < TYPO_SHARE):
        place = int(rng.integers(2, 8))
        ids[k] = ids[k][:place] + str((int(ids[k][place]) + 1) % 10) + ids[k][place + 1 :]
    return ids


def written_email(people: People, customer: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the address used: the main one, sometimes a second one; empty for customers without."""
    second = people.second_email[customer]
    return np.asarray(np.where((rng.random(len(customer)) < 0.3) & (second != ""), second, people.email[customer]))


def typed_email(people: People, customer: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the address as typed into a form: sometimes misspelt, sometimes made up."""
    email = written_email(people, customer, rng)
    wrong = rng.random(len(customer)) < TYPO_SHARE
    email = np.where(wrong, np.char.replace(email, "example", "exmaple"), email)
    made_up = rng.random(len(customer)) < PLACEHOLDER_SHARE
    return np.where(made_up, rng.choice(PLACEHOLDER_EMAILS, len(customer)), email)


def full_names(people: People, customer: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return names as people give them: given and both family names, one of them, or the given name alone."""
    given, family = people.given[customer], people.family[customer]
    first = np.array([name.split(" ")[0] for name in family])
    form = rng.random(len(customer))
    short = np.char.add(np.char.add(given, " "), first)
    return np.where(form < 0.5, np.char.add(np.char.add(given, " "), family), np.where(form < 0.87, short, given))
