"""What a migration or a copy does, or would do, as lines."""

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


def render_migrated(dataset: str, intervals: int, rows: int, outlook: str) -> str:
    """How much was published, and what comes next."""
    return f"{dataset}: {count(intervals, 'interval')}, {count(rows, 'row')} published\n{outlook}"
