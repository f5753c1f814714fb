"""Files that Spark wrote aside and nobody has looked at yet."""

from collections.abc import Mapping
from dataclasses import dataclass

from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.interval import Interval
from framework.plan.steps import Target

OUTSIDE = "outside"
"""Label of the staged directory that holds rows of no planned interval (NULL times included)."""
KEPT, SPLIT = "v", "q"
"""First letter of the label of an interval's rows: of those for the table, and of those split off."""


def stage_directory(binding: Binding, stage_id: str) -> str:
    """Where an attempt stages, below the table's root: where its files stay when they are published.

    A plain read of a Parquet table's folder must pass over them; VACUUM of a Delta table must not.
    """
    return f"{'_versions' if binding.format == 'parquet' else 'data'}/{stage_id}"


@dataclass(frozen=True, kw_only=True)
class StagedFile:
    """One Parquet file: `path` below the table's root (see `stage_directory`; unescaped), bytes.

    `interval` None: rows outside every planned interval. `partition`: the table's partition
    values as Delta wants them (ISO text; None for NULL), computed by us.
    """

    path: str
    size: int
    interval: Interval | None
    partition: Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Merge:
    """Of what staged files are the result: these live files of this version are in them.

    `events`: which list of events goes with the result, 0 for none (`tables.events`).
    """

    version: int
    replaces: tuple[str, ...]
    events: int = 0


@dataclass(frozen=True, kw_only=True)
class Staged:
    """What one run staged for one output: files of all its planned intervals.

    `stage_id` is new and random for each attempt; `directory` is `stage_directory` below the
    table's root (`binding.location`). The files hold all columns of the schema, partition
    columns too, in its order and types. `split`: files of the same stage whose rows break a rule
    and are for the quarantine; they are no part of this table. `merge`: what rows that were merged take
    the place of; None: of all live rows of their intervals. `job`: whose run it is, where it is one's.
    """

    output: Output
    binding: Binding
    targets: tuple[Target, ...]
    run_id: str
    stage_id: str
    directory: str
    files: tuple[StagedFile, ...]
    split: tuple[StagedFile, ...] = ()
    merge: Merge | None = None
    job: str | None = None

    def of(self, interval: Interval) -> tuple[StagedFile, ...]:
        """The files of one planned interval."""
        return tuple(file for file in self.files if file.interval == interval)
