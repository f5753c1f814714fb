"""Rules about a column's type, which the schema tells."""

from collections.abc import Mapping

from framework.checks.compiled import Compiled, Compiler, Judgement
from framework.checks.rows import of_column
from framework.contract.schema import Column
from framework.contract.sparktypes import is_kind_of, spark_type
from framework.contract.types import Expectation, texts_of


def type_among(expectation: Expectation, column: Column, names: tuple[str, ...]) -> Compiled:
    """The column's type is one of these, or a kind of one. Nothing is measured."""
    assert column.datatype is not None, "contract.validate comes first"
    held = any(is_kind_of(column.datatype, name) for name in names)
    found = Judgement(state="pass" if held else "fail", observed=spark_type(column.datatype))
    return Compiled(expectation=expectation, measures=(), decide=lambda: found)


def one_type(expectation: Expectation, column: Column) -> Compiled:
    """The type of the argument `type_`."""
    return type_among(expectation, column, texts_of(expectation.arguments["type_"]))


def types_listed(expectation: Expectation, column: Column) -> Compiled:
    """One of the types of the argument `type_list`."""
    return type_among(expectation, column, texts_of(expectation.arguments["type_list"]))


RULES: Mapping[str, Compiler] = {
    "column_values_to_be_of_type": of_column(one_type),
    "column_values_to_be_in_type_list": of_column(types_listed),
    "column_type_to_be": of_column(one_type),
}
"""Compilers by type."""
