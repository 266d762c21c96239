"""Build the documentation into docs/_build/html: the pages of this folder and the ones made from the program.

Made on the way, so they cannot be out of date: the data dictionary (table catalogue), the plan reference (settings),
the command reference (--help of every command).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
SOURCE = DOCS / "_build" / "source"
STAGES = (
    "samples", "ingest", "identity", "timeline", "demand", "forecast", "queueing", "staffing", "schedule", "simulate",
)  # fmt: skip
OMNISTAFF = Path(sys.executable).parent / "omnistaff"


def main() -> int:
    """Build; return Sphinx's exit code, not zero when there is any warning."""
    shutil.rmtree(DOCS / "_build", ignore_errors=True)
    shutil.copytree(DOCS, SOURCE, ignore=shutil.ignore_patterns("_build", "__pycache__", "build.py"))
    index = SOURCE / "index.md"
    pages = "\n".join(stage for stage in STAGES if (SOURCE / f"{stage}.md").exists())
    index.write_text(index.read_text(encoding="utf-8").replace("{stages}", pages), encoding="utf-8")
    for name, make in (("tables.md", tables_page), ("plan.md", plan_page), ("commands.md", commands_page)):
        (SOURCE / name).write_text(make(), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        SOURCE,
        DOCS / "_build" / "html",
    ]
    return subprocess.run(command, check=False).returncode


def tables_page() -> str:
    """Return the data dictionary, from the table catalogue."""
    from omnistaff.tables import TABLES
    from omnistaff.tables.files import MAKERS

    pieces = [
        "# Tables\n\nTimes are UTC, seconds are numbers, shares run from 0 to 1. Key columns come first, in bold.\n"
    ]
    for name, model in TABLES.items():
        keys, columns = set(model.key_columns()), model.to_schema().columns
        rows = [
            f"| {f'**{column}**' if column in keys else column} | {field.dtype} "
            f"| {'may be empty' if field.nullable else ''} | {_cell(field.description or '')} |"
            for column, field in columns.items()
        ]
        maker = MAKERS.get(name, "run")
        pieces.append(
            f"## {name}\n\n{model.__doc__} Made by `omnistaff {maker}`.\n\n"
            "| column | type | | meaning |\n|---|---|---|---|\n" + "\n".join(rows)
        )
    return "\n\n".join(pieces) + "\n"


def plan_page() -> str:
    """Return the plan reference, from the settings classes."""
    from omnistaff.plan import Plan

    schema = Plan.model_json_schema()
    pieces = [
        "# The plan file\n\nOne YAML file holds every setting. `omnistaff check` tells everything that is wrong "
        "with it at once; `omnistaff schema` prints its JSON schema for your editor.\n\n## Top level\n\n"
        + _fields(schema)
    ]
    for name, part in schema["$defs"].items():
        if "properties" in part:
            pieces.append(f"## {name}\n\n{part.get('description', '')}\n\n{_fields(part)}")
    return "\n\n".join(pieces) + "\n"


def _fields(part: dict[str, Any]) -> str:
    rows = []
    for key, field in part["properties"].items():
        default = "" if key in part.get("required", []) else f"`{field.get('default')}`"[:60]
        rows.append(f"| {key} | {_cell(_kind(field))} | {_cell(default)} | {_cell(field.get('description', ''))} |")
    return "| key | kind | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows)


def _kind(field: dict[str, Any]) -> str:
    """Return a setting's type in words."""
    if "$ref" in field:
        return field["$ref"].rsplit("/", 1)[-1]
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    if "const" in field:
        return str(field["const"])
    if "anyOf" in field:
        return " or ".join(kind for one in field["anyOf"] if (kind := _kind(one)) != "null")
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {})) or 'anything'}"
    if field.get("type") == "object":
        inner = field.get("additionalProperties")
        return f"mapping to {_kind(inner)}" if isinstance(inner, dict) else "mapping"
    return str(field.get("type", ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def commands_page() -> str:
    """Return the command reference, from the help texts."""
    from typer.main import get_command

    from omnistaff.cli import COMMAND_MODULES, app

    for module in COMMAND_MODULES:
        import_module(f"omnistaff.cli.{module}")
    names = sorted(get_command(app).commands)  # type: ignore[attr-defined]  # a group of commands
    pieces = ["# Commands\n\nExit codes: 0 done, 2 the user's mistake, 3 no feasible roster, 1 a bug.\n"]
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    for name in names:
        done = subprocess.run(
            [OMNISTAFF, name, "--help"], capture_output=True, text=True, check=True, env=environment
        )  # fmt: skip
        lines = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        pieces.append(f"## {name}\n\n```text\n{lines}\n```")
    return "\n\n".join(pieces) + "\n"


if __name__ == "__main__":
    sys.exit(main())
