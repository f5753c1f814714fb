"""What a rollback has brought back, as lines."""

from collections.abc import Mapping, Sequence

from framework.present.history import render_files
from framework.present.table import count, render_table
from framework.publish.rollback import Restoration


def render_rollback(restorations: Mapping[str, Sequence[Restoration]]) -> str:
    """A line an interval of each dataset: its new number, whose rows it has, and how many."""
    return render_table([_row(dataset, each) for dataset, found in restorations.items() for each in found])


def _row(dataset: str, restoration: Restoration) -> list[str]:
    past, current = restoration.past, restoration.current
    number = current.number if restoration.is_done else current.number + 1
    rows = "" if past.rows is None else f"{count(past.rows, 'row')}, "
    return [
        dataset,
        str(restoration.interval),
        f"#{number} has the rows of #{past.number}" + (" already" if restoration.is_done else ""),
        f"{rows}{render_files(len(past.files or ()), past.size or 0)}",
    ]
