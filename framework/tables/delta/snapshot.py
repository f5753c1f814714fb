"""The live files of a handle's version, all of them or those of some intervals.

Of a table of a hundred thousand files the filtering is Arrow's, and only what is asked for becomes objects.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import unquote

from framework.environment.location import Location
from framework.interval import Interval
from framework.tables.delta.handle import table_errors
from framework.tables.delta.live import LABELLED, LiveFile, attribute, days_of, layout_of, live_file
from framework.tables.delta.log import Commit
from framework.tables.delta.names import TIME

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable


def live_files(table: "DeltaTable", location: Location, then: Sequence[Commit] = ()) -> tuple[LiveFile, ...]:
    """All live files of the handle's version, in no order; or after the commits `then` that came next."""
    with table_errors(location):
        return _after(then, _files(table, add_actions(table)), table)


def files_of(
    table: "DeltaTable", intervals: Iterable[Interval], location: Location, then: Sequence[Commit] = ()
) -> Mapping[Interval, tuple[LiveFile, ...]]:
    """The live files of each interval, none for one that has none; `then` as for `live_files`.

    Raises as `attribute`.
    """
    asked, layout = tuple(intervals), layout_of(table)
    with table_errors(location):
        added = add_actions(table)
        if layout == "by_day":
            added = added.filter(_is_on(_days(table, added), asked))
        elif layout == "by_path":
            added = added.filter(_is_labelled(added.column("path"), asked))
        files = _after(then, _files(table, added), table)
    return attribute(files, asked, layout, location)


def add_actions(table: "DeltaTable") -> "pa.Table":
    """The log's own words of each live file (`get_add_actions`), its path as it is on the store."""
    import pyarrow as pa
    import pyarrow.compute as pc

    added = pa.table(table.get_add_actions())
    paths = added.column("path")
    if not pc.any(pc.match_substring(paths, "%")).as_py():
        return added
    # The log has paths as URIs, percent-escaped (Delta protocol, "Add File").
    plain = pa.array([unquote(path) for path in paths.to_pylist()], pa.string())
    return added.set_column(added.schema.get_field_index("path"), "path", plain)


def _files(table: "DeltaTable", added: "pa.Table") -> tuple[LiveFile, ...]:
    paths, sizes = added.column("path").to_pylist(), added.column("size_bytes").to_pylist()
    days: Sequence[date | None] = [None] * len(paths)
    if layout_of(table) == "by_day":
        days = _days(table, added).to_pylist()
    deleted = _deletions(table)
    return tuple(
        LiveFile(path=path, size=size, day=day, deleted=deleted.get(path, ""))
        for path, size, day in zip(paths, sizes, days, strict=True)
    )


def _after(
    commits: Sequence[Commit], files: tuple[LiveFile, ...], table: "DeltaTable"
) -> tuple[LiveFile, ...]:
    """What is left of the files, and what was added. The commits are ours: they leave no deletion vector."""
    if not commits:
        return files
    layout, time = layout_of(table), table.metadata().configuration.get(TIME, "")
    found = {file.path: file for file in files}
    for commit in commits:
        for action in commit.removed:
            found.pop(unquote(str(action["path"])), None)
        for action in commit.added:
            file = live_file(unquote(str(action["path"])), action, layout, time)
            found[file.path] = file
    return tuple(found.values())


def _days(table: "DeltaTable", added: "pa.Table") -> "pa.Array":
    return added.column("partition").combine_chunks().field(table.metadata().configuration[TIME])


def _is_on(days: "pa.Array", intervals: Iterable[Interval]) -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = pa.array([day for interval in intervals for day in days_of(interval)], pa.date32())
    return pc.is_in(days, asked)


def _is_labelled(paths: "pa.Array", intervals: Iterable[Interval]) -> "pa.Array":
    """Whether a path names one of the intervals, or none at all, which `attribute` refuses."""
    import pyarrow as pa
    import pyarrow.compute as pc

    labels = pc.extract_regex(paths, f"^{LABELLED.pattern}")
    found = pc.struct_field(labels, "label")
    asked = {interval.label for interval in intervals}
    kept = [each for each in found.unique().to_pylist() if each is None or unquote(each) in asked]
    return pc.is_in(found, pa.array(kept, pa.string()))


def _deletions(table: "DeltaTable") -> Mapping[str, str]:
    """Digests of the deletion vectors in force, by path.

    After a DELETE that writes a vector, the add action shows the same path, size and row count.
    """
    if "deletionVectors" not in (table.protocol().reader_features or ()):
        return {}
    import pyarrow as pa

    root = table.table_uri.rstrip("/") + "/"
    found = {}
    for row in pa.table(table.deletion_vectors().read_all()).to_pylist():
        kept = bytes(row["selection_vector"])
        # Rows behind the end of the vector are kept (deltalake's scan does the same).
        found[_below(root, row["filepath"])] = hashlib.sha256(kept.rstrip(b"\1")).hexdigest()
    return found


def _below(root: str, uri: str) -> str:
    path = unquote(uri).removeprefix("file://")
    return path.removeprefix(unquote(root).removeprefix("file://"))
