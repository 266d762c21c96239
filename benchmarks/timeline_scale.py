"""Timeline and demand of a Parquet file of contacts too many for pandas: CPU seconds and memory.

    python benchmarks/timeline_scale.py contacts.parquet [--threads 2]

The file has columns contact_id, ts, channel, reason, phone, email, nid and handle (as the reference generator writes
them). Customers are resolved first, in a process of its own that does not count. What a log also says is made up:
one contact in 20 gives up, the others are answered after 20 seconds and take 2 to 12 minutes. Asked: 20 CPU seconds
and 2 GB for 10 million contacts, the timeline file included. Loading compiled code does not count.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from omnistaff.demand.counts import count_files
from omnistaff.plan import Identity, Plan, make_plan
from omnistaff.timeline.bulk import write_timeline

COLUMNS = {"phone": "phone", "email": "email", "nid": "national_id", "handle": "handle"}
CHANNELS = {"phone": "voice", "webchat": "web_chat", "twitter": "social", "pqr": "form"}
LIVE = ["voice", "web_chat", "whatsapp", "in_person"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        contacts = Path(folder) / "contacts.parquet"
        first = multiprocessing.get_context("spawn").Process(target=prepare, args=(options.file, str(contacts)))
        first.start()
        first.join()
        measure(contacts, make_example(), options.threads)


def make_example() -> Plan:
    """Return a plan with a live and a deferred line."""
    queues = [
        {"name": "live", "contacts": {"channel": LIVE}},
        {"name": "written", "mode": "deferred", "target": {"on_time_share": 0.9}},
    ]
    return make_plan({"name": "scale", "time_zone": "America/Bogota", "queues": queues})


def prepare(file: str, target: str) -> None:
    """Write the contacts table with its customers."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    from omnistaff.identity.bulk import resolve_rows

    connection = duckdb.connect()
    source = f"(select *, file_row_number as row from read_parquet('{file}', file_row_number = true))"
    labels = resolve_rows(connection, source, COLUMNS, Identity())
    pq.write_table(pa.table({"customer_id": labels}), f"{target}.labels")
    connection.execute(f"copy ({make_contacts(file, f'{target}.labels')}) to '{target}'")


def make_contacts(file: str, labels: str) -> str:
    """Return the query for the contacts table of *file* with the customers of the Parquet file *labels*."""
    names = " ".join(f"when '{theirs}' then '{ours}'" for theirs, ours in CHANNELS.items())
    return f"""select contact_id, customer_id, ts as arrived_at,
        case channel::varchar {names} else channel::varchar end as channel, reason::varchar as reason,
        true as is_demand,
        case when contact_id % 20 = 7 then 'abandoned' else 'answered' end as outcome,
        case when contact_id % 20 <> 7 then ts + interval 20 second end as answered_at,
        case when contact_id % 20 <> 7 then ts + to_seconds(140 + contact_id % 601) end as ended_at,
        case when contact_id % 20 <> 7 then (120 + contact_id % 601)::double end as effort_s, 20.0::double as wait_s
        from read_parquet('{file}') positional join read_parquet('{labels}')"""


def measure(contacts: Path, plan: Plan, threads: int) -> None:
    """Print what the chronology and the demand cost, beside the bare scan of the file, asked beside measured."""
    import duckdb

    target = contacts.parent / "timeline.parquet"
    connection = duckdb.connect()
    connection.execute(f"set threads = {threads}; set memory_limit = '600MB'; set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    few = contacts.parent / "few.parquet"
    connection.execute(f"copy (select * from '{contacts}' limit 1000) to '{few}'")
    write_timeline(connection, few, target, plan.timeline)  # compiled code is loaded once
    count_files(few, target, plan)
    columns = pq.ParquetFile(contacts).schema_arrow.names
    start = time.process_time()
    scan = ", ".join(f"max(hash({name}))" for name in columns)
    connection.execute(f"select {scan} from read_parquet('{contacts}')").fetchall()
    first, wall = time.process_time(), time.perf_counter()
    write_timeline(connection, contacts, target, plan.timeline)
    middle, wall_middle = time.process_time(), time.perf_counter()
    demand = count_files(contacts, target, plan)
    end, wall_end = time.process_time(), time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows = pq.ParquetFile(target).metadata.num_rows
    print(f"{rows:,} contacts, {len(demand):,} rows of demand, {demand['offered'].sum():,.0f} offered\n")
    print("| what | asked for 10 million | measured |\n| --- | --- | --- |")
    print(f"| bare scan | | {first - start:.2f} CPU s |")
    print(f"| timeline, from file to file | | {middle - first:.2f} CPU s, {wall_middle - wall:.1f} s by the clock |")
    print(f"| demand | | {end - middle:.2f} CPU s, {wall_end - wall_middle:.1f} s by the clock |")
    print(f"| together | 20 CPU s | {end - first:.2f} CPU s |")
    print(f"| peak memory | 2 GB | {memory:.2f} GB |")


if __name__ == "__main__":
    main()
