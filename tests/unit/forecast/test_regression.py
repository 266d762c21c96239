"""Errors that are carried on: extremes clipped, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from omnistaff.forecast.regression import _clipped


def test_errors_are_clipped_at_four_robust_deviations_of_their_own_row() -> None:
    """Sizes' medians are 1 and 2; four times 1.4826 of these are 5.9304 and 11.8608."""
    errors = np.array([[1.0, -1.0, 1.0, -1.0, 100.0], [3.0, -1.0, 2.0, -50.0, 0.0]])
    expected = np.array([[1.0, -1.0, 1.0, -1.0, 5.9304], [3.0, -1.0, 2.0, -11.8608, 0.0]])
    assert _clipped(errors) == pytest.approx(expected, rel=1e-9)
    assert errors[0, 4] == 100
