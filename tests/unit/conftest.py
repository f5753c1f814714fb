"""The command line, called in this process; nothing here starts a JVM."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.calling import Caller, calling


@pytest.fixture
def sparkjob(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Caller]:
    """The small project as the working directory; the interpreter's imports are put back after."""
    with calling(tmp_path / "project", monkeypatch, capsys) as caller:
        yield caller
