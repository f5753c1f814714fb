"""The publisher of each format."""

from functools import cache

from framework.environment.environment import Binding, Format
from framework.errors import MisconfiguredError
from framework.publish.protocol import Publisher


def publisher_of(binding: Binding) -> Publisher:
    """The publisher of a binding's format, one for the process.

    Raises `MisconfiguredError` for a source, for what a sandbox borrows, and for a format that cannot be
    published yet.
    """
    if binding.borrowed_from is not None:
        raise MisconfiguredError(
            f"{binding.dataset} is the environment {binding.borrowed_from}'s, and is only read here",
            where=binding.where,
        )
    found = None if binding.source else _publisher(binding.format)
    if found is None:
        what = "is a source" if binding.source else f"has the format {binding.format}"
        raise MisconfiguredError(
            f"{binding.dataset} {what}, which cannot be published",
            where=binding.where,
            hint="Give the dataset format: delta, parquet or redshift in configs/.",
        )
    return found


# Format libraries are imported late: the command line must start without them.
@cache
def _publisher(format_: Format) -> Publisher | None:
    if format_ == "delta":
        from framework.publish.delta.publisher import DeltaPublisher

        return DeltaPublisher()
    if format_ == "parquet":
        from framework.publish.parquet.publisher import ParquetPublisher

        return ParquetPublisher()
    if format_ == "redshift":
        from framework.publish.redshift.publisher import RedshiftPublisher

        return RedshiftPublisher()
    return None
