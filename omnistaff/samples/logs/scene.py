"""What every log writer gets: the world, its people at work, the folder, and a generator of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from omnistaff.samples.build import World
from omnistaff.tables.files import write_text

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def one_line(record: dict[str, object]) -> str:
    """Return *record* as compact JSON."""
    return _ENCODER.encode(record)


@dataclass(frozen=True)
class Scene:
    """Input of a log writer."""

    world: World
    agent_id: np.ndarray  # of each contact, empty if not served
    folder: Path
    rng: np.random.Generator

    def write_lines(self, name: str, lines: Iterable[str], *, encoding: str = "utf-8") -> None:
        """Write *lines* to the file *name* in the folder, whole or not at all."""
        path = self.folder / name
        text = "\n".join(lines) + "\n"
        if encoding == "utf-8":
            write_text(path, text)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode(encoding))

    def months(self, seconds: np.ndarray) -> np.ndarray:
        """Return ``2025-09`` for each time, for files cut by month (UTC)."""
        whole = np.floor(seconds).astype("int64").astype("datetime64[s]")
        return np.asarray(np.datetime_as_string(whole, unit="M"))
