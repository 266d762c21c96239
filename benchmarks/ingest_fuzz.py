"""Mutated sample files through every reader: only ParseError, ConfigError or rejects may come of them.

    python -m benchmarks.ingest_fuzz [inputs] [seed]

Mutations: bytes flipped, cut, doubled and swapped; numbers and keys replaced; lines dropped, repeated and shuffled;
nulls, other types and deep nesting in place of JSON values. After each read rows = legs + rejects + rows set aside.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omnistaff.errors import OmnistaffError, ParseError, TableError

FORMATS = Path(__file__).parents[1] / "tests" / "data" / "formats"
NEW_YORK = {"time_zone": "America/New_York"}
BATCH = 12  # a refused file has the rest of its batch read again
TABLE = {"contact_id": "id", "arrived_at": "at", "answered_at": "answered", "effort_s": "effort", "phone": "tel"}

SAMPLES: list[tuple[str, str, dict[str, Any]]] = [
    ("amazon_connect", "amazon_connect_contact_records.jsonl", {}),
    ("amazon_connect", "amazon_connect_firehose_concatenated.json", {}),
    ("asterisk_cdr", "asterisk_cdr_master.csv", NEW_YORK),
    ("asterisk_queue_log", "asterisk_queue_log.txt", {}),
    ("avaya_cms_interval", "avaya_cms_skill_interval.txt", NEW_YORK),
    ("calabrio_queue_statistics", "calabrio_queue_statistics.csv", NEW_YORK),
    ("chatwoot", "chatwoot_conversations.csv", {}),
    ("cisco_uccx_interval", "cisco_uccx_csq_interval.csv", NEW_YORK),
    ("five9_call_log", "five9_call_log.csv", NEW_YORK),
    ("freeswitch_cdr", "freeswitch_cdr.csv", NEW_YORK),
    ("freshdesk_tickets", "freshdesk_tickets.json", {}),
    ("genesys_cloud", "genesys_cloud_conversation_details.json", {}),
    ("genesys_wfm_history", "genesys_wfm_historical_import.csv", {}),
    ("intercom_conversations", "intercom_conversations.json", {}),
    (
        "interval_csv", "generic_interval_european.csv",
        {
            "time_zone": "Europe/Berlin", "time_format": "%d.%m.%Y %H:%M", "decimal": ",", "thousands": ".",
            "columns": {"interval_start": "Datum + Intervall", "queue": "Queue", "offered": "Angebot"},
        },
    ),
    ("mbox", "support_mailbox.mbox", {"own_addresses": ["@example.org"]}),
    ("meta_messaging", "meta_messenger_instagram_webhooks.jsonl", {}),
    ("salesforce_cases", "salesforce_cases.csv", {}),
    ("telegram", "telegram_desktop_export.json", {}),
    ("twilio_calls", "twilio_calls.json", {}),
    ("twilio_messages", "twilio_messages.json", {}),
    ("twilio_taskrouter", "twilio_taskrouter_events.json", {}),
    ("whatsapp_cloud", "whatsapp_cloud_webhooks.jsonl", {}),
    ("x_archive", "x_archive_direct_messages.js", {"own_addresses": ["900001"]}),
    ("zendesk_metric_events", "zendesk_ticket_metric_events.json", {}),
    ("zendesk_tickets", "zendesk_tickets_export.jsonl", {}),
    ("csv", "", {**NEW_YORK, "columns": TABLE}),
    ("json", "", {**NEW_YORK, "columns": TABLE}),
]  # fmt: skip

CSV = b"id,at,answered,effort,tel\n1,2026-04-05 09:00,2026-04-05T09:01:00Z,60,+34600000001\n2,2026-11-01 01:30,,,\n"
JSON = b'{"id":1,"at":"2026-04-05T09:00:00Z","effort":60.5,"tel":"+346"}\n{"id":2,"at":"2026-04-05T09:00:00Z"}\n'
PIECES = [
    b"null", b"{}", b"[]", b'""', b"-1", b"1e999", b"NaN", b"9" * 30, b"true", b"\x00", b"\xff\xfe", b'"', b"|", b";",
    b",", b"\r\n\r\n", b"[" * 2000, b"\xed\xa0\x80", b"1970-01-01T00:00:00Z", b"9999-12-31T23:59:59Z", b"\\ud800",
    b"0x1F", b"%s", b"2026-02-30T00:00:00Z", b"-00:00:01", b"1793019605", b"From ", b"Totals", b"[None]", b"inf",
    b"\xef\xbb\xbf",
]  # fmt: skip


def main(inputs: int, seed: int) -> int:
    """Read *inputs* mutated files, a batch of one format at a time; return the number of crashes."""
    rng = random.Random(seed)
    outcomes: Counter[str] = Counter()
    start = time.process_time()
    done = 0
    while done < inputs:
        reader, file, settings = SAMPLES[done // BATCH % len(SAMPLES)]
        content = _content(reader, file)
        batch = [mutate(content, rng) for _ in range(min(BATCH, inputs - done))]
        with tempfile.TemporaryDirectory() as name:
            outcomes.update(read_batch(reader, settings, batch, Path(name)))
        done += len(batch)
        if done // BATCH % 50 == 0:
            print(f"{done:,} inputs: {dict(sorted(outcomes.items()))}", flush=True)
    seconds = time.process_time() - start
    print(f"{inputs:,} inputs over {len(SAMPLES)} samples in {seconds:.0f} s CPU: {dict(sorted(outcomes.items()))}")
    return outcomes["crash"]


def read_batch(reader: str, settings: dict[str, Any], batch: list[bytes], folder: Path) -> Counter[str]:
    """Return how many files were read and refused; a file that is refused by name is taken out and the rest read.

    A batch that crashes, or is refused without a name, is read file by file.
    """
    outcomes: Counter[str] = Counter()
    names = [f"input-{k:04d}" for k in range(len(batch))]
    for name, content in zip(names, batch, strict=True):
        (folder / name).write_bytes(content)
    if batch[0][:1] in (b"{", b"["):
        damaged = [name for name in names if not is_json(folder / name)]
        outcomes["refused"] += len(damaged)
        names = [name for name in names if name not in damaged]
    while names:
        outcome = attempt(reader, settings, names, folder)
        if outcome in ("read", "rejects"):
            outcomes[outcome] += len(names)
            return outcomes
        refused = [name for name in names if outcome.startswith("refused") and name in outcome]
        if len(names) == 1 or refused:
            outcomes[outcome.split(":")[0]] += len(refused) or 1
            if outcome.startswith("crash"):
                print(f"{reader}: {outcome}", flush=True)
                Path(f"fuzz-{reader}-{names[0]}.bin").write_bytes((folder / names[0]).read_bytes())
            names = [name for name in names if refused and name not in refused]
            continue
        for name in names:
            outcomes.update(read_batch(reader, settings, [(folder / name).read_bytes()], folder))
        return outcomes
    return outcomes


def is_json(path: Path) -> bool:
    """Return whether the reader of JSON files takes the file; only a refusal on purpose counts as no."""
    from omnistaff.ingest.files import LogFile
    from omnistaff.ingest.json_rows import read_records

    try:
        read_records([LogFile(path, path.name)], "utf-8")
    except ParseError:
        return False
    return True


def _content(reader: str, file: str) -> bytes:
    if file:
        return (FORMATS / file).read_bytes()
    return CSV if reader == "csv" else JSON


def attempt(reader: str, settings: dict[str, Any], names: list[str], folder: Path) -> str:
    """Return read, rejects, refused with the message, or crash with its trace."""
    from omnistaff.ingest.files import LogFile
    from omnistaff.ingest.finish import finish
    from omnistaff.ingest.parsed import Input
    from omnistaff.ingest.registry import READERS
    from omnistaff.plan import Source

    source = Source.model_validate({"reader": reader, "path": names, **settings})
    given = Input(source, [LogFile(folder / name, name) for name in names])
    try:
        if READERS[reader].gives == "intervals":
            return "rejects" if len(READERS[reader].load_intervals()(given)[1]) else "read"
        done = [(parsed, finish(parsed, source)) for parsed in READERS[reader].load()(given)]
    except TableError as error:
        return f"crash: {error}"
    except OmnistaffError as error:
        return f"refused: {error}"
    except Exception:
        return "crash: " + "".join(traceback.format_exc().splitlines(keepends=True)[-8:])
    rejects = 0
    for parsed, piece in done:
        rejects += len(piece.rejects)
        if parsed.rows != piece.contacts["legs"].sum() + len(piece.rejects) + sum(parsed.set_aside.values()):
            return f"crash: rows vanished: {parsed.rows}"
    return "rejects" if rejects else "read"


def mutate(content: bytes, rng: random.Random) -> bytes:
    """Return *content* after one to four random changes."""
    for _ in range(rng.randint(1, 4)):
        content = rng.choice(MUTATIONS)(content, rng)
    return content


def _flip(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _cut(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[start + rng.randint(0, 60) :]


def _insert(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + rng.choice(PIECES) + content[start:]


def _replace_value(content: bytes, rng: random.Random) -> bytes:
    """Put a piece where a field's value was: between two separators that stand near each other."""
    places = [k for k, byte in enumerate(content) if byte in b',:;|"\t\n']
    if len(places) < 2:
        return content
    k = rng.randrange(len(places) - 1)
    return content[: places[k] + 1] + rng.choice(PIECES) + content[places[k + 1] :]


def _lines(content: bytes, rng: random.Random) -> bytes:
    lines = content.split(b"\n")
    k = rng.randrange(len(lines))
    match rng.randrange(3):
        case 0:
            lines = lines[:k] + lines[k + 1 :]
        case 1:
            lines = lines[:k] + [lines[k]] * 2 + lines[k:]
        case _:
            rng.shuffle(lines)
    return b"\n".join(lines)


def _truncate(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [_flip, _cut, _insert, _replace_value, _lines, _truncate]

if __name__ == "__main__":
    sys.exit(
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 7) > 0
    )
