"""Which causes reach which columns: the analysed plan, followed from its leaves to the columns it returns."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from framework.testing.verify.causes import CAUSES, UDF, Cause

_BY_CLASS = {name: cause for cause in (*CAUSES, UDF) for name in cause.classes}

_RETURNED = ("projectList", "aggregateExpressions", "output")
"""Fields of operators that hold all the columns which they return."""

Json = Mapping[str, object]
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Blame:
    """What may make each column differ, and which rows there are. The names of functions of Python, too."""

    columns: Mapping[str, frozenset[Cause]]
    rows: frozenset[Cause]
    functions: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, column: str | None) -> frozenset[Cause]:
        """The causes of one column; of all of them."""
        return _one_or_all(self.columns, column)

    def called(self, column: str | None) -> frozenset[str]:
        """The names of the functions of Python that one column is made by, or any."""
        return _one_or_all(self.functions, column)


def _one_or_all(held: Mapping[str, frozenset[Value]], column: str | None) -> frozenset[Value]:
    return frozenset().union(*held.values()) if column is None else held.get(column, frozenset())


@dataclass(frozen=True, kw_only=True)
class _Node:
    """An operator or an expression; `expressions` of an operator, each as its root."""

    name: str
    fields: Json
    children: "tuple[_Node, ...]"

    @property
    def expressions(self) -> "Iterator[_Node]":
        for value in self.fields.values():
            yield from _trees(value)

    def walk(self) -> "Iterator[_Node]":
        yield self
        for child in self.children:
            yield from child.walk()
        for inner in self.expressions:  # of a subquery
            yield from inner.walk()

    @property
    def id(self) -> int | None:
        """By what other expressions know it, if it has a name."""
        found = self.fields.get("exprId")
        return cast("Mapping[str, int]", found)["id"] if isinstance(found, dict) else None


def parse_blame(plan: str) -> Blame:
    """The blame in a plan, as Spark's `TreeNode.toJSON` writes it.

    That is a list of nodes from the root on, each with the number of its children; the expressions in an
    operator's fields likewise.
    """
    root, _ = _build(json.loads(plan), 0)
    follower = _Follower()
    out = follower.follow(root)
    columns: dict[str, frozenset[Cause]] = {}
    functions: dict[str, frozenset[str]] = {}
    for each in out:
        name = follower.names.get(each, "")
        columns[name] = frozenset(follower.causes[each])
        functions[name] = frozenset(follower.functions[each])
    return Blame(columns=columns, rows=frozenset(follower.rows), functions=functions)


class _Follower:
    def __init__(self) -> None:
        self.causes: defaultdict[int, set[Cause]] = defaultdict(set)
        self.functions: defaultdict[int, set[str]] = defaultdict(set)
        self.names: dict[int, str] = {}
        self.rows: set[Cause] = set()

    def follow(self, node: _Node) -> list[int]:
        """Note what `node` and all below it do; the columns that it returns."""
        below = [self.follow(child) for child in node.children]
        given = [each for columns in below for each in columns]
        for root in node.expressions:
            if root.id is not None:
                self.names.setdefault(root.id, str(root.fields.get("name")))
                if root.name != "AttributeReference":
                    self._of(root.walk(), self.causes[root.id], self.functions[root.id])
        self._note_rows(node, given)
        out = self._returned(node, given)
        if node.name == "Union":
            out = below[0]
            for columns in below[1:]:
                for first, other in zip(out, columns, strict=False):
                    self.causes[first] |= self.causes[other]
                    self.functions[first] |= self.functions[other]
        if node.name in UDF.classes:
            for each in out:
                self.causes[each].add(UDF)
        return out

    def _returned(self, node: _Node, given: list[int]) -> list[int]:
        fields = [name for name in _RETURNED if name in node.fields]
        if fields:
            return [root.id for root in _trees(node.fields[fields[0]]) if root.id is not None]
        made = [root.id for root in node.expressions if root.id is not None and root.id not in given]
        return [*given, *made] if node.name in ("Window", "Generate") else given

    def _note_rows(self, node: _Node, given: Iterable[int]) -> None:
        """What decides which rows there are: a sample, a limit, a condition on what is by chance."""
        if node.name == "Deduplicate":
            keys = {root.id for root in _trees(node.fields.get("keys"))}
            for each in given:
                if each not in keys:
                    self.causes[each].add(_BY_CLASS["Deduplicate"])
        elif node.name in _BY_CLASS and node.name not in UDF.classes:
            self.rows.add(_BY_CLASS[node.name])
        elif node.name in ("Filter", "Join"):
            for root in _trees(node.fields.get("condition")):
                self._of(root.walk(), self.rows, set())

    def _of(self, nodes: Iterable[_Node], causes: set[Cause], functions: set[str]) -> None:
        for node in nodes:
            if node.name in _BY_CLASS:
                causes.add(_BY_CLASS[node.name])
            if node.name in UDF.classes:
                functions.add(str(node.fields.get("name")))
            if node.name == "AttributeReference" and node.id is not None:
                causes |= self.causes[node.id]
                functions |= self.functions[node.id]


def _trees(value: object) -> Iterator[_Node]:
    """The expressions in a field, however deep in lists: each is a list of nodes from its root."""
    if not isinstance(value, list) or not value:
        return
    if isinstance(value[0], dict) and "class" in value[0]:
        yield _build(value, 0)[0]
        return
    for each in value:
        yield from _trees(each)


def _build(nodes: list[Json], at: int) -> tuple[_Node, int]:
    fields = nodes[at]
    children = []
    end = at + 1
    for _ in range(cast("int", fields["num-children"])):
        child, end = _build(nodes, end)
        children.append(child)
    name = str(fields["class"]).rpartition(".")[2]
    return _Node(name=name, fields=fields, children=tuple(children)), end
