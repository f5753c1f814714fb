"""Archives that are the same byte for byte whenever their members are."""

import gzip
import hashlib
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from framework.generation import digest

_TIME = 315_532_800
"""1980-01-01: some unpackers take no earlier one."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file of an archive: its path there, and its content or the file that has it."""

    path: str
    content: bytes | Path
    executable: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hex."""
        content = self.content.read_bytes() if isinstance(self.content, Path) else self.content
        return hashlib.sha256(content).hexdigest()


def address_of(members: Iterable[Member]) -> str:
    """Sixteen hex digits that stand for paths, modes and contents."""
    by_path = sorted(members, key=lambda member: member.path)
    return digest(p for m in by_path for p in (m.path, str(m.executable), m.digest))[:16]


def build_archive(members: Sequence[Member]) -> bytes:
    """A small `.tar.gz` in memory. See `write_archive`."""
    target = BytesIO()
    _write(target, members)
    return target.getvalue()


def write_archive(target: Path, members: Sequence[Member]) -> None:
    """Write a `.tar.gz`: sorted, without owners, times and further modes. `target` is whole or not there."""
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        written = Path(file.name)
        try:
            _write(file, members)
        except BaseException:
            written.unlink()
            raise
    written.chmod(0o644)  # a temporary file is its maker's alone
    written.replace(target)


def _write(target: IO[bytes], members: Sequence[Member]) -> None:
    # Level 6 takes a third of the time of 9, for one percent.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=target, compresslevel=6, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        for member in sorted(members, key=lambda member: member.path):
            entry = tarfile.TarInfo(member.path)
            entry.mtime = _TIME
            entry.mode = 0o755 if member.executable else 0o644
            if isinstance(member.content, bytes):
                entry.size = len(member.content)
                archive.addfile(entry, BytesIO(member.content))
            else:
                entry.size = member.content.stat().st_size
                with member.content.open("rb") as file:
                    archive.addfile(entry, file)
