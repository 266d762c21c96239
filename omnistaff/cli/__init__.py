"""The command line: it parses, calls one public function and shows the answer.

Importing this package loads typer and nothing heavy; each command imports what it needs.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module

from omnistaff.cli.app import app
from omnistaff.errors import OmnistaffError

#: Modules whose commands register themselves on the app, in the order of ``omnistaff --help``.
COMMAND_MODULES = ("begin", "stages", "studies", "questions", "daily", "customer", "lookup", "calculator")


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
    except Exception:
        traceback.print_exc()
        print("omnistaff: this is a bug in omnistaff, please report it with the lines above", file=sys.stderr)
        sys.exit(1)
