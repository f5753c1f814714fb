"""What a catalog of tables can do. It only says where files are: nothing is read or moved by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from framework.environment.catalog import Catalog
from framework.interval import Interval
from framework.publish.catalog.entry import Entry, Values


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a catalog is to say of a Parquet table: these columns, and of these intervals these partitions.

    `folders`: where each partition is, below the table. `is_all`: these are all intervals that there are.
    """

    entry: Entry
    intervals: Sequence[Interval]
    folders: Mapping[Values, str]
    is_all: bool


class CatalogClient(Protocol):
    """One catalog. Everything may be done again, and by several at once.

    Raises `MisconfiguredError` for what a person must change (rights, a database that is not there, a
    table of somebody else) and `RetryError` when the catalog does not answer.
    """

    def require(self, catalog: Catalog, root: str) -> None:
        """The database is there, and the table is not yet or is the one of the files below `root`."""
        ...

    def register(self, catalog: Catalog, root: str) -> None:
        """The Delta table at `root` is in the catalog: its log says the rest."""
        ...

    def show(self, catalog: Catalog, shown: Shown) -> bool:
        """Say this, and of these intervals nothing else.

        A partition's location is switched at once; several of them one after the other. False: it has to be
        told again, of all intervals, because the catalog's table was made anew just now, or by a run that has
        not come to the end of it.
        """
        ...
