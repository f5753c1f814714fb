"""docs/promises.md leans on tests: each that it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_each_test_that_the_page_names_is_there() -> None:
    """A test that is renamed or removed takes its promise with it, if nobody looks."""
    page = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) > 10
    missing = [f"{p}::{n}" for p, n in named if f"def {n}(" not in (ROOT / p).read_text(encoding="utf-8")]
    assert missing == []
