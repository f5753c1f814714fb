"""Archives are the same byte for byte whatever lies around their members."""

import os
import tarfile
from io import BytesIO
from pathlib import Path

from framework.release.archive import Member, address_of, build_archive, write_archive


def _members(folder: Path, *, moment: int, mode: int) -> list[Member]:
    folder.mkdir()
    found = []
    for name, text in (("lib/b.py", "b = 1\n"), ("lib/a.py", "a = 1\n")):
        file = folder / name.replace("/", "_")
        file.write_text(text)
        file.chmod(mode)
        os.utime(file, (moment, moment))
        found.append(Member(path=name, content=file))
    return [*found, Member(path="bin/python", content=b"#!/bin/sh\n", executable=True)]


def test_equal_members_are_equal_bytes(tmp_path: Path) -> None:
    """Order, times and modes of the files, and where the archive is written, change nothing."""
    first = _members(tmp_path / "one", moment=1_000_000_000, mode=0o600)
    second = _members(tmp_path / "two", moment=1_700_000_000, mode=0o755)[::-1]
    write_archive(tmp_path / "a.tar.gz", first)
    write_archive(tmp_path / "another name.tar.gz", second)
    content = (tmp_path / "a.tar.gz").read_bytes()
    assert content == (tmp_path / "another name.tar.gz").read_bytes() == build_archive(first)
    assert address_of(first) == address_of(second)


def test_what_counts_changes_the_address(tmp_path: Path) -> None:
    """A path, a content or the right to execute."""
    plain = Member(path="a", content=b"1")
    others = [
        Member(path="b", content=b"1"),
        Member(path="a", content=b"2"),
        Member(path="a", content=b"1", executable=True),
    ]
    assert len({address_of([each]) for each in (plain, *others)}) == 4


def test_members_belong_to_nobody(tmp_path: Path) -> None:
    """Sorted, with no owner and one time, readable by all; what is to be executed can be."""
    packed = build_archive(_members(tmp_path / "one", moment=1_000_000_000, mode=0o600))
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        entries = archive.getmembers()
    assert [(entry.name, oct(entry.mode)) for entry in entries] == [
        ("bin/python", "0o755"),
        ("lib/a.py", "0o644"),
        ("lib/b.py", "0o644"),
    ]
    assert {(e.uid, e.gid, e.uname, e.gname, e.mtime) for e in entries} == {(0, 0, "", "", 315_532_800)}


def test_a_failed_archive_is_not_there(tmp_path: Path) -> None:
    """Nothing half written is taken for an archive, and nothing is left lying around."""
    gone = Member(path="a", content=tmp_path / "gone")
    try:
        write_archive(tmp_path / "a.tar.gz", [gone])
    except FileNotFoundError:
        assert list(tmp_path.iterdir()) == []
    else:
        raise AssertionError("a member that is not there was written")
