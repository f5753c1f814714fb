"""The reader of each format."""

from functools import cache

from framework.environment.environment import Binding, Format
from framework.errors import MisconfiguredError
from framework.tables.protocol import TableReader


def reader_of(binding: Binding) -> TableReader:
    """The reader of a binding's format.

    Raises `MisconfiguredError` for a format that cannot be read yet.
    """
    found = _reader(binding.format, binding.source)
    if found is None:
        raise MisconfiguredError(
            f"{binding.dataset} has the format {binding.format}, which "
            + ("cannot be read yet" if binding.source else "no job can write yet"),
            where=binding.where,
            hint="Use format: delta or parquet; csv and json are for sources (source: true).",
        )
    return found


# Format libraries are imported late: the command line must start without them.
@cache
def _reader(format_: Format, source: bool) -> TableReader | None:  # noqa: FBT001 - a cache's key
    if format_ == "delta":
        from framework.tables.delta.reader import DeltaReader

        return DeltaReader()
    if format_ == "parquet" and not source:
        from framework.tables.parquet.reader import ParquetReader

        return ParquetReader()
    if format_ == "redshift":
        from framework.tables.redshift.reader import RedshiftReader

        return RedshiftReader()
    if format_ in ("csv", "json", "parquet") and source:
        from framework.tables.files import FilesReader

        return FilesReader()
    return None
