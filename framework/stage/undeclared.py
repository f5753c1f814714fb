"""What the analysed plan of an output really scans, beside the declared inputs."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_IN_MEMORY = frozenset(
    {
        *("LocalRelation", "OneRowRelation", "Range", "LogicalRDD", "ExternalRDD", "EmptyRelation"),
        *("CTERelationRef", "CommandResult", "InMemoryRelation"),
    }
)
"""Leaves of a plan that read nothing outside: their data came with the driver, or are in the plan."""


class _Java(Protocol):
    """A JVM object behind Py4J: every method is there, and returns another."""

    def __getattr__(self, name: str) -> "_Method": ...


class _Method(Protocol):
    def __call__(self, *arguments: object) -> _Java: ...


def find_undeclared(outputs: "Iterable[DataFrame]", inputs: "Iterable[DataFrame | None]") -> tuple[str, ...]:
    """Paths and tables that the outputs' plans scan and the inputs' plans do not, sorted.

    A declared Delta table at another version than the pinned one is undeclared too. Data that
    the function collected, checkpointed or fetched by itself cannot be seen in a plan. Through
    Spark Connect no plan can be seen at all: then there is one entry that says so.
    """
    frames, declared = list(outputs), [frame for frame in inputs if frame is not None]
    if not all(hasattr(frame, "_jdf") for frame in frames):
        return ("what Spark Connect does not show",)
    known = {name for frame in declared for name in scanned(frame)}
    return tuple(sorted({name for frame in frames for name in scanned(frame)} - known))


def scanned(frame: "DataFrame") -> frozenset[str]:
    """Paths, tables and other relations that a frame's analysed plan reads, subqueries included."""
    plan = cast("_Java", frame._jdf).queryExecution().analyzed()  # noqa: SLF001  # no public way
    plans = [plan, *_each(plan.subqueriesAll())]
    return frozenset(name for each in plans for leaf in _each(each.collectLeaves()) for name in _names(leaf))


def _names(leaf: _Java) -> Iterator[str]:
    kind = str(leaf.getClass().getSimpleName())
    if kind in _IN_MEMORY:
        return
    if kind != "LogicalRelation":
        yield str(leaf.name()) if "Relation" in kind and kind.startswith("DataSourceV2") else kind
        return
    relation = leaf.relation()
    kinds = [
        str(relation.getClass().getSimpleName()),
        str(relation.getClass().getSuperclass().getSimpleName()),
    ]
    # Delta's is an anonymous class that extends it.
    if "HadoopFsRelation" not in kinds:
        # Only the class: its own text may hold a connection's address.
        yield kinds[0] or kinds[1]
        return
    index = relation.location()
    if str(index.getClass().getName()).startswith("org.apache.spark.sql.delta"):
        yield f"{index.path().toString()}@{index.version()}"
        return
    yield from (str(path.toString()) for path in _each(index.rootPaths()))


def _each(sequence: _Java) -> Iterator[_Java]:
    for number in range(int(str(sequence.size()))):
        yield sequence.apply(number)
