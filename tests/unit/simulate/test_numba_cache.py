import os
from pathlib import Path

import pytest

from omnistaff import numba_cache


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Sources that cannot be written to, no folder named, and a home in *tmp_path*."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")  # so that what the test sets is taken back
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    return tmp_path


def test_the_home_folder_does_where_the_sources_cannot_be_written_to(read_only: Path):
    numba_cache.choose_folder()
    assert "NUMBA_CACHE_DIR" not in os.environ
    assert (read_only / "cache" / "numba").is_dir()


def test_without_any_other_place_compiled_code_has_a_folder_of_the_process(read_only: Path):
    (read_only / "cache").write_text("a file, not a folder")
    numba_cache.choose_folder()
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    assert folder.is_dir()
    assert not list(folder.iterdir())


def test_a_folder_that_was_named_stays(read_only: Path, monkeypatch: pytest.MonkeyPatch):
    (read_only / "cache").write_text("a file, not a folder")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/elsewhere")
    numba_cache.choose_folder()
    assert os.environ["NUMBA_CACHE_DIR"] == "/elsewhere"
