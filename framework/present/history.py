"""The generations of a dataset as lines, and as JSON values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from framework.interval import Interval
from framework.outcome import Outcome
from framework.present.table import count, render_table
from framework.record.record import RunRecord
from framework.tables.history import History, PastGeneration

_UNITS = ("B", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, kw_only=True)
class HistoryLine:
    """One generation. `superseded`: the one that took its place; None for the current one."""

    past: PastGeneration
    superseded: PastGeneration | None


def build_history(
    history: History, dataset: str, records: Mapping[Interval, Sequence[RunRecord]]
) -> list[HistoryLine]:
    """By interval, the newest generation first. What the table does not tell comes from run records."""
    lines = []
    for interval, generations in history.generations.items():
        after: PastGeneration | None = None
        for past in generations:
            told = past if past.run_id else _recorded(past, dataset, records.get(interval, ()))
            lines.append(HistoryLine(past=told, superseded=after))
            after = told
    return lines


def index_records(records: Sequence[RunRecord]) -> dict[Interval, list[RunRecord]]:
    """The records of each interval that one of them published."""
    found: dict[Interval, list[RunRecord]] = {}
    for record in records:
        for part in record.intervals:
            if part.outcome is Outcome.PUBLISHED:
                found.setdefault(part.interval, []).append(record)
    return found


def render_history(dataset: str, lines: Sequence[HistoryLine]) -> str:
    """A line a generation, the columns aligned; what is unknown is a `?`."""
    if not lines:
        return f"{dataset}\n  nothing is published"
    rows = [["interval", "#", "published", "run", "rows", "files", "size", "fingerprint", ""]]
    rows += [
        [
            str(line.past.interval),
            f"#{line.past.number}",
            _moment(line.past.published),
            line.past.run_id or "?",
            _number(line.past.rows),
            "?" if line.past.files is None else f"{len(line.past.files):,}",
            render_size(line.past.size),
            short_fingerprint(line.past.fingerprint),
            _note(line),
        ]
        for line in lines
    ]
    return f"{dataset}\n{render_table(rows)}"


def build_history_document(dataset: str, lines: Sequence[HistoryLine]) -> list[dict[str, object]]:
    """The lines for `--json`; None is unknown."""
    return [
        {
            "dataset": dataset,
            "interval": line.past.interval.key,
            "generation": line.past.number,
            "current": line.superseded is None,
            "published": line.past.published.isoformat() if line.past.published else None,
            "run_id": line.past.run_id,
            "rows": line.past.rows,
            "files": None if line.past.files is None else len(line.past.files),
            "bytes": line.past.size,
            "fingerprint": short_fingerprint(line.past.fingerprint) if line.past.fingerprint else None,
            "restored": line.past.restored,
            "superseded_by": line.superseded.run_id if line.superseded else None,
        }
        for line in lines
    ]


def short_fingerprint(value: int | None) -> str:
    """The first eight hex digits of a fingerprint's 63 bits; `?` when it is unknown."""
    return f"{value:016x}"[:8] if value else "?"


def render_size(size: int | None) -> str:
    """`831 B`, `13.2 kB`, `1.4 GB`: units of 1,000; `?` when it is unknown."""
    if size is None:
        return "?"
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - what kilo means
        value, unit = value / 1000, unit + 1
    return f"{size} B" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def _recorded(past: PastGeneration, dataset: str, records: Sequence[RunRecord]) -> PastGeneration:
    for record in records:
        for part in record.intervals:
            if part.interval == past.interval and part.generations.get(dataset) == past.number:
                return replace(
                    past,
                    run_id=record.run_id,
                    published=record.ended,
                    rows=part.rows.get(dataset) if past.rows is None else past.rows,
                )
    return past


def _note(line: HistoryLine) -> str:
    return ", ".join(_notes(line))


def _notes(line: HistoryLine) -> Iterator[str]:
    if line.past.restored is not None:
        yield f"rows of #{line.past.restored}"
    if line.superseded is None:
        yield "current"
    else:
        yield f"superseded by {line.superseded.run_id or f'#{line.superseded.number}'}"


def _moment(moment: datetime | None) -> str:
    return "?" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def render_files(files: int, size: int) -> str:
    """`3 files, 13.2 kB`."""
    return f"{count(files, 'file')}, {render_size(size)}"
