"""A table whose rows are to be copied: what is said of its generations is said of the rows that are read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from framework.environment.environment import Binding
from framework.errors import RetryError
from framework.generation import Generation
from framework.interval import Interval
from framework.tables import foreign
from framework.tables.foreign import look
from framework.tables.protocol import TableReader
from framework.tables.readers import reader_of
from tests.storage.lake import D1, D2, GOOD, Lake, make_lake


@dataclass(frozen=True)
class _Overtaken:
    """The reader of a table into which a run publishes between two of its answers."""

    reader: TableReader
    lake: Lake

    def pin(self, binding: Binding, intervals: Iterable[Interval]) -> object:
        """What is pinned now."""
        return self.reader.pin(binding, intervals)

    def published(self, binding: Binding, intervals: Iterable[Interval]) -> Mapping[Interval, Generation]:
        """What is published a moment later."""
        self.lake.run(2, D1)
        return self.reader.published(binding, intervals)


@pytest.mark.parametrize("form", ["delta", "parquet"])
def test_a_generation_is_never_said_of_earlier_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Copied with the newer one's fingerprint, the old rows would count as current for ever."""
    lake = make_lake(tmp_path, form)
    lake.run(1)
    binding = lake.workspace.environment.binding(GOOD)
    assert set(look(binding).generations) == {D1, D2}
    monkeypatch.setattr(foreign, "reader_of", lambda each: _Overtaken(reader_of(each), lake))
    with pytest.raises(RetryError, match="was published to while it was looked at"):
        look(binding)
