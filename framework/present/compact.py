"""What a compaction joins, as lines and as JSON values."""

from collections.abc import Sequence
from dataclasses import dataclass

from framework.present.history import render_files
from framework.present.table import count, render_table


@dataclass(frozen=True, kw_only=True)
class CompactLine:
    """One dataset: how many files of how many bytes become how many files; `notes`: what is left, and why."""

    dataset: str
    intervals: int
    before: int
    size: int
    after: int
    notes: tuple[str, ...] = ()


def render_compact(lines: Sequence[CompactLine], *, done: bool) -> str:
    """A line a dataset with something to join, then what is left as it is."""
    rows = [
        [
            line.dataset,
            count(line.intervals, "interval"),
            f"{render_files(line.before, line.size)} → {count(line.after, 'file')}",
        ]
        for line in lines
        if line.before
    ]
    notes = [f"  {line.dataset}: {note}" for line in lines for note in line.notes]
    total = sum(line.before for line in lines)
    if not rows:
        closing = f"nothing to compact in {count(len(lines), 'dataset')}"
    elif done:
        closing = f"{count(total, 'file')} compacted; no interval is made anew for it"
    else:
        closing = f"{count(total, 'file')} would be compacted"
    return "\n".join([*([render_table(rows)] if rows else []), *notes, closing])


def build_compact_document(lines: Sequence[CompactLine], *, done: bool) -> dict[str, object]:
    """The same for `--json`."""
    return {"done": done, "datasets": [{**vars(line), "notes": list(line.notes)} for line in lines]}
