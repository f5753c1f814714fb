"""Python that is printed, run as a job file would."""

from hypothesis import given, settings

from framework import Output, expect
from framework.exchange.code import render_call, render_expectations, render_outputs
from tests.unit.exchange.drawn import outputs


def run(code: str) -> dict[str, object]:
    """The names that the code binds."""
    names: dict[str, object] = {}
    exec(compile(code, "pasted.py", "exec"), names)
    return names


@settings(max_examples=10)
@given(outputs())
def test_what_is_printed_makes_the_same_output(output):
    """Pasted into a job file it declares the same columns, key, time and expectations."""
    (made,) = [value for value in run(render_outputs([output])).values() if isinstance(value, Output)]
    assert made == output
    assert run(render_expectations(output.expectations))["EXPECTATIONS"] == list(output.expectations)


def test_a_call_reads_like_one_that_a_person_wrote():
    """What must be given by position, the rest by name; long calls on several lines."""
    short = expect.column_values_to_be_between("n", 0, 9, mostly=0.9, severity="warning")
    assert render_call(short) == (
        'expect.column_values_to_be_between("n", min_value=0, max_value=9, mostly=0.9, severity="warning")'
    )
    assert render_call(expect.column_values_to_be_in_set("s", ["a'b"] * 15)) == (
        'expect.column_values_to_be_in_set(\n    "s",\n    [' + ", ".join(['"a\'b"'] * 15) + "],\n)"
    )
