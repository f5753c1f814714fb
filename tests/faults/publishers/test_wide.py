"""A table of 10,000 columns: declared, created and published in seconds, every value where it belongs."""

from pathlib import Path

import pytest

from tests.storage.publishing import D1, WORLDS, by_day

COLUMNS = 10_000


@pytest.mark.parametrize("form", ["delta", "parquet"])
def test_ten_thousand_columns_are_published(tmp_path: Path, form: str) -> None:
    """Nothing takes the square of the columns' number, which would be minutes and end in a time limit."""
    names = ", ".join(f"c{n} INT" for n in range(COLUMNS))
    world = WORLDS[form](tmp_path, by_day(schema=f"day DATE NOT NULL, {names}")).prepare()
    row = (D1.first_day, *range(COLUMNS))
    assert world.run({D1: [row]}) == ["published"]
    assert world.rows() == [row]
