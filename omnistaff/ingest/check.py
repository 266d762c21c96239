"""What would go wrong with a plan's logs and people, found before a run by reading the beginning of each source."""

from __future__ import annotations

from collections.abc import Iterator

from omnistaff.errors import OmnistaffError
from omnistaff.ingest.files import find_files
from omnistaff.ingest.finish import finish
from omnistaff.ingest.parsed import Input
from omnistaff.ingest.people import read_people
from omnistaff.ingest.registry import Reader, find_reader
from omnistaff.plan import Plan, Source
from omnistaff.tables import CHANNELS
from omnistaff.tables.inputs import nearest


def list_mistakes(plan: Plan) -> list[str]:
    """Return what is wrong with the plan's ingest entries and people files, each with its key in the plan.

    Unknown readers and channels, column maps that do not fit the first file's header, sources of which no row of the
    first block can be used (a zone or a format is missing), and people files with missing columns or values. Files
    that are not there are left to ``check_inputs``; databases are not asked.
    """
    mistakes = [
        f"ingest.{k}{problem}" for k, source in enumerate(plan.ingest) for problem in _of_source(source, plan)
    ]
    try:
        read_people(plan)
    except OmnistaffError as error:
        mistakes += error.problems or [str(error)]
    return mistakes


def _of_source(source: Source, plan: Plan) -> Iterator[str]:
    if source.channel is not None and source.channel not in CHANNELS:
        yield f".channel: {source.channel!r} is unknown{nearest(source.channel, CHANNELS)}"
    try:
        reader = find_reader(source.reader)
    except OmnistaffError as error:
        yield f".reader: {str(error).removeprefix('ingest: ')}"
        return
    if source.query or not (reader.is_rowwise or reader.gives == "intervals"):
        return
    try:
        yield from _of_first_rows(source, reader, plan)
    except OmnistaffError as error:
        yield from (f".{problem}" for problem in error.problems or [str(error)])


def _of_first_rows(source: Source, reader: Reader, plan: Plan) -> Iterator[str]:
    try:
        first = Input(source, find_files(source, plan.folder)[:1])
    except OmnistaffError:
        return  # no such file: said by check_inputs
    if reader.gives == "intervals":
        rows, rejects = reader.load_intervals()(first)
    else:
        parsed = next(iter(reader.load()(first)), None)
        if parsed is None:
            return
        piece = finish(parsed, source)
        rows, rejects = piece.contacts, piece.rejects
    if rows.empty and len(rejects):
        reason = rejects["reason"].iloc[0]
        hint = f" (time_format is {source.time_format or 'not set'})" if "stamp is not understood" in reason else ""
        yield f": every row would be rejected, first row {rejects['row'].iloc[0]}: {reason}{hint}"
