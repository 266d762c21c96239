"""Reading a plan file: YAML to a checked Plan, all problems in one error, each with its path and a hint."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from omnistaff.errors import ConfigError
from omnistaff.plan.reading import read_yaml
from omnistaff.plan.root import Plan
from omnistaff.plan.week import NUMBER, WEEK


def load_plan(path: str | Path) -> Plan:
    """Return the plan in the YAML file *path*; relative paths in it start from its folder.

    Raises ConfigError that lists every problem with its key, what was found and what is expected.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"plan file {file} cannot be read: {error}") from error
    content = read_yaml(text, origin=f"plan file {file}")
    if not isinstance(content, dict):
        raise ConfigError(
            f"plan file {file} holds {type(content).__name__}, expected sections such as name: and queues:"
        )
    return make_plan(content, folder=file.resolve().parent, origin=str(file))


def make_plan(content: Mapping[str, Any], *, folder: str | Path = ".", origin: str = "plan") -> Plan:
    """Return the plan with the settings in *content*, as ``load_plan`` does for a file."""
    try:
        plan = Plan.model_validate(dict(content))
    except ValidationError as error:
        problems = [line for item in error.errors() for line in _explain(item, content)]
        raise ConfigError(f"{origin} has {len(problems)} problem(s)", problems) from error
    plan._folder = Path(folder)
    return plan


def plan_schema() -> str:
    """Return the JSON schema of plan files, for editors."""
    return json.dumps(Plan.model_json_schema(), indent=2)


def _explain(item: Any, content: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line a problem: key, what was found, what is expected, what to do."""
    path = ".".join(str(part) for part in item["loc"] if part not in (NUMBER, WEEK))
    match item["type"]:
        case "extra_forbidden":
            yield f"{path}: unknown key{_suggest(item['loc'])}"
        case "missing":
            yield f"{path}: missing, expected a value"
        case "value_error":
            for line in str(item["ctx"]["error"]).splitlines():
                names_key = re.match(r"[\w.]+: ", line)  # checks of a whole section name the key themselves
                yield (f"{path}.{line}" if names_key else f"{path}: {line}") if path else line
        case _:
            yield f"{path}: found {_short(item['input'])}, {_expected(item['msg'])}{_share_hint(item)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _expected(message: str) -> str:
    return message.replace("Input should be ", "expected ").replace("Value error, ", "")


def _share_hint(item: Any) -> str:
    value, path = item["input"], str(item["loc"])
    if "share" in path and isinstance(value, int | float) and 1 < value <= 100:
        return f": write {value / 100:g} for {value:g} %"
    return ""


def _suggest(location: Sequence[Any]) -> str:
    """Return a hint at the known key nearest to the unknown last part of *location*."""
    known = _fields_at(Plan, list(location[:-1]))
    near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
    if near:
        return f", did you mean {near[0]}?"
    return f", expected one of {', '.join(known)}" if known else ""


def _fields_at(model: type[BaseModel], location: list[Any]) -> list[str]:
    for part in location:
        field = model.model_fields.get(str(part))
        if field is None:
            continue  # a list index, a mapping's key or a union's branch: same model
        inner = _model_in(field.annotation)
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found:
            return found
    return None
