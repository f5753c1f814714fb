"""Faults that need no JVM: real publishers on real tables, the files staged by pyarrow."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def quick_start() -> Iterator[None]:
    """No archive of Spark's classes: no JVM starts here."""
    yield  # noqa: PT022 - of the name and kind of the fixture that it stands for
