"""A data contract of the Open Data Contract Standard 3 as outputs, and what they cannot say."""

from collections.abc import Iterator, Mapping, Sequence

from framework.contract.catalogue import CATALOGUE
from framework.contract.datatype import render_type
from framework.contract.schema import Column, Schema
from framework.contract.types import VALIDITY, Expectation, Mode, Output, Quarantine
from framework.environment.yaml import Node, parse_yaml
from framework.errors import Fault, MisconfiguredError, Where
from framework.exchange.odcs.build import QUARANTINE, RESTRICTED
from framework.exchange.odcs.options import parse_options
from framework.exchange.odcs.quality import Note, join_row_counts, parse_rule
from framework.exchange.odcs.tree import members, plain
from framework.exchange.odcs.types import parse_property_type

_MODES: Mapping[object, Mode] = {"append": "append", "merge": "merge", "scd2": "scd2"}
_MASKED = frozenset({RESTRICTED, "confidential"})

Values = Mapping[str, object]


def parse_contract(text: str, file: str) -> tuple[tuple[Output, ...], tuple[Fault, ...]]:
    """One output for each object of `schema`, and a fault for each part that was left out or guessed.

    Raises `MisconfiguredError` for what is no data contract, with all that the YAML has wrong.
    """
    root, faults = parse_yaml(text, file)
    if root is None or faults:
        raise MisconfiguredError(faults)
    top = _values(root)
    if top.get("kind") != "DataContract" or not str(top.get("apiVersion")).startswith("v3."):
        where = Where(file=file, line=1)
        hint = "It begins with `kind: DataContract` and `apiVersion: v3.1.0`"
        raise MisconfiguredError("no data contract of version 3", where=where, hint=hint)
    left: list[Fault] = []
    outputs = tuple(_Table(node, left).output() for node in members(root, "schema"))
    return outputs, tuple(left)


class _Table:
    """One object of the contract's schema, while it is read."""

    def __init__(self, node: Node, left: list[Fault]) -> None:
        self._node = node
        self._left = left
        self._name = str(_values(node).get("name"))

    def output(self) -> Output:
        properties = members(self._node, "properties")
        values = [_values(node) for node in properties]
        columns = tuple(map(self._column, properties))
        expectations = [each for node in properties for each in self._of_property(node)]
        whole = [self._of_rule(rule, None) for rule in members(self._node, "quality")]
        expectations += join_row_counts([each for found in whole for each in found])
        custom = {str(v.get("property")): v.get("value") for v in self._custom()}
        time, sequence_by = custom.get("time"), custom.get("sequenceBy")
        delete_when = custom.get("deleteWhen")
        partitions = _positioned(values, "partitioned", "partitionKeyPosition")
        output = Output(
            self._name,
            schema=Schema(columns),
            key=_positioned(values, "primaryKey", "primaryKeyPosition"),
            time=time if isinstance(time, str) else None,
            mode=_MODES.get(custom.get("mode"), "replace"),
            sequence_by=sequence_by if isinstance(sequence_by, str) else None,
            delete_when=delete_when if isinstance(delete_when, str) else None,
            tracked=_texts(custom.get("tracked")),
            validity=_texts(custom.get("validity")) or VALIDITY,
            expectations=expectations,
            quarantine=_quarantine(custom),
        )
        if partitions != output.partition_columns:
            object.__setattr__(output, "partition_by", partitions)
        return output

    def _column(self, node: Node) -> Column:
        given = _values(node)
        type_, guessed = parse_property_type(given)
        name, description = str(given.get("name")), given.get("description")
        if guessed is not None:
            self._note(node, f"{name}: {guessed}")
        if given.get("relationships"):
            self._note(node, f"{name}: relationships are not taken over")
        return Column(
            name=name,
            type=render_type(type_),
            nullable=given.get("required") is not True and given.get("primaryKey") is not True,
            comment=description if isinstance(description, str) else None,
            masked=given.get("classification") in _MASKED,
        )

    def _of_property(self, node: Node) -> Iterator[Expectation]:
        given = _values(node)
        name = str(given.get("name"))
        if given.get("unique") is True:
            yield from self._known(node, _unique(name))
        options = given.get("logicalTypeOptions")
        for found in parse_options(name, options) if isinstance(options, Mapping) else ():
            if isinstance(found, str):
                self._note(node, f"{name}: the option {found} is not taken over")
            else:
                yield from self._known(node, found)
        for rule in members(node, "quality"):
            yield from self._of_rule(rule, name)

    def _of_rule(self, node: Node, column: str | None) -> Sequence[Expectation]:
        found: list[Expectation] = []
        for each in parse_rule(_values(node), column, node.where):
            if isinstance(each, Note):
                self._note(node, f"{column or self._name}: {each.what}")
            else:
                found += self._known(node, each)
        return found

    def _known(self, node: Node, expectation: Expectation) -> Iterator[Expectation]:
        if expectation.type in CATALOGUE:
            yield expectation
        else:
            self._note(node, f"{expectation.type} is no expectation of sparkjob")

    def _custom(self) -> Iterator[Values]:
        return (_values(node) for node in members(self._node, "customProperties"))

    def _note(self, node: Node, what: str) -> None:
        self._left.append(Fault(what=what, where=node.where))


def _quarantine(custom: Values) -> Quarantine | None:
    dataset, rows, fraction = (custom.get(property_) for property_ in QUARANTINE)
    found = Quarantine(
        dataset=dataset if isinstance(dataset, str) else None,
        max_rows=rows if isinstance(rows, int) else None,
        max_fraction=float(fraction) if isinstance(fraction, int | float) else None,
    )
    return None if found == Quarantine() else found


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(map(str, value)) if isinstance(value, list) else None


def _unique(column: str) -> Expectation:
    return Expectation(type="column_values_to_be_unique", arguments={"column": column})


def _positioned(properties: Sequence[Values], flag: str, position: str) -> tuple[str, ...]:
    """Names of the flagged properties by their position; those without one at the end, as they stand."""

    def place(given: Values) -> float:
        value = given.get(position)
        return value if isinstance(value, int) and value > 0 else float("inf")

    return tuple(
        str(given.get("name"))
        for given in sorted((each for each in properties if each.get(flag) is True), key=place)
    )


def _values(node: Node) -> Values:
    found = plain(node)
    return found if isinstance(found, dict) else {}
