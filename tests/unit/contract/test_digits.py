"""Exact numbers are compared with each other only where Spark does it exactly."""

import pytest

from framework.contract.datatype import DataType, Decimal, Primitive
from framework.contract.reference import is_comparable


@pytest.mark.parametrize(
    ("whole", "scale", "expected"),
    [
        ("bigint", 18, True),
        ("bigint", 19, False),
        ("int", 28, True),
        ("int", 29, False),
        ("double", 2, False),
    ],
)
def test_a_decimal_is_compared_with_a_whole_number_when_38_digits_hold_both(
    whole: str, scale: int, *, expected: bool
) -> None:
    """Spark 4 finds 1.0000000000000000001 of DECIMAL(38,19) equal to the BIGINT 1."""
    ours: DataType = Decimal(38, scale)
    assert is_comparable(ours, Primitive(whole)) is expected
    assert is_comparable(Primitive(whole), ours) is expected
