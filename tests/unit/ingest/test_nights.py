"""Blocks that end in a repeated hour are joined, but a file in no order is not piled up."""

import pandas as pd

from omnistaff.ingest.nights import MOST_BLOCKS, whole_nights
from omnistaff.plan import make_plan


def test_a_file_in_no_order_is_read_a_few_blocks_at_a_time() -> None:
    source = make_plan(
        {
            "name": "n", "time_zone": "Europe/Madrid", "queues": [{"name": "q"}],
            "ingest": [{"name": "s", "reader": "csv", "path": "x.csv", "time_zone": "Europe/Madrid",
                        "channel": "voice", "columns": {"contact_id": "id", "arrived_at": "at"}}],
        }
    ).ingest[0]  # fmt: skip
    block = pd.DataFrame({"id": ["1"], "at": ["2026-10-25 02:30"]}, dtype="str")
    blocks = ((block, pd.DataFrame(), pd.DataFrame()) for _ in range(2 * MOST_BLOCKS + 1))
    assert [len(rows) for rows, _, _ in whole_nights(blocks, source)] == [MOST_BLOCKS, MOST_BLOCKS, 1]
