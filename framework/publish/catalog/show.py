"""Brings a catalog to where the table is: after each publish, and whenever a run finds it behind.

The pointers decide, the catalog follows. So it is asked what is current *after* it was told, and told
again if that has moved: whoever comes late with an older generation puts the newer one back.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from framework.contract.types import Output
from framework.environment.bindings import Binding
from framework.environment.catalog import Catalog
from framework.environment.location import Location
from framework.environment.objects import put_object, read_object
from framework.errors import Fault, MisconfiguredError, RetryError
from framework.interval import Interval
from framework.publish.catalog.entry import Values, build_entry, key_faults, locate
from framework.publish.catalog.glue import GlueCatalog
from framework.publish.catalog.hive import HiveCatalog
from framework.publish.catalog.protocol import CatalogClient
from framework.tables.parquet.table import open_table, read_names, read_pointers, read_schema

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
    memory = _Memory(state, binding.dataset) if catalog.type == "hive" else None
    if binding.format == "delta":
        if memory is None or not memory.knows(catalog, "delta", {}):
            client.register(catalog, root_of(binding))
            if memory is not None:
                memory.keep(catalog, "delta", {})
        return
    told: Mapping[str, int] | None = None
    for _ in range(_TRIES):
        table = open_table(binding.location)
        if table is None:
            return
        names = read_names(table, intervals)
        numbers = {interval: number for interval in intervals if (number := names.of(interval))}
        current = {interval.key: number for interval, number in numbers.items()}
        if current == told or (
            told is None and memory is not None and memory.knows(catalog, table.id, current)
        ):
            if told is not None and memory is not None:
                memory.keep(catalog, table.id, current)
            return
        entry = build_entry(table, read_schema(table, read_names(table)))
        folders: dict[Values, str] = {}
        for interval, pointer in read_pointers(table, numbers).items():
            folders |= locate(entry, interval, pointer)
        client.show(catalog, entry, list(numbers), folders)
        told = current
    raise RetryError(f"{catalog}: others publish again and again", where=binding.location.uri)


def root_of(binding: Binding) -> str:
    """The table's address as a catalog writes it: `s3://…`, which AWS's engines want, or `file:///…`."""
    return binding.location.uri if binding.location.is_s3 else binding.location.for_spark


class _Memory:
    """What a metastore was told of a dataset: losing it, or a part of it, only tells it again."""

    def __init__(self, state: Location, dataset: str) -> None:
        self._state, self._path = state, f"catalogs/{dataset}.json"

    def knows(self, catalog: Catalog, table: str, numbers: Mapping[str, int]) -> bool:
        """Whether it was told these generations of the very table."""
        said = self._load(catalog, table)
        return said is not None and all(said.get(key) == number for key, number in numbers.items())

    def keep(self, catalog: Catalog, table: str, numbers: Mapping[str, int]) -> None:
        """Remember them with the others of the table."""
        kept = {**(self._load(catalog, table) or {}), **numbers}
        document = {"catalog": str(catalog), "table": table, "numbers": kept}
        put_object(self._state, self._path, json.dumps(document, indent=1).encode())

    def _load(self, catalog: Catalog, table: str) -> dict[str, int] | None:
        content = read_object(self._state, self._path)
        try:
            document = json.loads(content or b"{}")
        except ValueError:
            return None
        if (document.get("catalog"), document.get("table")) != (str(catalog), table):
            return None
        numbers: dict[str, int] = document["numbers"]
        return numbers
