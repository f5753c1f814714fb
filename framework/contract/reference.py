"""The input that a rule compares its output with, and whether values of the two can be equal."""

from collections.abc import Iterator
from dataclasses import dataclass

from framework.contract.argument import Family, family_of
from framework.contract.datatype import DataType
from framework.contract.digits import MOST, digits_together
from framework.contract.types import Expectation, texts_of

_EXACT: frozenset[Family] = frozenset({"integer", "decimal"})


@dataclass(frozen=True, kw_only=True)
class Reference:
    """`columns` of the output beside `input_columns` of the job's input of that name, in pairs."""

    input: str
    columns: tuple[str, ...]
    input_columns: tuple[str, ...]

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """Each column of the output with the input's that it is compared with."""
        return zip(self.columns, self.input_columns, strict=False)


def reference_of(expectation: Expectation) -> Reference | None:
    """What a rule of `expect.others` looks at; None for every other rule."""
    arguments = expectation.arguments
    name = arguments.get("input")
    if not isinstance(name, str):
        return None
    columns = texts_of(arguments.get("column_list", arguments.get("column")))
    theirs = texts_of(arguments.get("input_column_list", arguments.get("input_column")))
    return Reference(input=name, columns=columns, input_columns=theirs or columns)


def is_comparable(ours: DataType, theirs: DataType) -> bool:
    """Whether Spark can say exactly that a value of one type equals one of the other.

    Only values of one kind, that is: a text is no number, and a float equals no decimal.
    """
    families = {family_of(ours), family_of(theirs)}
    if families <= _EXACT:
        return digits_together(ours, theirs) <= MOST
    return len(families) == 1 and "nested" not in families
