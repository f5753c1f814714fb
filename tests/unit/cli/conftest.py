"""Texts of the command line are compared with files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.golden import compare


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares with `golden/<name>.txt`; `UPDATE_GOLDEN=1` writes it anew."""
    return lambda name, text: compare(Path(__file__).parent / "golden" / f"{name}.txt", text)
