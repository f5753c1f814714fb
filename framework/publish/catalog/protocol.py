"""What a catalog of tables can do. It only says where files are: nothing is read or moved by it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from framework.environment.catalog import Catalog
from framework.interval import Interval
from framework.publish.catalog.entry import Entry, Values


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

    def show(
        self, catalog: Catalog, entry: Entry, intervals: Sequence[Interval], folders: Mapping[Values, str]
    ) -> None:
        """The table has these columns, and in these intervals these partitions in these folders, no others.

        A partition's location is switched at once; several of them one after the other.
        """
        ...
