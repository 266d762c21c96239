"""Blocks of a big file that do not end within a repeated autumn hour: only the rows around tell its copies apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from omnistaff.ingest.csv_rows import Block
from omnistaff.ingest.parsed import TIMES
from omnistaff.ingest.stamps import read_stamps
from omnistaff.ingest.table_rows import evaluate, parts_of
from omnistaff.plan import Source
from omnistaff.timegrid import TWICE

LAST_ROWS = 1000
MOST_BLOCKS = 8  # more hold no one night: the file is in no order that could tell the copies apart


def whole_nights(blocks: Iterable[Block], source: Source) -> Iterator[Block]:
    """Yield *blocks* (columns as text, places, rejects), joined where one ends within a repeated hour."""
    held: list[Block] = []
    for block in blocks:
        held.append(block)
        if len(held) == MOST_BLOCKS or not _ends_in_repeated_hour(block[0], source):
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(blocks: list[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    raw, place, rejects = (pd.concat(parts, ignore_index=True) for parts in zip(*blocks, strict=True))
    return raw, place, rejects


def _ends_in_repeated_hour(raw: pd.DataFrame, source: Source) -> bool:
    """Return whether a stamp of the last rows stands for two instants."""
    if source.ambiguous != "order" or source.time_zone is None:
        return False
    strict, last = source.model_copy(update={"ambiguous": "reject"}), raw.tail(LAST_ROWS).reset_index(drop=True)
    expressions = [source.columns[name] for name in TIMES if name in source.columns]
    known = [text for text in expressions if all(part in raw for part in parts_of(text, list(raw.columns)))]
    return any(read_stamps(evaluate(text, last), strict)[1].str.contains(TWICE, regex=False).any() for text in known)
