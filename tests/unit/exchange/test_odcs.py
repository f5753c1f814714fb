"""Outputs as data contracts of ODCS 3.1 and back."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft201909Validator

from framework import Output, expect
from framework.environment.yaml import parse_yaml
from framework.errors import MisconfiguredError
from framework.exchange.odcs.build import build_contract
from framework.exchange.odcs.parse import parse_contract
from framework.exchange.odcs.quality import join_row_counts
from framework.exchange.odcs.text import render_yaml
from framework.exchange.odcs.tree import plain
from tests.unit.exchange.drawn import outputs

STANDARD = Path(__file__).parent / "odcs-json-schema-v3.1.0.json"
MAX = "{type: expect_column_max_to_be_between, kwargs: {max_value: 3}}"
HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: '1'\nstatus: active\nschema:\n"


@cache
def standard() -> Draft201909Validator:
    """The standard's own JSON Schema."""
    return Draft201909Validator(json.loads(STANDARD.read_text(encoding="utf-8")))


def counted(output: Output) -> Counter:
    """The expectations, whatever the order of columns and table."""
    return Counter(
        repr((str(e.type), sorted(e.arguments.items()), e.mostly, e.severity, e.on_fail, e.scope))
        for e in join_row_counts(list(output.expectations))
    )


def read(*lines: str) -> tuple[Output, list[str]]:
    """A contract of one table `t`, its lines indented as its members, and what was left out."""
    body = "".join(f"    {line}\n" for line in lines)
    (output,), left = parse_contract(f"{HEAD}  - name: t\n{body}", "t.yaml")
    return output, [fault.what for fault in left]


@settings(max_examples=10)
@given(outputs())
def test_a_contract_says_all_of_an_output(output):
    """Valid by the standard's schema, and read back as the same columns, key, partitions and rules."""
    contract = build_contract(output, owner="ops", tags=["a"], description="What\nit is: on")
    text = render_yaml(contract)
    node, _ = parse_yaml(text, "x.yaml")
    standard().validate(plain(node))
    (found,), left = parse_contract(text, "x.yaml")
    assert left == ()
    assert found.schema == output.schema
    assert (found.dataset, found.key, found.time) == (output.dataset, output.key, output.time)
    assert found.partition_columns == output.partition_columns
    assert counted(found) == counted(output)


@pytest.mark.parametrize(
    ("rule", "declared"),
    [
        ("{metric: nullValues, mustBe: 0}", expect.column_values_to_not_be_null("n")),
        ("{metric: nullValues, mustBeLessThan: 1}", expect.column_values_to_not_be_null("n")),
        (
            "{metric: nullValues, mustBeLessOrEqualTo: 0.1, unit: percent, severity: warning}",
            expect.column_values_to_not_be_null("n", mostly=0.999, severity="warning"),
        ),
        ("{type: library, rule: duplicateValues, mustBe: 0}", expect.column_values_to_be_unique("n")),
        (
            "{metric: invalidValues, arguments: {validValues: [1, 2]}, mustBe: 0, severity: error}",
            expect.column_values_to_be_in_set("n", [1, 2]),
        ),
        (
            "{metric: missingValues, arguments: {missingValues: ['', 'N/A']}, mustBe: 0}",
            expect.column_values_to_not_be_in_set("n", ["", "N/A"]),
        ),
        (
            f"{{type: custom, engine: great-expectations, implementation: {MAX}}}",
            expect.column_max_to_be_between("n", max_value=3),
        ),
    ],
)
def test_rules_of_a_property(rule, declared):
    """The library's metrics, and Great Expectations' own, on the column that they are written at."""
    output, left = read("properties:", "  - name: n", "    logicalType: integer", f"    quality: [{rule}]")
    assert (list(output.expectations), left) == ([declared], [])


@pytest.mark.parametrize(
    ("rule", "declared"),
    [
        ("{metric: rowCount, mustBe: 3}", expect.table_row_count_to_equal(3)),
        ("{metric: rowCount, mustBeGreaterThan: 3}", expect.table_row_count_to_be_between(4)),
        ("{metric: rowCount, mustBeLessThan: 3}", expect.table_row_count_to_be_between(None, 2)),
        (
            "{metric: rowCount, mustBeGreaterOrEqualTo: 3}, {metric: rowCount, mustBeLessOrEqualTo: 5}",
            expect.table_row_count_to_be_between(3, 5),
        ),
        (
            "{metric: duplicateValues, arguments: {properties: [a, b]}, mustBe: 0}",
            expect.compound_columns_to_be_unique(["a", "b"]),
        ),
    ],
)
def test_rules_of_a_table(rule, declared):
    """Row counts and compound keys."""
    output, left = read(f"quality: [{rule}]")
    assert (list(output.expectations), left) == ([declared], [])


