"""Customers and what they go by: phones, shared and changed, mail addresses, accounts, national ids, names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GIVEN = (
    "Ana", "Antonio", "Beatriz", "Carlos", "Carmen", "Cristina", "Daniel", "David", "Elena", "Emilio", "Eva",
    "Fernando", "Francisco", "Gloria", "Hugo", "Inés", "Irene", "Isabel", "Javier", "Jorge", "José", "Juan", "Julia",
    "Laura", "Lucía", "Luis", "Manuel", "María", "Marta", "Miguel", "Mónica", "Nuria", "Óscar", "Pablo", "Paula",
    "Pedro", "Pilar", "Raúl", "Rosa", "Rubén", "Sara", "Sergio", "Silvia", "Sofía", "Teresa", "Tomás", "Víctor",
)  # fmt: skip
FAMILY = (
    "Alonso", "Álvarez", "Arias", "Blanco", "Caballero", "Cabrera", "Calvo", "Campos", "Cano", "Castillo", "Castro",
    "Cortés", "Cruz", "Delgado", "Díaz", "Díez", "Domínguez", "Fernández", "Flores", "Fuentes", "Gallego", "García",
    "Garrido", "Gil", "Gómez", "González", "Guerrero", "Gutiérrez", "Hernández", "Herrera", "Ibáñez", "Iglesias",
    "Jiménez", "León", "López", "Lozano", "Marín", "Márquez", "Martín", "Martínez", "Medina", "Méndez", "Molina",
    "Montero", "Mora", "Morales", "Moreno", "Muñoz", "Navarro", "Nieto", "Núñez", "Ortega", "Ortiz", "Pascual",
    "Peña", "Pérez", "Prieto", "Ramírez", "Ramos", "Rey", "Rodríguez", "Rojas", "Romero", "Rubio", "Ruiz", "Sáez",
    "Sánchez", "Santana", "Santiago", "Santos", "Sanz", "Serrano", "Soto", "Suárez", "Torres", "Vargas", "Vázquez",
    "Vega", "Velasco", "Vidal",
)  # fmt: skip
DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_PLAIN = str.maketrans("áéíóúüñÁÉÍÓÚÑ", "aeiouunAEIOUN")

#: Habits: share of customers, and how much more often each line's contacts come from them.
HABITS = {
    "caller": (0.40, {"cards-voice": 3.0, "accounts-voice": 3.0}),
    "digital": (0.30, {"web-chat": 4.0, "whatsapp": 4.0, "form": 2.0}),
    "writer": (0.12, {"email": 6.0, "form": 4.0}),
    "visitor": (0.18, {"branch": 6.0, "accounts-voice": 1.5}),
}
SWITCHBOARDS = 12


@dataclass(frozen=True)
class People:
    """One position a customer; phones are national numbers, -1 where there is none."""

    habit: np.ndarray
    weight: np.ndarray  # how often they make contact
    given: np.ndarray
    family: np.ndarray
    mobile: np.ndarray
    new_mobile: np.ndarray  # from changed_at on
    changed_at: np.ndarray  # seconds since 1970, infinite for most
    landline: np.ndarray  # shared by a household
    works_at: np.ndarray  # switchboard number of the employer
    email: np.ndarray
    second_email: np.ndarray
    account: np.ndarray
    national_id: np.ndarray

    def __len__(self) -> int:
        return len(self.habit)

    def mobile_at(self, customer: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Return the mobile number that each customer had at each time."""
        changed = times >= self.changed_at[customer]
        return np.asarray(np.where(changed, self.new_mobile[customer], self.mobile[customer]))


def make_people(count: int, span: tuple[float, float], rng: np.random.Generator) -> People:
    """Return *count* customers; *span* is the first and last second of history, for changed numbers."""
    numbers = rng.permutation(min(2 * count, 999_999))[: 2 * count] + 600_000_000
    mobile, new_mobile = numbers[:count], numbers[count : 2 * count]
    mobile = _share_within_households(mobile, 0.07, rng)
    changes = rng.random(count) < 0.06
    households = _households(count, rng)
    given, family = rng.choice(GIVEN, count), rng.choice(FAMILY, (count, 2))
    full = np.char.add(np.char.add(family[:, 0], " "), family[:, 1])
    email = np.array([_address(g, f, k) for k, (g, f) in enumerate(zip(given, family[:, 0], strict=True))])
    ids = 99_000_000 + rng.permutation(count)
    return People(
        habit=rng.choice(len(HABITS), count, p=[share for share, _ in HABITS.values()]),
        weight=rng.lognormal(0, 0.9, count),
        given=given,
        family=full,
        mobile=mobile,
        new_mobile=new_mobile,
        changed_at=np.where(changes, rng.uniform(*span, count), np.inf),
        landline=np.where(rng.random(count) < 0.35, 910_000_000 + households, -1),
        works_at=np.where(rng.random(count) < 0.1, 911_900_000 + rng.integers(0, SWITCHBOARDS, count), -1),
        email=np.where(rng.random(count) < 0.86, email, ""),
        second_email=np.where(rng.random(count) < 0.12, np.char.replace(email, "@", ".2@"), ""),
        account=7_700_000_000 + rng.permutation(count) * 7,
        national_id=np.array([f"{n}{DNI_LETTERS[n % 23]}" for n in ids]),
    )


def _address(given: str, family: str, number: int) -> str:
    domain = ("example.com", "example.org", "example.net")[number % 3]
    return f"{given}.{family}{number}@{domain}".translate(_PLAIN).lower()


def _households(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return a household number for each customer; households hold 1 to 4."""
    sizes = rng.choice([1, 2, 3, 4], count, p=[0.45, 0.30, 0.15, 0.10])
    return rng.permutation(np.repeat(np.arange(count), sizes)[:count])


def _share_within_households(numbers: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return *numbers* with a *share* of customers using another one's, two or three to a number."""
    shared = numbers.copy()
    members = rng.permutation(len(numbers))[: int(share * len(numbers))]
    groups = np.arange(len(members)) // rng.integers(2, 4)
    shared[members] = numbers[members[np.searchsorted(groups, groups)]]
    return shared


def pick_customers(
    people: People, line_names: np.ndarray, needs_email: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the customer of each matter: by habit for the line of its first contact, then by weight.

    Matters that involve mail get customers who have an address.
    """
    customer = np.full(len(line_names), -1)
    shares = np.array([share for share, _ in HABITS.values()])
    for name in np.unique(line_names):
        liking = shares * np.array([more.get(name, 1.0) for _, more in HABITS.values()])
        for mail in (False, True):
            rows = np.flatnonzero((line_names == name) & (needs_email == mail))
            chance = people.weight * (liking / shares)[people.habit] * ((people.email != "") | (not mail))
            ends = np.cumsum(chance)
            customer[rows] = np.searchsorted(ends, rng.random(len(rows)) * ends[-1], side="right")
    return customer
