"""What a migration, a copy or an adoption does, or would do, as lines and as JSON values."""

from collections.abc import Sequence

from framework.plan.mapping import ColumnMapping
from framework.present.history import render_files
from framework.present.table import count
from framework.tables.foreign import Foreign


def render_mapping(dataset: str, source: str, mapping: ColumnMapping, found: Foreign) -> str:
    """The changes of columns, a line each, and what it is about."""
    changes = [f"  {change}" for change in mapping.changes] or ["  all columns stay as they are"]
    amount = count(len(found.generations), "generation") if found.generations else ""
    if found.files:
        amount = render_files(len(found.files), found.size)
    about = f"{dataset} from {source}" + (f": {amount}" if amount else "")
    return "\n".join([about, *changes, "nothing was changed · --yes does it"])


def build_migration_document(
    dataset: str,
    source: str,
    *,
    done: bool,
    changes: Sequence[str] = (),
    intervals: int | None = None,
    rows: int | None = None,
    files: int | None = None,
    size: int | None = None,
    next_run: str | None = None,
) -> dict[str, object]:
    """The same for `--json`. What is not known, since Spark has not looked or no run follows, is None.

    `source`: where the rows come from; that of the dataset itself where they stay. `done`: False also where
    there is nothing to do, of which `intervals` is 0.
    """
    return {
        "dataset": dataset,
        "source": source,
        "done": done,
        "changes": list(changes),
        "intervals": intervals,
        "rows": rows,
        "files": files,
        "bytes": size,
        "next_run": next_run,
    }


def build_mapping_document(
    dataset: str, source: str, mapping: ColumnMapping, found: Foreign
) -> dict[str, object]:
    """`render_mapping` for `--json`."""
    return build_migration_document(
        dataset,
        source,
        done=False,
        changes=mapping.changes,
        intervals=len(found.generations) if found.generations else None,
        files=len(found.files) if found.files else None,
        size=found.size if found.files else None,
    )


def render_migrated(dataset: str, intervals: int, rows: int, outlook: str) -> str:
    """How much was published, and what comes next."""
    return f"{dataset}: {count(intervals, 'interval')}, {count(rows, 'row')} published\n{outlook}"
