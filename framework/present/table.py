"""Aligned columns of plain text, as wide as their content."""

from collections.abc import Sequence
from io import StringIO


def render_table(rows: Sequence[Sequence[str]], *, indent: int = 2) -> str:
    """`rows` as lines, columns padded to their widest cell."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 3, 0, 0))
    for _ in range(max((len(row) for row in rows), default=0)):
        table.add_column(no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    # Wider than any terminal: a cell must be cut by the reader's terminal, not by us.
    console = Console(file=StringIO(), width=2000, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(" " * indent + line.rstrip() for line in captured.get().splitlines())


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 row`, `2,004 rows`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
