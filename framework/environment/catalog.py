"""Under which name other engines find a dataset."""

import re
from dataclasses import dataclass
from typing import Literal

CatalogType = Literal["glue", "hive"]


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """A table of a catalog: AWS Glue's, or the Hive metastore of the Spark session.

    `region`: of Glue; None for the ordinary one of the process.
    """

    type: CatalogType
    database: str
    table: str
    region: str | None = None

    def __str__(self) -> str:
        return f"{self.database}.{self.table} in {'AWS Glue' if self.type == 'glue' else 'Hive'}"


@dataclass(frozen=True, kw_only=True)
class CatalogRule:
    """What the configuration says of a catalog. `table` None: the dataset's own name."""

    type: CatalogType
    database: str
    table: str | None = None
    region: str | None = None

    def of(self, dataset: str) -> Catalog:
        """The table of a dataset."""
        return Catalog(
            type=self.type,
            database=self.database,
            table=self.table or table_name(dataset),
            region=self.region,
        )


def table_name(dataset: str) -> str:
    """A dataset's name as catalogs want it: `flights.by_day` is `flights_by_day`."""
    return re.sub(r"[^a-z0-9_]", "_", dataset.lower())
