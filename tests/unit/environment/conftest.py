"""A project folder with configuration files."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from framework.environment.environment import Environment
from framework.environment.load import load_environment
from framework.errors import Fault, MisconfiguredError

BASE = """\
version: 1
project: flights
stores: {lake: {uri: lake}}
datasets:
  "*": {format: delta, location: "{lake}/{dataset}"}
"""


class Files:
    """Writes `configs/*.yml` and loads environments from them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, **texts: str) -> "Files":
        """Write files by their names."""
        for name, text in texts.items():
            path = self.root / "configs" / f"{name}.yml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def load(self, name: str = "local", **process: str) -> Environment:
        """The environment, which must have no faults."""
        return load_environment(self.root, name, process=process)

    def faults(self, name: str = "local", process: Mapping[str, str] | None = None) -> tuple[Fault, ...]:
        """The faults of an environment that has some."""
        with pytest.raises(MisconfiguredError) as caught:
            load_environment(self.root, name, process=process or {})
        return caught.value.faults

    def lines(self, name: str = "local", process: Mapping[str, str] | None = None) -> list[str]:
        """The same, as a person reads them."""
        return [render(fault) for fault in self.faults(name, process)]


def render(fault: Fault) -> str:
    """A fault and its hint."""
    return str(fault) if fault.hint is None else f"{fault}\n    Hint: {fault.hint}"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A project whose `local` environment is right."""
    return Files(tmp_path).write(base=BASE, local="example_interval: 2013-01\n")


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares with `golden/<name>.txt`; `UPDATE_GOLDEN=1` writes it anew."""

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / f"{name}.txt"
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return compare
