"""Which planned queue a contact belongs to, by the column filters of the plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import ConfigError
from omnistaff.plan import Plan
from omnistaff.tables.catalog import Contacts


def assign_queues(contacts: DataFrame[Contacts], plan: Plan) -> pd.Series[str]:
    """Return the planned queue of each contact, row by row, empty (NA) where no queue wants it.

    All columns that a queue names must hold one of its values; a queue that names none takes everything.
    Where several queues match, the first in the plan wins. Values are compared as text; a column of numbers
    matches ``2`` and ``2.0`` alike. Raises ConfigError naming every filter column that contacts do not have.
    """
    unknown = [
        f"queues.{queue.name}.contacts: contacts have no column {column!r}"
        for queue in plan.queues
        for column in queue.contacts
        if column not in contacts
    ]
    if unknown:
        raise ConfigError("the plan's queues filter by columns that do not exist", unknown)
    taken = np.full(len(contacts), -1, dtype=np.int64)
    for number, queue in enumerate(plan.queues):
        fits = taken < 0
        for column, values in queue.contacts.items():
            fits &= _holds(contacts[column], values)
        taken[fits] = number
    names = pd.array([*(queue.name for queue in plan.queues), None], dtype="str")
    return pd.Series(names.take(taken), index=contacts.index, name="planned_queue")


def _holds(column: pd.Series, values: list[str]) -> np.ndarray:
    """Return whether each entry of *column* is one of *values*."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        numbers = pd.to_numeric(pd.Series(values, dtype="str"), errors="coerce")
        return np.asarray(column.isin(numbers.dropna()))
    if pd.api.types.is_bool_dtype(column):
        return np.asarray(column.astype("str").str.lower().isin([value.lower() for value in values]))
    return np.asarray(column.astype("str").isin(values))
