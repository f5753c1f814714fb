"""Who reads and who publishes a dataset, by its binding: the one place where a run asks."""

from collections.abc import Callable
from dataclasses import dataclass

from framework.environment.environment import Binding
from framework.publish.protocol import Publisher
from framework.publish.publishers import publisher_of
from framework.tables.protocol import TableReader
from framework.tables.readers import reader_of


@dataclass(frozen=True, kw_only=True)
class Formats:
    """The formats of the product; in a test, twins of them.

    Staging reads its inputs with Spark, by `tables.readers` alone.
    """

    reader: Callable[[Binding], TableReader] = reader_of
    publisher: Callable[[Binding], Publisher] = publisher_of
