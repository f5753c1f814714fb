"""Every fault of declarations, as a person reads it: one golden file a topic.

A golden file holds the project's files (`== path`), the source datasets (`== sources`), and the
faults (`== faults`). Without the last, the test says what would be there.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from framework.errors import Fault
from framework.project.load import load_project
from framework.project.validate import validate_project

GOLDEN = Path(__file__).parent / "golden"


def sections(text: str) -> dict[str, str]:
    """The parts of a golden file by their titles."""
    parts = [part.partition("\n") for part in ("\n" + text).split("\n== ")[1:]]
    return {name: body + "\n" for name, _, body in parts}


def shown(fault: Fault) -> str:
    """A fault as a person reads it, but for the suggestion that Python adds from 3.13 on."""
    fault = replace(fault, what=re.sub(r"(argument '\w+')\. Did you mean '\w+'\?", r"\1", fault.what))
    return f"{fault}\n    Hint: {fault.hint}" if fault.hint else str(fault)


@pytest.mark.parametrize("topic", sorted(path.stem for path in GOLDEN.glob("*.txt")))
def test_the_faults_of_a_project_read_like_this(folder, topic):
    """All faults at once, each with its file and line, what was found, and a hint."""
    parts = sections((GOLDEN / f"{topic}.txt").read_text(encoding="utf-8"))
    expected = parts.pop("faults", "").strip()
    sources = parts.pop("sources", "source.a").split()
    folder.write(parts)
    loaded = load_project(folder.root)
    found = [*loaded.faults, *validate_project(loaded.project, sources=sources)]
    assert "\n".join(shown(fault) for fault in found) == expected
