"""YAML as plans are written in it: a key that stands twice is a mistake, a day that does not exist is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from omnistaff.errors import ConfigError


def read_yaml(text: str, *, origin: str) -> Any:
    """Return what *text* says; ConfigError where it is no YAML or a mapping has a key twice, of which one is lost."""
    try:
        twice = list(_find_twice(yaml.compose(text, _Loader)))
        content = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{origin} is not valid YAML: {error}") from error
    if twice:
        raise ConfigError(f"{origin} has {len(twice)} key(s) twice: keep one of each", twice)
    return content


class _Loader(yaml.SafeLoader):
    """Leaves days that the calendar does not have as text, for the plan to refuse."""

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return self.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


def _find_twice(root: yaml.Node | None) -> Iterator[str]:
    """Yield the keys that stand twice in a mapping, with their lines; parts used again by an alias are read once."""
    waiting, seen = [root] if root else [], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or isinstance(node, yaml.ScalarNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
            continue
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if str(key.value) in lines:
                yield f"{key.value}: in line {lines[str(key.value)]} and again in line {line}"
            lines[str(key.value)] = line
            waiting.append(value)
