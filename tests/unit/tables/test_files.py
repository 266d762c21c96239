"""A work folder takes one writing program at a time, and lets go of one that died."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from omnistaff.errors import ConfigError
from omnistaff.tables.files import Workspace

HOLD = """
import sys, time
from omnistaff.tables.files import Workspace
with Workspace(sys.argv[1]).held():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_program_is_refused_until_the_first_ends_even_by_a_kill(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ConfigError, match="another program is writing in"), work.held():
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with work.held():
                return
        except ConfigError:
            time.sleep(0.05)
    pytest.fail("the lock outlived its program")


def test_a_folder_may_be_taken_again_inside_and_after_an_error(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    with pytest.raises(ValueError, match="inside"), work.held(), work.held():
        raise ValueError("inside")
    with Workspace(tmp_path).held():
        pass
