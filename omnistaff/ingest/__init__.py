"""Logs of every channel to contacts, identifiers and rejects; agents, absences and preferences to tables."""

from omnistaff.ingest.check import list_mistakes
from omnistaff.ingest.describe import describe, describe_histories
from omnistaff.ingest.doubts import list_warnings
from omnistaff.ingest.drivers import read_drivers
from omnistaff.ingest.follow import follow
from omnistaff.ingest.intervals import HistoryLog, read_histories, read_history_log
from omnistaff.ingest.load import Loaded, Loading, LoadStep, load_into, load_store
from omnistaff.ingest.people import read_people
from omnistaff.ingest.preview import preview
from omnistaff.ingest.protect import protect_stored
from omnistaff.ingest.read import Ingested, Tally, account, read_all, read_contacts, tallies
from omnistaff.ingest.registry import READERS, Reader, list_readers

__all__ = [
    "READERS",
    "HistoryLog",
    "Ingested",
    "LoadStep",
    "Loaded",
    "Loading",
    "Reader",
    "Tally",
    "account",
    "describe",
    "describe_histories",
    "follow",
    "list_mistakes",
    "list_readers",
    "list_warnings",
    "load_into",
    "load_store",
    "preview",
    "protect_stored",
    "read_all",
    "read_contacts",
    "read_drivers",
    "read_histories",
    "read_history_log",
    "read_people",
    "tallies",
]
