"""What we write into a Delta table beside its rows: table properties, app ids, commit metadata."""

from typing import Literal

from framework.interval import Interval

OWNER = "sparkjob.owner"
GRAIN = "sparkjob.grain"
ZONE = "sparkjob.zone"
DATASET = "sparkjob.dataset"
TIME = "sparkjob.time"
"""Table properties: the project; the grain ("whole" without intervals) and the time zone of its
calendar; the dataset's name; its time column ("" without)."""

COMMIT_KEY = "sparkjob"
"""Key of our JSON text in a commit's metadata (`commitInfo`). It expires with the log."""

Kept = Literal["generation", "fingerprint", "files"]


def app_id(dataset: str, interval: Interval, kept: Kept) -> str:
    """Application id of one number of (dataset, interval), kept as an app transaction's version.

    App transactions are in checkpoints and outlive the log (Delta protocol, "Transaction
    Identifiers"); commit metadata does not.
    """
    return f"sparkjob:{dataset}:{interval.key}#{kept}"


def is_generation(name: str, dataset: str) -> bool:
    """Whether an application id is that of the generation of some interval of `dataset`."""
    return name.startswith(f"sparkjob:{dataset}:") and name.endswith("#generation")
