"""Rows out of Redshift: UNLOAD to Parquet in a directory of this run, which Spark reads and we remove."""

import atexit
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from framework.checks.builtin import time_bounds
from framework.contract.datatype import Array, DataType, Struct, render_type
from framework.contract.datatype import identifier as spark_identifier
from framework.contract.schema import Schema
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.environment.objects import delete_object, list_objects
from framework.errors import SparkjobError
from framework.tables.protocol import Reading
from framework.tables.redshift.connection import Connection
from framework.tables.redshift.quoting import folded, identifier, literal, role_clause
from framework.tables.redshift.rows import moment
from framework.tables.redshift.shape import render_columns
from framework.tables.redshift.types import spark_type

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

UNLOADED = "unload"
"""The folder of a dataset's stage in which runs have their directories of unloaded rows."""


def unload(
    connection: Connection, binding: Binding, relation: str, columns: Mapping[str, str], reading: Reading
) -> Location:
    """Write these columns of the rows that `reading` looks at into a new directory; where it is.

    Raises what `Connection.execute` raises.
    """
    directory = f"{UNLOADED}/{reading.run_id or _of_nobody(binding)}/{os.urandom(8).hex()}"
    place = binding.stage.child(directory)
    select = f"SELECT {render_columns(columns)} FROM {relation}{_where(reading, columns)}"
    role = None if binding.database is None else binding.database.copy_role
    connection.execute(
        f"UNLOAD ({literal(select)}) TO {literal(f'{place.uri}/')} {role_clause(role)} FORMAT AS PARQUET"
    )
    return place


def read_unloaded(
    spark: "SparkSession", place: Location, columns: Mapping[str, str], schema: Schema | None
) -> "DataFrame":
    """The unloaded rows with Spark's types, and with the names and the nested types of the contract."""
    from pyspark.sql import functions as F

    contract = {folded(column.name): column for column in schema.columns} if schema is not None else {}
    types = {
        name: _type_of(type_, contract[name].datatype if name in contract else None)
        for name, type_ in columns.items()
    }
    titles = {name: contract[name].name if name in contract else name for name in columns}
    files = [place.child(found.path).for_spark for found in list_objects(place)]
    if not files:  # UNLOAD writes none when there are no rows
        ddl = ", ".join(f"{spark_identifier(titles[name])} {render_type(types[name])}" for name in columns)
        return spark.createDataFrame([], ddl)
    reader = spark.read.format("parquet")
    for option in ("ignoreCorruptFiles", "ignoreMissingFiles", "mergeSchema"):
        reader = reader.option(option, "false")
    # What is in a directory's name is no column, and a `[` in it is no pattern.
    frame = reader.option("recursiveFileLookup", "true").option("__globPaths__", "false").load(files)

    def column(name: str) -> "Column":
        found, type_ = F.col(spark_identifier(name)), types[name]
        if isinstance(type_, Array | Struct):
            return F.from_json(found, render_type(type_), {"mode": "FAILFAST"})
        return found.cast(render_type(type_))

    return frame.select(*(column(name).alias(titles[name]) for name in columns))


def remove_unloaded(bindings: Iterable[Binding], run_id: str) -> None:
    """Remove what a run has unloaded of these datasets. Raises as `list_objects` does."""
    for binding in bindings:
        if binding.format == "redshift":
            directory = f"{UNLOADED}/{run_id}"
            for found in list_objects(binding.stage, directory):
                delete_object(binding.stage, found.path)


def _of_nobody(binding: Binding) -> str:
    """A directory of a process that runs no job: it is removed when the process ends."""
    run_id = f"process-{os.urandom(8).hex()}"

    def remove() -> None:
        with suppress(SparkjobError):  # what stays is for `clean`
            remove_unloaded((binding,), run_id)

    atexit.register(remove)
    return run_id


def _where(reading: Reading, columns: Mapping[str, str]) -> str:
    """The rows of the window, if the table has the column that tells them."""
    if reading.window is None or reading.time is None or folded(reading.time.name) not in columns:
        return ""
    lower, upper = time_bounds(reading.time, reading.window)
    name = identifier(reading.time.name)
    return f" WHERE {name} >= {moment(lower)} AND {name} < {moment(upper)}"


def _type_of(type_: str, declared: DataType | None) -> DataType:
    """What Spark makes of a column: JSON text becomes what the contract says it was."""
    if type_ == "super" and isinstance(declared, Array | Struct):
        return declared
    found = spark_type(type_)
    assert found is not None, "choose_columns comes first"
    return found
