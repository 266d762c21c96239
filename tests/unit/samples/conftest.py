"""A small demo world, written once."""

from pathlib import Path

import pandas as pd
import pytest

from omnistaff.samples import write_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, seed=7, weeks=6, scale=0.25)
    return folder


@pytest.fixture(scope="session")
def truth(demo: Path) -> pd.DataFrame:
    return pd.read_parquet(demo / "truth" / "contacts.parquet")
