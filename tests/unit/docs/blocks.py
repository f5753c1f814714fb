"""The code blocks of the documentation, and what a comment before them asks for.

- A `console` block is run: a line `$ COMMAND`, then what it prints. A line `…` stands for any lines.
- `<!-- not run: WHY -->` before a block: it is only shown.
- `<!-- file: PATH -->`: the block is that file of the repository, or a part of it.
- `<!-- write: PATH -->`: the block is written to that file before what follows is run.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_RUN = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b")
_FENCE = re.compile(
    r"(?:^<!-- (?P<mark>not run|file|write): (?P<value>[^\n]*?) -->\n)?"
    r"^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command of a console block and the lines that it prints; `at`: where those begin and end."""

    line: str
    output: str
    at: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block. `at`: offset of its text in the page."""

    page: Path
    language: str
    text: str
    mark: str | None
    value: str | None
    at: int

    @property
    def commands(self) -> Iterator[Command]:
        """The commands of a console block."""
        starts = [found.start() for found in re.finditer(r"^\$ ", self.text, re.MULTILINE)]
        for start, end in zip(starts, [*starts[1:], len(self.text)], strict=True):
            line, _, output = self.text[start:end].partition("\n")
            first = self.at + start + len(line) + 1
            yield Command(line=line.removeprefix("$ "), output=output, at=(first, first + len(output)))


def pages() -> list[Path]:
    """README.md and what is below docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    return [
        Block(
            page=page,
            language=found["language"],
            text=found["text"],
            mark=found["mark"],
            value=found["value"],
            at=found.start("text"),
        )
        for found in _FENCE.finditer(page.read_text(encoding="utf-8"))
    ]


def differences(commands: Iterable[tuple[str, str]]) -> list[bool]:
    """Whether what is shown and what was printed differ, for each command of a page in order.

    A run has one name wherever the page speaks of it: ids are numbered in the order of their first
    appearance on the page. (An id that is only in lines that `…` stands for is not to appear later.)
    """
    shown: dict[str, str] = {}
    printed: dict[str, str] = {}
    return [_differs(_normal(expected, shown), _normal(actual, printed)) for expected, actual in commands]


def _differs(expected: str, actual: str) -> bool:
    parts = [re.escape(part) for part in re.split(r"^…\n", expected, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*".join(parts), actual) is None


def _normal(text: str, runs: dict[str, str]) -> str:
    """The text without what another run or machine changes: times, ids, widths of columns."""
    text = re.sub(r"^setting up: .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\b\d+\.\d+ ?s\b", "0.0 s", text)
    text = re.sub(r"\b\d+(?:\.\d)? (?:B|kB|MB|GB)\b", "N B", text)
    text = re.sub(_RUN, lambda found: runs.setdefault(found[0], f"RUN{len(runs) + 1}"), text)
    text = re.sub(r"(?<=RUN)(\d+)-[0-9a-f]{8}\b", r"\1-STAGE", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\b", "MOMENT", text)
    text = re.sub(r"\b(?:\d{4}-)?\d\d-\d\d \d\d:\d\d\b", "MOMENT", text)
    return re.sub(r"(?<=\S)  +", "  ", text)
