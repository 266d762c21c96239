"""The files that a plan names: which they are, whether they are there, and their hashes."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from omnistaff.errors import ConfigError
from omnistaff.plan import Plan, Source


def check_inputs(plan: Plan) -> int:
    """Return how many input files the plan names; ConfigError lists every path that matches nothing."""
    problems = [
        f"ingest.{position}.path: {pattern} matches no file in {plan.folder}"
        for position, source in enumerate(plan.ingest)
        for pattern in _patterns(source)
        if "://" not in pattern and not _matching(plan.folder, pattern)
    ]
    for key in ("agents", "absences", "preferences"):
        name = getattr(plan, key)
        if name and not (plan.folder / name).is_file():
            problems.append(f"{key}: {name} is not a file in {plan.folder}")
    if problems:
        raise ConfigError(f"plan {plan.name} names files that are not there", problems)
    return len(dict(input_files(plan)))


def input_files(plan: Plan) -> Iterator[tuple[str, Path]]:
    """Yield (name relative to the plan, path) of every input file, in order of the paths."""
    patterns = [pattern for source in plan.ingest for pattern in _patterns(source)]
    patterns += [p for p in (plan.agents, plan.absences, plan.preferences) if p]
    found = {file for pattern in patterns for file in _matching(plan.folder, pattern)}
    for file in sorted(found):
        yield _relative(file, plan.folder), file


def _patterns(source: Source) -> list[str]:
    return [source.path] if isinstance(source.path, str) else source.path


def _matching(folder: Path, pattern: str) -> list[Path]:
    path = folder / pattern
    if path.is_dir():
        return [file for file in path.rglob("*") if file.is_file()]
    if path.is_file():
        return [path]
    if "://" in pattern:
        return []  # a database
    anchor = Path(path.anchor) if path.is_absolute() else Path()
    return [file for file in anchor.glob(str(path.relative_to(anchor))) if file.is_file()]


def _relative(file: Path, folder: Path) -> str:
    try:
        return file.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return file.name


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
