"""Every error omnistaff raises on purpose.

    OmnistaffError                 anything below; ``exit_code`` is what the command line returns
    ├── ConfigError           2    the plan file, a path in it, or a command-line option is wrong
    ├── ParseError            2    an input file cannot be read as the format that the plan names
    ├── TableError            2    a table does not have the columns or values that its schema asks for
    ├── MissingTableError     2    a stage was asked for before the stage that makes its input
    ├── DomainError           2    a formula was called outside its domain
    └── InfeasibleError       3    no roster keeps all hard rules; carries the conflicts in words

A message says what is wrong, what was found, what was expected and what to do next. Errors that gather
several findings list one a line.
"""

from __future__ import annotations

from collections.abc import Sequence


class OmnistaffError(Exception):
    """The root: catch it to catch every deliberate failure."""

    exit_code = 2

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join((message, *(f"  - {problem}" for problem in self.problems))))


class ConfigError(OmnistaffError):
    """The plan, a path in it, or an option is wrong."""


class ParseError(OmnistaffError):
    """A file cannot be read as the format that the plan names."""


class TableError(OmnistaffError):
    """A table breaks its schema."""


class MissingTableError(OmnistaffError):
    """A stage needs a table that is not in the work folder yet."""


class DomainError(OmnistaffError, ValueError):
    """A formula was called with a value outside its domain."""


class InfeasibleError(OmnistaffError):
    """No roster keeps all hard rules."""

    exit_code = 3
