"""YAML as plans are written in it: a key that stands twice is a mistake, a day that does not exist is told."""

from __future__ import annotations

from typing import Any

import yaml

from omnistaff.errors import ConfigError


def read_yaml(text: str, *, origin: str) -> Any:
    """Return what *text* says; ConfigError where it is no YAML or a mapping has a key twice, of which one is lost."""
    loader = _Loader(text)
    try:
        content = loader.get_single_data()
    except yaml.YAMLError as error:
        raise ConfigError(f"{origin} is not valid YAML: {error}") from error
    finally:
        loader.dispose()
    if loader.twice:
        raise ConfigError(f"{origin} has {len(loader.twice)} key(s) twice: keep one of each", loader.twice)
    return content


class _Loader(yaml.SafeLoader):
    """Notes keys that stand twice; leaves days that the calendar does not have as text, for the plan to refuse."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if str(key.value) in lines and key.tag != "tag:yaml.org,2002:merge":
                self.twice.append(f"{key.value}: in line {lines[str(key.value)]} and again in line {line}")
            lines[str(key.value)] = line
        return super().construct_mapping(node, deep)

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return self.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)
