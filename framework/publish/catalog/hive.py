"""The Hive metastore of the Spark session: a shared one, or one in a folder (Derby)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote

from framework.contract.datatype import identifier, text_literal
from framework.environment.catalog import Catalog
from framework.errors import MisconfiguredError, RetryError
from framework.publish.catalog.entry import NOWHERE, NULL, Entry, Values, stale
from framework.publish.catalog.protocol import Shown
from framework.stage.sparkerror import condition_of, is_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_IMPLEMENTATION = "spark.sql.catalogImplementation"
_OWNER = "sparkjob.table"
_HALF = "sparkjob.half"
"""Property of a table that was not yet told of all its partitions."""


class HiveCatalog:
    """Says it in Spark's SQL. `spark` gives the session, and starts one where there is none."""

    def __init__(self, spark: "Callable[[], SparkSession]") -> None:
        self._spark = spark

    def require(self, catalog: Catalog, root: str) -> None:
        """Nothing is looked at: that would start a Spark for a run that may need none."""

    def register(self, catalog: Catalog, root: str) -> None:
        """See `CatalogClient.register`."""
        with _errors(catalog):
            spark = self._session(catalog)
            spark.sql(
                f"CREATE TABLE IF NOT EXISTS {_name(catalog)} USING DELTA LOCATION {text_literal(root)}"
            )
            self._require_ours(spark, catalog, root)

    def show(self, catalog: Catalog, shown: Shown) -> bool:
        """See `CatalogClient.show`."""
        entry, folders = shown.entry, shown.folders
        with _errors(catalog):
            spark, name = self._session(catalog), _name(catalog)
            is_half = self._show_table(spark, catalog, entry)
            if is_half and not shown.is_all:
                return False
            if not entry.keys:
                place = text_literal(f"{entry.root}/{folders.get((), NOWHERE)}")
                spark.sql(f"ALTER TABLE {name} SET LOCATION {place}")
                return True
            there = {
                tuple(unquote(part.partition("=")[2]) for part in row[0].split("/")): ""
                for row in spark.sql(f"SHOW PARTITIONS {name}").collect()
            }
            for values, folder in folders.items():
                place = text_literal(f"{entry.root}/{folder}")
                if values in there:
                    spark.sql(f"ALTER TABLE {name} {_spec(entry, values)} SET LOCATION {place}")
                else:
                    # What another run has added meanwhile is put right when it is looked at again.
                    spark.sql(f"ALTER TABLE {name} ADD IF NOT EXISTS {_spec(entry, values)} LOCATION {place}")
            for values in stale(entry, shown.intervals, there, folders):
                spark.sql(f"ALTER TABLE {name} DROP IF EXISTS {_spec(entry, values)}")
            if is_half:
                spark.sql(f"ALTER TABLE {name} UNSET TBLPROPERTIES IF EXISTS ({text_literal(_HALF)})")
            return True

    def _show_table(self, spark: "SparkSession", catalog: Catalog, entry: Entry) -> bool:
        """Whether the catalog's table is yet to be told of all its partitions."""
        name = _name(catalog)
        properties = {_OWNER: entry.id, **({_HALF: "true"} if entry.keys else {})}
        there = _properties(spark, name) if spark.catalog.tableExists(name) else None
        if there is not None:
            self._require_ours(spark, catalog, entry.root)
            if there.get(_OWNER) != entry.id:
                spark.sql(f"DROP TABLE IF EXISTS {name}")
                there = None
        said = ", ".join(f"{text_literal(key)} = {text_literal(value)}" for key, value in properties.items())
        spark.sql(
            f"CREATE EXTERNAL TABLE IF NOT EXISTS {name} ({_columns(entry.columns)}) "
            + (f"PARTITIONED BY ({_columns(entry.keys)}) " if entry.keys else "")
            + f"STORED AS PARQUET LOCATION {text_literal(f'{entry.root}/{NOWHERE}')} "
            f"TBLPROPERTIES ({said})"
        )
        known = {column.lower() for column in spark.table(name).columns}
        added = [(column, type_) for column, type_ in entry.columns if column.lower() not in known]
        if added:
            spark.sql(f"ALTER TABLE {name} ADD COLUMNS ({_columns(added)})")
        return _HALF in (properties if there is None else there)

    def _require_ours(self, spark: "SparkSession", catalog: Catalog, root: str) -> None:
        rows = spark.sql(f"DESCRIBE TABLE EXTENDED {_name(catalog)}").collect()
        place = next((str(row[1]) for row in rows if row[0] == "Location"), "")
        if not f"{_plain(place)}/".startswith(f"{_plain(root)}/"):
            raise MisconfiguredError(
                f"{catalog} is another table, at {place}",
                where=root,
                hint="Say another table under catalog:, or drop that one from the catalog.",
            )

    def _session(self, catalog: Catalog) -> "SparkSession":
        spark = self._spark()
        if spark.conf.get(_IMPLEMENTATION, "") != "hive":
            raise MisconfiguredError(
                f"{catalog}: this Spark session has no Hive metastore",
                hint=f"Start Spark with {_IMPLEMENTATION}=hive.",
            )
        if not spark.catalog.databaseExists(catalog.database):
            raise MisconfiguredError(
                f"{catalog}: there is no such database", hint=f"CREATE DATABASE {catalog.database}"
            )
        return spark


def _plain(place: str) -> str:
    """Hadoop writes the address of a file with one slash, or with three."""
    return place.rstrip("/").replace("file:///", "file:/")


def _name(catalog: Catalog) -> str:
    return f"{identifier(catalog.database)}.{identifier(catalog.table)}"


def _columns(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{identifier(name)} {type_}" for name, type_ in columns)


def _spec(entry: Entry, values: Values) -> str:
    pairs = (
        f"{identifier(name)} = {'NULL' if value == NULL else text_literal(value)}"
        for (name, _), value in zip(entry.keys, values, strict=True)
    )
    return f"PARTITION ({', '.join(pairs)})"


def _properties(spark: "SparkSession", name: str) -> Mapping[str, str]:
    return {str(row[0]): str(row[1]) for row in spark.sql(f"SHOW TBLPROPERTIES {name}").collect()}


@contextmanager
def _errors(catalog: Catalog) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not is_spark(error):
            raise
        said = condition_of(error) or type(error).__name__
        raise RetryError(f"{catalog}: the metastore did not take it ({said})") from error
