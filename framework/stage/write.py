"""Writes one output's rows as ordinary Parquet into a directory of this attempt."""

from typing import TYPE_CHECKING

from framework.contract.columns import INTERVAL_DIRECTORY
from framework.contract.datatype import identifier
from framework.contract.modes import returned_output
from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.environment.objects import is_hidden, list_objects
from framework.errors import FailedError
from framework.plan.steps import Build, Target
from framework.stage.committer import choose_committer, require_committed
from framework.stage.layout import Layout, plan_layout, plan_returned
from framework.stage.staged import Staged, StagedFile, stage_directory

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def stage_output(
    frame: "DataFrame",
    build: Build,
    output: Output,
    binding: Binding,
    *,
    run_id: str,
    stage_id: str,
    broken: str | None = None,
) -> Staged:
    """Write `frame`, which has the schema's columns, below the table; one Spark action.

    Nothing live is touched. A file without rows is listed like any other (Spark writes one when
    there is nothing else to write). Rows for which the predicate `broken` is true are written beside
    the others, as files of their own. Raises `FailedError` when the directory is not new or Spark
    did not commit it, and whatever the user's plan raises while it runs.
    """
    directory = stage_directory(binding, stage_id)
    layout = plan_layout(output, build.intervals, broken=broken)
    files = write_files(frame, layout, binding, directory)
    return Staged(
        output=output,
        binding=binding,
        targets=targets_of(build, output),
        run_id=run_id,
        stage_id=stage_id,
        directory=directory,
        files=tuple(file for file in files if not layout.is_split(file.path)),
        split=tuple(file for file in files if layout.is_split(file.path)),
        job=build.job.name,
    )


def stage_returned(
    frame: "DataFrame", build: Build, output: Output, binding: Binding, *, run_id: str, stage_id: str
) -> Staged:
    """Write rows that are yet to be merged beside the stage, as `stage_output` does."""
    directory = f"{stage_directory(binding, stage_id)}-returned"
    returned = returned_output(output)
    files = write_files(frame, plan_returned(returned, build.intervals), binding, directory)
    return Staged(
        output=returned,
        binding=binding,
        targets=targets_of(build, output),
        run_id=run_id,
        stage_id=stage_id,
        directory=directory,
        files=files,
        job=build.job.name,
    )


def write_files(
    frame: "DataFrame", layout: Layout, binding: Binding, directory: str
) -> tuple[StagedFile, ...]:
    """Write `frame` into a new directory of the stage. Raises as `stage_output` does."""
    place = binding.stage
    if list_objects(place, directory):
        raise FailedError(f"the stage {directory} is there already", where=place.uri)
    committer = choose_committer(frame.sparkSession, place)
    _write(frame, layout, place.child(directory), binding)
    require_committed(place, directory, committer)
    return list_staged(place, directory, layout)


def targets_of(build: Build, output: Output) -> tuple[Target, ...]:
    """The targets of one output."""
    return tuple(target for target in build.targets if target.output == output)


def list_staged(table: Location, directory: str, layout: Layout) -> tuple[StagedFile, ...]:
    """The data files of a stage, with the interval and partition values that their paths say."""
    return tuple(
        StagedFile(
            path=found.path,
            size=found.size,
            interval=layout.interval_of(found.path),
            partition=layout.partition_of(found.path),
        )
        for found in list_objects(table, directory)
        # Spark's marker, the checksums that Hadoop keeps on a disk, and what a committer may not remove.
        if not is_hidden(found.path.removeprefix(f"{directory}/"))
    )


def _write(frame: "DataFrame", layout: Layout, place: Location, binding: Binding) -> None:
    from pyspark.sql import functions as F

    labelled = frame.withColumns({name: F.expr(sql) for name, sql in layout.columns.items()})
    directories = list(layout.columns)
    is_mixed = len(layout.intervals) > 1 or any(name != INTERVAL_DIRECTORY for name in directories)
    if is_mixed or binding.file_size is not None:
        # Otherwise every task writes a file into every directory. Adaptive execution splits
        # what is too large and joins what is too small. As SQL, because the hint of a DataFrame
        # takes no columns in Spark 3.5.
        names = ", ".join(identifier(name) for name in directories)
        braced = names.replace("{", "{{").replace("}", "}}")
        hint = f"REBALANCE({braced})" if braced else "REBALANCE"
        query = f"SELECT /*+ {hint} */ * FROM {{rows}}"  # noqa: S608  # quoted identifiers
        labelled = frame.sparkSession.sql(query, rows=labelled)
    sort_by = [name for name in binding.sort_by if name in frame.columns]
    if sort_by:
        # Directories first: a writer whose rows are not sorted by these sorts them anew.
        labelled = labelled.sortWithinPartitions(*map(identifier, (*directories, *sort_by)))
    writer = labelled.write.mode("error")
    (writer.partitionBy(*directories) if directories else writer).parquet(place.for_spark)
