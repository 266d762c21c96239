"""Arguments of formulas: broadcast to one shape, and checked against the domain."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from omnistaff.errors import DomainError

Floats = npt.NDArray[np.float64]
Numbers = npt.ArrayLike


def broadcast(**values: Numbers) -> tuple[tuple[int, ...], list[Floats]]:
    """Return the common shape of *values*, and each as a flat array of floats.

    Raises DomainError naming each argument that is negative or not a number, and what does not broadcast.
    """
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
    problems = [f"{name} has a value below 0" for name, array in arrays.items() if np.any(array < 0)]
    problems += [
        f"{name} has a value that is not a number" for name, array in arrays.items() if np.isnan(array).any()
    ]
    if problems:
        raise DomainError("a formula was called outside its domain", problems)
    try:
        shaped = np.broadcast_arrays(*arrays.values())
    except ValueError as error:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise DomainError(f"arguments do not broadcast: {shapes}") from error
    return shaped[0].shape, [np.ascontiguousarray(array).reshape(-1) for array in shaped]


def require(condition: npt.NDArray[np.bool_], message: str) -> None:
    """Raise DomainError with *message* unless *condition* holds everywhere."""
    if not condition.all():
        raise DomainError(message)


def shaped(values: Floats, shape: tuple[int, ...]) -> Floats:
    """Return flat *values* in *shape*; a plain float where all arguments were numbers."""
    result: Floats = values.reshape(shape)[()]
    return result
