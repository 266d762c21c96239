"""The command line: it parses, calls one public function and shows the answer.

Importing this package loads typer and nothing heavy; each command imports what it needs.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from importlib import import_module
from typing import NoReturn

from omnistaff.cli.app import app
from omnistaff.errors import OmnistaffError

#: Modules whose commands register themselves on the app, in the order of ``omnistaff --help``.
COMMAND_MODULES = ("begin", "stages", "studies", "questions", "daily", "customer", "lookup", "calculator")

#: What a place that the user chose can be unfit for writing by.
PLACES = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EEXIST, errno.ENOTDIR, errno.EISDIR}


def main() -> None:
    """Run the command line; exit 0 done, 2 the user's mistake, 3 no feasible roster, 1 a bug, 130 interrupted."""
    for module in COMMAND_MODULES:
        import_module(f"omnistaff.cli.{module}")
    try:
        app()
    except OmnistaffError as error:
        print(f"omnistaff: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("omnistaff: interrupted; what was finished is kept", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        if error.errno not in PLACES or error.filename is None:
            _show_bug()
        print(f"omnistaff: {error.filename}: {os.strerror(error.errno)}: choose another place", file=sys.stderr)
        sys.exit(2)
    except Exception:
        _show_bug()


def _show_bug() -> NoReturn:
    traceback.print_exc()
    print("omnistaff: this is a bug in omnistaff, please report it with the lines above", file=sys.stderr)
    sys.exit(1)
