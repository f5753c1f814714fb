"""Small projects on disk, and the interpreter's import state put back after each test."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest


class Folder:
    """A project's folder whose files a test writes and edits."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "configs").mkdir()
        (root / "jobs").mkdir()

    def write(self, files: Mapping[str, str]) -> None:
        """Write files by their path relative to the root, indentation taken away."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace one text in a file; it must be there."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """An empty project."""
    modules, path, finders = dict(sys.modules), list(sys.path), list(sys.meta_path)
    root = tmp_path / "project"
    root.mkdir()
    yield Folder(root)
    sys.path[:], sys.meta_path[:] = path, finders
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]
    sys.modules.update(modules)
