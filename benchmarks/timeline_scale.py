"""Timeline and demand of a Parquet file of contacts too many for pandas: CPU seconds and memory.

    python benchmarks/timeline_scale.py contacts.parquet [--threads 2]

The file has columns contact_id, ts, channel, reason, phone, email, nid and handle (as the reference generator writes
them). Customers are resolved first, in a process of its own that does not count. What a log also says is made up:
one contact in 20 gives up, the others are answered after 20 seconds and take 2 to 12 minutes. Asked: 20 CPU seconds
and 2 GB for 10 million contacts.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from omnistaff.demand.counts import count_chronology
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
        measure(contacts, Path(folder) / "timeline.parquet", make_example(), options.threads)


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
    names = " ".join(f"when '{theirs}' then '{ours}'" for theirs, ours in CHANNELS.items())
    connection.execute(f"""copy (select contact_id, customer_id, ts as arrived_at,
        case channel::varchar {names} else channel::varchar end as channel, reason::varchar as reason,
        true as is_demand,
        case when contact_id % 20 = 7 then 'abandoned' else 'answered' end as outcome,
        case when contact_id % 20 <> 7 then ts + interval 20 second end as answered_at,
        case when contact_id % 20 <> 7 then ts + to_seconds(140 + contact_id % 601) end as ended_at,
        case when contact_id % 20 <> 7 then (120 + contact_id % 601)::double end as effort_s, 20.0::double as wait_s
        from read_parquet('{file}') positional join read_parquet('{target}.labels')) to '{target}'""")  # fmt: skip


def measure(contacts: Path, target: Path, plan: Plan, threads: int) -> None:
    """Print what the chronology and the demand cost, beside the bare scan of the file."""
    import ibis

    backend = ibis.duckdb.connect(temp_directory=str(target.parent), memory_limit="600MB", threads=threads)
    backend.raw_sql("set timezone = 'UTC'")
    start = time.process_time()
    columns = pq.ParquetFile(contacts).schema_arrow.names
    scan = ", ".join(f"max(hash({name}))" for name in columns)
    backend.con.execute(f"select {scan} from read_parquet('{contacts}')").fetchall()
    first, wall = time.process_time(), time.perf_counter()
    print(f"bare scan              {first - start:8.2f} CPU s")
    write_timeline(backend.con, contacts, target, plan.timeline)
    middle, wall_middle = time.process_time(), time.perf_counter()
    print(f"timeline               {middle - first:8.2f} CPU s {wall_middle - wall:8.2f} s", flush=True)
    marks = "c.*, t.is_repeat, t.is_switch, t.is_alone"
    backend.raw_sql(
        f"create view chronology as select {marks} from read_parquet('{contacts}') c"
        f" positional join read_parquet('{target}') t"
    )
    demand = count_chronology(backend.table("chronology"), plan)
    end, wall_end = time.process_time(), time.perf_counter()
    rows = pq.ParquetFile(target).metadata.num_rows
    print(f"{rows:,} contacts, {len(demand):,} rows of demand, {demand['offered'].sum():,.0f} offered")
    print(f"demand                 {end - middle:8.2f} CPU s {wall_end - wall_middle:8.2f} s")
    print(f"together               {end - first:8.2f} CPU s (asked: 20 for 10 million)")
    print(f"peak memory            {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:8.2f} GB (asked: 2)")


if __name__ == "__main__":
    main()
