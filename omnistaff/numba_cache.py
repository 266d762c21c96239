"""Where numba keeps compiled code when it can be written neither beside the sources nor in the home folder."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).parent


def choose_folder() -> None:
    """Give compiled code a folder of this process where numba would find none, which is an error at import there.

    A read-only container without a home is such a place: everything runs, and is compiled anew in each process.
    ``NUMBA_CACHE_DIR`` names a folder that lasts, and is left as it is.
    """
    if "NUMBA_CACHE_DIR" in os.environ or os.access(PACKAGE, os.W_OK) or _can_write(_home_cache()):
        return
    import atexit
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="omnistaff-compiled-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = folder


def _home_cache() -> Path:
    """Return the folder that numba takes next, after the one beside the sources."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "numba"


def _can_write(folder: Path) -> bool:
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
