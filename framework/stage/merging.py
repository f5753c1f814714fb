"""From audited rows that are to be merged to staged files that take the place of live ones."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from framework.checks.measure import Statistics
from framework.contract.datatype import identifier
from framework.contract.modes import written_output
from framework.errors import MisconfiguredError
from framework.stage.events import read_events, write_events
from framework.stage.history import history_rows
from framework.stage.layout import plan_merged
from framework.stage.live import LiveRows, read_files
from framework.stage.merge import merge_rows
from framework.stage.rewrite import GONE, Rewrite, event_schema, gone, measure
from framework.stage.staged import Merge, Staged, StagedFile, stage_directory
from framework.stage.write import write_files
from framework.tables.events import EventFile, load_events
from framework.tables.rewritable import Rewritable, open_rewritable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_LEAST, _MOST = 2 << 20, 16 << 20
"""Bytes of Parquet for one task and file: with fewer files get many, with more other cores are idle."""


def merge_staged(spark: "SparkSession", returned: Staged, statistics: Statistics, *, force: bool) -> Staged:
    """Merge the rows of one interval into the newest version of their table, beside it.

    `returned` has passed its audit: no row without key or `sequence_by`, and none twice; `statistics`: what
    its footers say. What is staged holds all rows of the files that it replaces, and is right for that
    version alone. With `force` the table is taken as somebody else has left it.

    Raises `MisconfiguredError` for a table that was changed by somebody else or cannot be rewritten,
    `RetryError` when it is gone, and what Spark raises.
    """
    (target,) = returned.targets
    binding = returned.binding
    table = open_rewritable(binding)
    if not table.is_as_left and not force:
        raise MisconfiguredError(
            f"{target.output.dataset} was changed by somebody else while the job ran",
            where=binding.location.uri,
            hint="RESTORE the table to before that change, or run again with --force to take it as it is.",
        )
    files: tuple[StagedFile, ...] = ()
    replaces: tuple[str, ...] = ()
    events = table.events
    if any(returned.of(target.interval)):
        earlier = load_events(binding.location, table.events)
        rewrite = _rewrite(spark, returned, statistics, table, earlier)
        directory = stage_directory(binding, returned.stage_id)
        if rewrite.rows is not None:
            layout = plan_merged(target.output, target.interval)
            files = write_files(_sized(rewrite, returned, table), layout, binding, directory)
        if rewrite.events is not None:
            stage_id = returned.stage_id
            events = write_events(rewrite.events, binding.location, earlier, stage_id, rewrite.highest)
        for frame in rewrite.cached:
            frame.unpersist()
        replaces = tuple(file.path for file in rewrite.replaces)
    return Staged(
        output=written_output(target.output),
        binding=binding,
        targets=returned.targets,
        run_id=returned.run_id,
        stage_id=returned.stage_id,
        directory=stage_directory(binding, returned.stage_id),
        files=files,
        merge=Merge(version=table.version, replaces=replaces, events=events),
        job=returned.job,
    )


def _sized(rewrite: Rewrite, returned: Staged, table: Rewritable) -> "DataFrame":
    """The rows in as many tasks as there were files, or fewer: else a table gets ever more small ones.

    A first load is split by key, so that later batches touch few of its files. Rows of several partitions,
    and files of a declared size, are brought together by the write itself.
    """
    assert rewrite.rows is not None, "there is something to write"
    size = sum(file.size for file in rewrite.replaces) + sum(file.size for file in returned.files)
    files = len(rewrite.replaces) or len(returned.files)
    tasks = max(size // _MOST + 1, min(files, size // _LEAST + 1))
    output = returned.output
    is_rearranged = output.partition_columns or returned.binding.file_size is not None
    if tasks == 1 or table.files or is_rearranged:
        return rewrite.rows.coalesce(tasks)
    return rewrite.rows.repartitionByRange(tasks, *map(identifier, output.key))


def _rewrite(
    spark: "SparkSession",
    returned: Staged,
    statistics: Statistics,
    table: Rewritable,
    earlier: Sequence[EventFile],
) -> Rewrite:
    from pyspark.sql import functions as F

    (target,) = returned.targets
    output, location = target.output, returned.binding.location
    assert output.schema is not None, "contract.validate comes first"
    assert returned.output.schema is not None, "contract.validate comes first"
    paths = [file.path for file in returned.of(target.interval)]
    batch = read_files(spark, returned.binding.stage, paths, returned.output.schema)
    extent = measure(batch, statistics, output)
    if not extent.rows:
        return Rewrite(rows=None, replaces=())
    # Of what happened before all of the batch, the table tells what matters.
    near = [file for file in earlier if file.is_near(extent.lowest)]
    rows = merge_rows if output.mode == "merge" else history_rows
    return rows(
        batch.withColumn(GONE, F.expr(gone(output))),
        extent,
        LiveRows(spark=spark, table=table, schema=output.schema),
        read_events(spark, location, near, event_schema(output)) if near else None,
        output,
        len(earlier),
    )
