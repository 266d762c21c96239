"""What a plan takes for granted about the world: files, contact columns, holidays; and the hashes of its files."""

import difflib
import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from omnistaff.errors import ConfigError
from omnistaff.plan import Plan, Source
from omnistaff.tables.catalog import CHANNELS, DIRECTIONS, OUTCOMES, Contacts

WORDS = {"channel": CHANNELS, "direction": DIRECTIONS, "outcome": OUTCOMES}  # contact columns that hold known words


def check_inputs(plan: Plan) -> int:
    """Return how many input files the plan names.

    ConfigError lists every path that matches nothing, every queue that asks for contacts by a column or a word that
    contacts do not have, and every country without known holidays.
    """
    problems = [*_missing_files(plan), *_strange_filters(plan), *_strange_countries(plan)]
    if problems:
        raise ConfigError(f"plan {plan.name} asks for what is not there", problems)
    return len(dict(input_files(plan)))


def _missing_files(plan: Plan) -> list[str]:
    problems = [
        f"ingest.{position}.path: {pattern} matches no file in {plan.folder}"
        for position, source in enumerate(plan.ingest)
        for pattern in _patterns(source)
        if "://" not in pattern and not matching_files(plan.folder, pattern)
    ]
    for key, name in _single_files(plan).items():
        if name and not (plan.folder / name).is_file():
            problems.append(f"{key}: {name} is not a file in {plan.folder}")
    return problems


def _strange_filters(plan: Plan) -> list[str]:
    columns = Contacts.column_names()
    problems = []
    for queue in plan.queues:
        for column, values in queue.contacts.items():
            key = f"queues.{queue.name}.contacts"
            if column not in columns:
                problems.append(f"{key}: contacts have no column {column!r}{nearest(column, columns)}")
            words = WORDS.get(column)
            problems += [
                f"{key}.{column}: {value!r} is unknown{nearest(value, words)}"
                for value in values
                if words and value not in words
            ]
    return problems


def nearest(word: str, known: Sequence[str]) -> str:
    """Return a hint for an unknown *word*: the nearest of *known*, or all of them."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f", did you mean {near[0]}?" if near else f", expected one of {', '.join(known)}"


def _strange_countries(plan: Plan) -> list[str]:
    problems = set()
    for queue in plan.queues:
        try:
            plan.holidays_of(queue, range(2024, 2025))  # any year shows whether the country is known
        except ConfigError as error:
            problems.add(str(error))
    return sorted(problems)


def input_files(plan: Plan) -> Iterator[tuple[str, Path]]:
    """Yield (name relative to the plan, path) of every input file, in order of the paths."""
    patterns = [pattern for source in plan.ingest for pattern in _patterns(source)]
    patterns += [name for name in _single_files(plan).values() if name]
    found = {file for pattern in patterns for file in matching_files(plan.folder, pattern)}
    for file in sorted(found):
        yield relative_name(file, plan.folder), file


def _patterns(source: Source) -> list[str]:
    return [source.path] if isinstance(source.path, str) else source.path


def _single_files(plan: Plan) -> dict[str, str | None]:
    """Return {key of the plan: path} of what is one file each, None where the plan names none."""
    drivers = {f"forecast.drivers.{k}.path": driver.path for k, driver in enumerate(plan.forecast.drivers)}
    people = {key: getattr(plan, key) for key in ("agents", "absences", "preferences")}
    return people | drivers | {"schedule.previous_roster": plan.schedule.previous_roster}


def matching_files(folder: Path, pattern: str) -> list[Path]:
    """Return the files that *pattern*, taken from *folder*, stands for; hidden files in folders are left out."""
    path = folder / pattern
    if path.is_dir():
        return [file for file in path.rglob("*") if file.is_file() and not file.name.startswith(".")]
    if path.is_file():
        return [path]
    if "://" in pattern:
        return []  # a database
    asked = Path(pattern)
    start = Path(asked.anchor) if asked.is_absolute() else folder
    found = start.glob(str(asked.relative_to(asked.anchor)))
    return [file for file in found if file.is_file() and not file.name.startswith(".")]


def relative_name(file: Path, folder: Path) -> str:
    """Return *file* as written from *folder*, with slashes on every system: ``logs/a.csv``, ``../runs/a.csv``."""
    try:
        return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
    except ValueError:  # on another drive
        return file.resolve().as_posix()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's content; a file that has not changed since it was last asked for is not read."""
    facts = path.stat()
    return _hash_content(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=100_000)
def _hash_content(path: Path, size: int, changed_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
