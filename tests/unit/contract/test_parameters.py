"""`--param` texts and windows: read by their declared types, refused with a hint."""

from datetime import timedelta

import pytest

from framework.contract.declare import job
from framework.contract.parameters import ParameterType, parameter_types, parse_parameter
from framework.contract.types import Output
from framework.contract.window import parse_window
from framework.errors import MisconfiguredError
from framework.project.load import job_of


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("2", ParameterType(scalar=int), 2),
        ("-2", ParameterType(scalar=int), -2),
        ("2", ParameterType(scalar=float), 2.0),
        ("1e3", ParameterType(scalar=float), 1000.0),
        ("true", ParameterType(scalar=bool), True),
        ("False", ParameterType(scalar=bool), False),
        ("null", ParameterType(scalar=str), "null"),
        ("null", ParameterType(scalar=int, optional=True), None),
        ("", ParameterType(scalar=str), ""),
    ],
)
def test_a_text_is_read_by_its_type(text, type_, value):
    """The value has the annotation's type; `null` is None only where None is allowed."""
    found = parse_parameter("x", text, type_)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "scalar", "hint"),
    [
        ("2.5", int, "Write a whole number"),
        ("1_0", int, "Write a whole number"),
        ("two", float, "Write a number"),
        ("nan", float, "Write a number"),
        ("yes", bool, "Write true or false"),
        ("1", bool, "Write true or false"),
    ],
)
def test_a_text_of_another_type_is_refused(text, scalar, hint):
    """One line says what was found and what is wanted."""
    with pytest.raises(MisconfiguredError) as caught:
        parse_parameter("x", text, ParameterType(scalar=scalar))
    assert str(caught.value) == f'parameter "x" is {scalar.__name__}, and "{text}" is not'
    assert caught.value.faults[0].hint == hint


def test_types_come_from_the_annotations():
    """Also from annotations that are texts, beside others that cannot be evaluated."""

    @job(outputs=Output("a.b", schema="n INT"), rerun="once", secrets={"token": "api"})
    def f(*, spark: "Unknown", token: str, a: "int | None" = None, b: float = 1, c: bool = True):  # noqa: F821
        return spark

    assert {name: str(type_) for name, type_ in parameter_types(job_of(f)).items()} == {
        "a": "int | None",
        "b": "float",
        "c": "bool",
    }


def test_windows():
    """Days, hours and weeks, one or several, and the two words."""
    assert parse_window("1 day") == timedelta(days=1)
    assert parse_window("36 hours") == timedelta(hours=36)
    assert parse_window("2 weeks") == timedelta(days=14)
    assert parse_window("previous") == "previous"
    assert parse_window("all") == "all"


@pytest.mark.parametrize("text", ["", "0 days", "-1 day", "1 month", "7days", "7 Days", " all"])
def test_other_texts_are_no_window(text):
    """A window that cannot be read is never taken for another."""
    with pytest.raises(ValueError, match="is no window"):
        parse_window(text)
