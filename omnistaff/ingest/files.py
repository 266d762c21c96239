"""Finding and opening log files: single files, folders, patterns, gz and zip."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from omnistaff.errors import ConfigError, ParseError
from omnistaff.plan import Source
from omnistaff.tables.inputs import matching_files, relative_name


@dataclass(frozen=True)
class LogFile:
    """A file to read, a member of a zip archive, or lines of a stream; ``name`` is what rejects call it."""

    path: Path
    name: str
    member: str | None = None
    content: bytes | None = None  # lines of a stream, not read from a disk
    first_row: int = 1  # the number of the first line
    on_read: Callable[[int], None] | None = field(default=None, compare=False)  # told of bytes as they are read

    def open(self) -> BinaryIO:
        """Return a stream of the unpacked bytes."""
        if self.content is not None:
            return io.BytesIO(self.content)
        try:
            if self.member is not None:
                return cast(BinaryIO, io.BytesIO(zipfile.ZipFile(self.path).read(self.member)))
            raw = io.BufferedReader(_Watched(self.path, self.on_read)) if self.on_read else self.path.open("rb")
            return cast(BinaryIO, _Unpacked(raw) if self.path.suffix == ".gz" else raw)
        except (OSError, zipfile.BadZipFile, RuntimeError, zlib.error) as error:
            raise ParseError(f"{self.name} cannot be opened: {error}") from error

    def read_bytes(self) -> bytes:
        """Return the whole file, unpacked; ParseError when the archive is damaged."""
        try:
            with self.open() as stream:
                return stream.read()
        except (OSError, EOFError, zlib.error) as error:
            raise ParseError(f"{self.name} cannot be read: {error}") from error

    def read_text(self, encoding: str) -> str:
        """Return the whole file as text; bytes that are not *encoding* stay visible as ``\\xNN``."""
        return decode(self.read_bytes(), encoding, self.name)

    def lines(self, encoding: str) -> list[str]:
        """Return the lines of the file without their ends."""
        return self.read_text(encoding).replace("\r\n", "\n").replace("\r", "\n").split("\n")


class _Unpacked(gzip.GzipFile):
    """The content of a packed file, which is closed with it."""

    def __init__(self, packed: BinaryIO | io.BufferedReader) -> None:
        super().__init__(fileobj=packed, mode="rb")
        self.myfileobj = cast(Any, packed)


class _Watched(io.FileIO):
    """A file that tells how many bytes of it were read."""

    def __init__(self, path: Path, on_read: Callable[[int], None]) -> None:
        super().__init__(path)
        self._on_read = on_read

    def readinto(self, buffer: Any) -> int | None:
        size = super().readinto(buffer)
        self._on_read(size or 0)
        return size

    def readall(self) -> bytes:
        content = super().readall()
        self._on_read(len(content or b""))
        return content


def decode(content: bytes, encoding: str, name: str) -> str:
    """Return *content* as text without byte-order mark; bytes that are not *encoding* stay visible."""
    try:
        text = content.decode(encoding, errors="backslashreplace")
    except (LookupError, UnicodeError) as error:
        raise ConfigError(f"ingest: encoding {encoding!r} cannot be used for {name}: {error}") from error
    return text.removeprefix("\ufeff").replace("\x00", "\\x00")


def find_files(source: Source, folder: Path) -> list[LogFile]:
    """Return the files that *source* names, in the order of their names; ConfigError when there are none."""
    patterns = [source.path] if isinstance(source.path, str) else source.path
    found: dict[Path, None] = {}
    for pattern in patterns:
        matches = sorted(matching_files(folder, pattern))
        if not matches:
            raise ConfigError(
                f"ingest source {source.label}: no file matches {pattern!r} in {folder}, expected a file, a folder "
                "or a pattern such as logs/*.csv"
            )
        found.update(dict.fromkeys(matches))
    return [file for path in found for file in _members(path, folder)]


def _members(path: Path, folder: Path) -> Iterator[LogFile]:
    name = relative_name(path, folder)
    if path.suffix != ".zip":
        yield LogFile(path, name)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(info.filename for info in archive.infolist() if not info.is_dir())
    except (OSError, zipfile.BadZipFile) as error:
        raise ParseError(f"{name} is not a zip archive: {error}") from error
    for member in members:
        yield LogFile(path, f"{name}!{member}", member)
