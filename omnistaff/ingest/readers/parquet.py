"""Parquet files by the plan's column map; typed columns are read as text of the same meaning."""

from __future__ import annotations

from collections.abc import Iterator

from omnistaff.errors import ParseError
from omnistaff.ingest.frame_rows import frames_to_parsed
from omnistaff.ingest.parsed import Input, Parsed

BATCH_ROWS = 500_000


def read(given: Input) -> Iterator[Parsed]:
    """Yield the rows of the files, a batch at a time."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    for file in given.files:
        try:
            packed = file.member is not None or file.path.suffix == ".gz"
            parquet = pq.ParquetFile(io.BytesIO(file.read_bytes()) if packed else file.path)
            batches = (batch.to_pandas() for batch in parquet.iter_batches(BATCH_ROWS))
            yield from frames_to_parsed(batches, file.name, given.source)
        except (pa.ArrowException, OSError) as error:
            raise ParseError(f"{file.name} is not Parquet: {error}") from error
