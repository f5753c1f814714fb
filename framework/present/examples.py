"""Failing rows for a person who asked for them."""

from framework.audit.examples import Examples
from framework.present.findings import Finding, render_subject
from framework.present.table import render_table

_WIDEST = 40
"""Characters of a value."""


def render_examples(finding: Finding, examples: Examples) -> str:
    """The rule, a table of its rows, and what of them is not shown."""
    notes = f"   ({'; '.join(examples.notes)})" if examples.notes else ""
    heading = f"{finding.mark} {render_subject(finding.first)}: {finding.rule}{notes}"
    if not examples.rows:
        return heading
    rows = [list(examples.columns), *([_cell(value) for value in row] for row in examples.rows)]
    return f"{heading}\n{render_table(rows, indent=4)}"


def _cell(value: str | None) -> str:
    """A value on one line, without a sign that a terminal would obey."""
    if value is None:
        return "NULL"
    plain = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in value)
    return plain if len(plain) <= _WIDEST else f"{plain[: _WIDEST - 1]}…"
