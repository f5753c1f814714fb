"""What a rollback has brought back, as lines."""

from collections.abc import Mapping, Sequence

from framework.present.history import render_files
from framework.present.table import count, render_table
from framework.publish.rollback import Restoration


def render_rollback(restorations: Mapping[str, Sequence[Restoration]]) -> str:
    """A line an interval of each dataset: its new number, whose rows it has, and how many."""
    return render_table([_row(dataset, each) for dataset, found in restorations.items() for each in found])


def build_rollback_document(
    restorations: Mapping[str, Sequence[Restoration]], next_run: str
) -> dict[str, object]:
    """The same for `--json`, and what the next run would do; the keys are those of `history`."""
    return {
        "generations": [
            {
                "dataset": dataset,
                "interval": each.interval.key,
                "generation": _number(each),
                "restored": each.past.number,
                "rows": each.past.rows,
                "files": len(each.past.files or ()),
                "bytes": each.past.size or 0,
            }
            for dataset, found in restorations.items()
            for each in found
        ],
        "next_run": next_run,
    }


def _number(restoration: Restoration) -> int:
    """That of the generation which has the rows of the earlier one."""
    return restoration.current.number if restoration.is_done else restoration.current.number + 1


def _row(dataset: str, restoration: Restoration) -> list[str]:
    past = restoration.past
    rows = "" if past.rows is None else f"{count(past.rows, 'row')}, "
    return [
        dataset,
        str(restoration.interval),
        f"#{_number(restoration)} has the rows of #{past.number}"
        + (" already" if restoration.is_done else ""),
        f"{rows}{render_files(len(past.files or ()), past.size or 0)}",
    ]