def test_between_leaves_out_its_ends():
    """`mustBeBetween` is `mustBeGreaterThan` and `mustBeLessThan`, as the standard's text says."""
    output, left = read("quality: [{metric: rowCount, mustBeBetween: [100, 120]}]")
    assert list(output.expectations) == [expect.table_row_count_to_be_between(101, 119)]
    assert left == ["t: rowCount: mustBeBetween leaves out both its ends, as the standard's text says"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{metric: duplicateValues, mustBeLessThan: 10}", "only no such row at all can be asked for"),
        ("{metric: invalidValues, mustBe: 0}", "neither validValues nor a pattern is given"),
        ("{metric: nullValues}", "it has no operator, like mustBe"),
        ("{metric: nullValues, mustNotBe: 0}", "mustNotBe is no range"),
        ("{metric: rowCount, mustBe: 3}", "rowCount: no metric of a property"),
        ("{type: sql, query: SELECT 1, mustBe: 1}", "a rule of type sql is not taken over: SELECT 1"),
        ("{type: text, description: it is good}", "a text is no check: it is good"),
        ("{type: custom, engine: soda, implementation: x}", "a rule for the engine soda is not taken over"),
        ("{type: custom, engine: sparkjob, implementation: {type: a}}", "a is no expectation of sparkjob"),
        (
            "{type: custom, engine: sparkjob, implementation: '['}",
            "the implementation for sparkjob is no map",
        ),
    ],
)
def test_what_a_rule_says_beyond_us_is_named(rule, said):
    """Nothing is left out in silence, and nothing becomes a rule that means something else."""
    output, left = read("properties:", "  - name: n", "    logicalType: integer", f"    quality: [{rule}]")
    assert output.expectations == ()
    assert len(left) == 1
    assert said in left[0]


@pytest.mark.parametrize(
    ("given", "type_", "said"),
    [
        ("physicalType: VARCHAR(18)", "string", None),
        ("physicalType: double precision", "double", None),
        ("physicalType: 'numeric(15,2)'", "decimal(15,2)", None),
        ("physicalType: numeric", "decimal(38,18)", "the type 'numeric' has no digits: DECIMAL(38,18)"),
        ("logicalType: integer", "bigint", None),
        ("logicalType: number", "double", "the type 'number' became DOUBLE"),
        ("logicalType: array, items: {logicalType: date}", "array<date>", None),
        ("logicalType: object, properties: [{name: p, logicalType: date}]", "struct<p:date>", None),
        ("logicalType: time", "string", "the type 'time' became STRING"),
        ("physicalType: geometry", "string", "no type of Spark's is known for 'geometry': STRING"),
    ],
)
def test_types_of_elsewhere(given, type_, said):
    """A type that has no equal becomes one that is named."""
    output, left = read(f"properties: [{{name: n, {given}}}]")
    assert output.schema.columns[0].type == type_
    assert left == ([] if said is None else [f"n: {said}"])


def test_bounds_of_a_type_are_expectations():
    """Options of a type hold for every row; `format` only describes."""
    output, left = read(
        "properties:",
        "  - {name: n, logicalType: integer, logicalTypeOptions: {exclusiveMinimum: 0, multipleOf: 5}}",
        "  - {name: s, logicalType: string, logicalTypeOptions: {maxLength: 3, pattern: '^a', format: uri}}",
    )
    assert list(output.expectations) == [
        expect.column_values_to_be_between("n", 0, strict_min=True),
        expect.column_value_lengths_to_be_between("s", max_value=3),
        expect.column_values_to_match_regex("s", "^a"),
    ]
    assert left == ["n: the option multipleOf is not taken over"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\n", "no data contract of version 3"),
        ("kind: DataContract\napiVersion: v2.2.2\n", "no data contract of version 3"),
        ("- 1\n", "the file is not a map of settings"),
        ("a: [\n", "not YAML"),
    ],
)
def test_what_is_no_contract_is_refused(text, said):
    """With the file and the line."""
    with pytest.raises(MisconfiguredError) as caught:
        parse_contract(text, "x.yaml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("x.yaml:")
