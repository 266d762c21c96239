"""Codes for hashes and rows brought together by code, against pandas and sorting."""

import numpy as np
import pandas as pd
import pytest

from omnistaff.tables.codes import find_codes, group_rows, index_hashes, number_hashes


def test_codes_count_up_as_hashes_appear_and_are_found_again() -> None:
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 300, 5000).astype(np.uint64) << np.uint64(7)  # all meet in a few slots; 0 is missing
    codes, keys = number_hashes(hashes)
    expected, texts = pd.factorize(np.where(hashes == 0, -1, hashes.astype("int64")), use_na_sentinel=True)
    known = hashes > 0
    assert (pd.factorize(codes[known])[0] == codes[known]).all()
    assert pd.Series(codes[known]).groupby(expected[known]).nunique().eq(1).all()
    assert len(keys) == len(texts) - 1
    assert (codes[~known] == -1).all()
    assert (~known).any()
    asked = np.append(keys[::-1], np.array([0, 12345], dtype=np.uint64))
    found = find_codes(asked, keys, index_hashes(hashes)[2])
    assert found.tolist() == [*range(len(keys) - 1, -1, -1), -1, -1]


@pytest.mark.parametrize("groups", [1, 7, 4000])
def test_rows_of_a_code_lie_together_in_order(groups: int) -> None:
    rng = np.random.default_rng(groups)
    codes = rng.integers(0, groups, 3000).astype(np.int32)
    moments = rng.permutation(3000)
    rows = group_rows(codes, groups, moments)
    assert rows.tolist() == np.lexsort((moments, codes)).tolist()


def test_nothing_has_no_codes() -> None:
    codes, keys = number_hashes(np.zeros(0, dtype=np.uint64))
    assert len(codes) == len(keys) == len(group_rows(codes, 0, np.zeros(0, dtype=np.int64))) == 0
