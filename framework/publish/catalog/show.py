"""Brings a catalog to where the table is: after each publish, and whenever a run finds it behind.

The pointers decide, the catalog follows. So it is asked what is current *after* it was told, and told
again if that has moved: whoever comes late with an older generation puts the newer one back.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from framework.contract.types import Output
from framework.environment.bindings import Binding
from framework.environment.location import Location
from framework.errors import Fault, MisconfiguredError, RetryError
from framework.interval import Interval
from framework.publish.catalog.entry import Values, build_entry, key_faults, locate
from framework.publish.catalog.glue import GlueCatalog
from framework.publish.catalog.hive import HiveCatalog
from framework.publish.catalog.memory import Memory
from framework.publish.catalog.protocol import CatalogClient, Shown
from framework.tables.parquet.history import ParquetHistory
from framework.tables.parquet.table import PointerTable, open_table, read_names, read_pointers, read_schema

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TRIES = 10


def client_of(binding: Binding, spark: "Callable[[], SparkSession]") -> CatalogClient:
    """The client of the catalog of a binding that has one."""
    assert binding.catalog is not None
    return GlueCatalog(binding.location.options) if binding.catalog.type == "glue" else HiveCatalog(spark)


def require_catalog(binding: Binding, output: Output, spark: "Callable[[], SparkSession]") -> None:
    """Raise, before anything is staged, when the catalog of a binding could not be told afterwards."""
    if binding.catalog is None:
        return
    faults = key_faults(output) if binding.format == "parquet" else []
    if faults:
        hint = "Leave it out of partition_by, or the dataset without catalog:."
        raise MisconfiguredError([Fault(what=what, where=output.where, hint=hint) for what in faults])
    client_of(binding, spark).require(binding.catalog, root_of(binding))


def show_published(
    binding: Binding,
    intervals: Sequence[Interval],
    *,
    spark: "Callable[[], SparkSession]",
    state: Location,
) -> None:
    """Let the catalog say what is published of these intervals. Raises as `CatalogClient` does.

    `state`: where it is remembered what a Hive metastore was told, which cannot be asked without Spark.
    """
    catalog = binding.catalog
    if catalog is None:
        return
    client = client_of(binding, spark)
    memory = Memory(state, binding.dataset) if catalog.type == "hive" else None
    if binding.format == "delta":
        if memory is None or not memory.knows(catalog, "delta", {}):
            client.register(catalog, root_of(binding))
            if memory is not None:
                memory.keep(catalog, "delta", {})
        return
    table = open_table(binding.location)
    if table is None:
        return
    if memory is None:
        _tell(client, binding, intervals)
    elif not memory.knows(catalog, table.id, _by_key(_current(table, intervals))):
        telling = memory.begin()
        try:
            told = _tell(client, binding, intervals)
            if told is not None:
                memory.keep(catalog, told[0].id, _by_key(told[1]))
        except MisconfiguredError:  # seen before anything is said
            memory.end(telling)
            raise
        memory.end(telling)


def _tell(
    client: CatalogClient, binding: Binding, intervals: Sequence[Interval]
) -> tuple[PointerTable, Mapping[Interval, int]] | None:
    """Tell it until what was told is what is current: the table and the generations. None: no table."""
    told: tuple[str, Mapping[Interval, int]] | None = None
    catalog, is_all = binding.catalog, False
    assert catalog is not None
    for _ in range(_TRIES):
        table = open_table(binding.location)
        if table is None:
            return None
        asked = ParquetHistory().intervals(binding) if is_all else intervals
        current = _current(table, asked)
        if (table.id, current) == told:
            return table, current
        entry = build_entry(table, read_schema(table, read_names(table)))
        folders: dict[Values, str] = {}
        for interval, pointer in read_pointers(table, current).items():
            folders |= locate(entry, interval, pointer)
        if client.show(catalog, Shown(entry=entry, intervals=tuple(current), folders=folders, is_all=is_all)):
            told = table.id, current
        else:
            is_all = True
    raise RetryError(f"{catalog}: others publish again and again", where=binding.location.uri)


def _current(table: PointerTable, intervals: Sequence[Interval]) -> Mapping[Interval, int]:
    names = read_names(table, intervals)
    return {interval: number for interval in intervals if (number := names.of(interval))}


def _by_key(numbers: Mapping[Interval, int]) -> Mapping[str, int]:
    return {interval.key: number for interval, number in numbers.items()}


def root_of(binding: Binding) -> str:
    """The table's address as a catalog writes it: `s3://…`, which AWS's engines want, or `file:///…`."""
    return binding.location.uri if binding.location.is_s3 else binding.location.for_spark
