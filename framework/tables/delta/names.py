"""What we write into a Delta table beside its rows: table properties, app ids, commit metadata."""

from typing import Literal

from framework.interval import Interval

OWNER = "sparkjob.owner"
GRAIN = "sparkjob.grain"
ZONE = "sparkjob.zone"
DATASET = "sparkjob.dataset"
TIME = "sparkjob.time"
MERGED = "sparkjob.merged"
MERGED_BY = "sparkjob.mergedBy"
"""Table properties: the project; the grain ("whole" without intervals) and the time zone of its
calendar; the dataset's name; its time column ("" without); the mode where rows of intervals share
files (`merge`, `scd2`; else there is none), and by which columns."""

COMMIT_KEY = "sparkjob"
"""Key of our JSON text in a commit's metadata (`commitInfo`). It expires with the log."""

ADOPTED = ""
"""The stage id of generations for which nothing was staged: their files were there before."""

Kept = Literal["generation", "fingerprint", "files", "rollback", "restored", "events"]
"""`rollback`: the number of the last generation that a rollback made; `restored`: of the one that
it brought back. The next publish leaves both, and has another number. `events`: of a table into which
rows are merged, whatever the interval, the list of events that no row shows (`tables.rewritable`)."""


def app_id(dataset: str, interval: Interval, kept: Kept) -> str:
    """Application id of one number of (dataset, interval), kept as an app transaction's version.

    App transactions are in checkpoints and outlive the log (Delta protocol, "Transaction
    Identifiers"); commit metadata does not.
    """
    return f"sparkjob:{dataset}:{interval.key}#{kept}"


def interval_key(name: str, dataset: str) -> str | None:
    """The key of the interval whose generation an application id is; None for any other id."""
    if not is_generation(name, dataset):
        return None
    return name.removeprefix(f"sparkjob:{dataset}:").removesuffix("#generation")


def is_generation(name: str, dataset: str) -> bool:
    """Whether an application id is that of the generation of some interval of `dataset`."""
    return name.startswith(f"sparkjob:{dataset}:") and name.endswith("#generation")
