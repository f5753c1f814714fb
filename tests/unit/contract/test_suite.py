"""Great Expectations suites, read without Great Expectations."""

import json

import pytest

from framework.contract import expect
from framework.contract.catalogue import faults_of
from framework.contract.row_condition import parse_row_condition
from framework.contract.schema import Schema
from framework.contract.suite import parse_suite

SUITE = """{
  "name": "daily",
  "id": "5f021408-76fe-4355-9c2e-0f94b64fdfbe",
  "expectations": [
    {
      "id": "9c4d519d-c887-466c-996c-8e8fd60eecc6",
      "kwargs": {"column": "n", "mostly": 0.95, "batch_id": "x", "result_format": "BASIC"},
      "meta": {"who": "me"}, "notes": "a note", "description": "a word",
      "severity": "warning",
      "type": "expect_column_values_to_not_be_null"
    },
    {"type": "expect_column_values_to_be_between",
     "kwargs": {"column": "n", "min_value": 0.0, "max_value": null, "strict_min": false,
                "condition_parser": "spark", "row_condition": "s = 'x'"}},
    {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1.0}, "severity": "info"},
    {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "n"},
     "meta": {"sparkjob": {"on_fail": "quarantine", "scope": "table"}}},
    {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1.0}, "severity": "info"}
  ],
  "meta": {"great_expectations_version": "1.24.1"},
  "notes": null
}
"""
SCHEMA = Schema.of("n INT, s STRING")


def configurations(*entries: object, **further: object) -> str:
    """A suite's text, one line an entry, the first on line 2."""
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    rest = "".join(f',\n"{name}": {json.dumps(value)}' for name, value in further.items())
    return f'{{"expectations": [\n{lines}\n]{rest}}}'


def test_a_suite_is_the_expectations_that_one_would_write():
    """Order and duplicates are kept; defaults, nulls and what is not evaluated are not in the data."""
    expectations, faults = parse_suite(SUITE, "jobs/daily.json")
    rows = expect.table_row_count_to_be_between(1, severity="warning")
    assert faults == ()
    assert list(expectations) == [
        expect.column_values_to_not_be_null("n", mostly=0.95, severity="warning"),
        expect.column_values_to_be_between("n", 0.0, row_condition="s = 'x'"),
        rows,
        expect.column_values_to_not_be_null("n", on_fail="quarantine", scope="table"),
        rows,
    ]


def test_each_expectation_has_its_place_in_the_suite():
    """Faults and verdicts name the suite's file and the line where the expectation begins."""
    expectations, _ = parse_suite(SUITE, "jobs/daily.json")
    assert [str(each.where) for each in expectations] == [f"jobs/daily.json:{n}" for n in (5, 12, 15, 16, 18)]


def test_a_default_that_is_written_out_changes_nothing():
    """A suite that says what holds anyway has the fingerprint of one that does not."""
    kwargs = {"column_A": "n", "column_B": "n"}
    type_ = "expect_column_pair_values_to_be_equal"
    text = configurations(
        {"type": type_, "kwargs": {**kwargs, "ignore_row_if": "both_values_are_missing"}},
        {"type": type_, "kwargs": kwargs},
    )
    (one, other), _ = parse_suite(text, "x.json")
    assert one == other


def test_unknown_types_and_arguments_keep_their_place():
    """All of them are named at once, by the same faults as in a job file."""
    text = configurations(
        {"type": "expect_column_values_to_be_betwen", "kwargs": {"column": "n"}},
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "m", "colour": 1}},
    )
    expectations, faults = parse_suite(text, "x.json")
    found = [str(fault) for each in expectations for fault in faults_of(each, SCHEMA)]
    assert faults == ()
    assert found == [
        'x.json:2  unknown expectation "column_values_to_be_betwen"',
        'x.json:3  column_values_to_not_be_null: unknown argument "colour"',
        'x.json:3  column_values_to_not_be_null: expectation on a column that the schema does not have: "m"',
    ]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "not JSON: Expecting '{'"),
        ("[]", 1, "not JSON: Expecting '{'"),
        ('{"expectations": [],\n "a": }', 2, "not JSON: Expecting value"),
        ('{"expectations": [\n{"type": "a"}\n{"type": "b"}]}', 3, "not JSON: Expecting ','"),
        ('{"expectations": [\n{"type": "a",\n "type": "b"}]}', 2, 'not JSON: the key "type" is there twice'),
        ('{"expectations": [],\n"expectations": []}', 2, 'not JSON: the key "expectations" is there twice'),
        ('{"expectations": []}\n{}', 2, "not JSON: Extra data"),
        ('{"expectations": [' + "[" * 100_000, 1, "nested too deeply"),
        ('{"results": []}', 1, "no suite: it has no list of expectations"),
        ('{"expectations": {}}', 1, "no suite: it has no list of expectations"),
    ],
)
def test_what_is_no_suite_is_named_with_its_line(text, line, what):
    """A file that is no JSON, no suite, or says a thing twice is a fault, and nothing of it is used."""
    expectations, (fault,) = parse_suite(text, "x.json")
    assert (expectations, str(fault)) == ((), f"x.json:{line}  {what}")


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (1, "no expectation: it is no JSON object"),
        ({"kwargs": {}}, "an expectation without a type"),
        ({"expectation_type": "expect_x", "kwargs": {}}, "an expectation without a type"),
        ({"type": "expect_x", "kwargs": []}, "expect_x: kwargs is no JSON object"),
        ({"type": "expect_x", "kwargs": {}, "severity": "bad"}, "x: severity='bad' is not possible"),
        ({"type": "expect_x", "kwargs": {"on_fail": "reject"}}, 'x: unknown argument "on_fail"'),
        ({"type": "expect_x", "meta": {"sparkjob": {"a": 1}}}, 'x: unknown option "a" in meta.sparkjob'),
        ({"type": "expect_x", "colour": 1}, 'x: unknown key "colour"'),
        ({"type": "expect_x", "kwargs": {"windows": [{"range": 5}]}}, "x: windows are not supported"),
        (
            {"type": "expect_x", "kwargs": {"row_condition": "a == 1", "condition_parser": "pandas"}},
            "x: row_condition: condition_parser 'pandas' is not Spark's",
        ),
        (
            {"type": "expect_x", "kwargs": {"min_value": {"$PARAMETER": "least"}}},
            "x: min_value: the suite parameter 'least' has no value in the file",
        ),
    ],
)
def test_an_entry_that_cannot_be_taken_over_is_named(entry, what):
    """The others are read, so that all faults of a file are said at once."""
    sound = {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 1}}
    expectations, (fault,) = parse_suite(configurations(sound, entry, sound), "x.json")
    assert (len(expectations), str(fault)) == (2, f"x.json:3  {what}")


def test_suite_parameters_are_those_of_the_file():
    """A parameter has the value that the suite gives it, or the one that stands beside its name."""
    text = configurations(
        {"type": "expect_table_row_count_to_equal", "kwargs": {"value": {"$PARAMETER": "rows"}}},
        {
            "type": "expect_table_row_count_to_equal",
            "kwargs": {"value": {"$PARAMETER": "rows", "$PARAMETER.rows": 4}},
        },
        suite_parameters={"rows": 3},
    )
    expectations, _ = parse_suite(text, "x.json")
    assert [each.arguments["value"] for each in expectations] == [3, 4]


@pytest.mark.parametrize(
    ("text", "predicate"),
    [
        ('col("b").notNull()', "`b` IS NOT NULL"),
        ('col("b") >= 5', "`b` >= 5"),
        ('col("a b")<-1.5', "`a b` < -1.5"),
        ("col(\"b\") == 'x y'", "`b` == 'x y'"),
        ('col("d") != date("2013-01-01")', "`d` != '2013-01-01'"),
    ],
)
def test_conditions_of_its_own_grammar(text, predicate):
    """`condition_parser="great_expectations"` is one comparison, or a test for a value."""
    for parser in ("great_expectations", "great_expectations__experimental__"):
        assert parse_row_condition(text, parser) == predicate


@pytest.mark.parametrize(
    "text",
    [
        'col("a") > 5 and col("b") > 3',
        "a > 5",
        'col("a").isNull()',
        'col("a") > date("2013-01-01"',
        'col("a") >',
    ],
)
def test_a_condition_that_would_be_read_in_part_is_none(text):
    """Great Expectations itself stops after the first comparison; half a condition is no condition."""
    with pytest.raises(ValueError, match="it is not like"):
        parse_row_condition(text, "great_expectations")


def _column(name, **rest):
    return {"column": {"name": name}, **rest}


def test_conditions_as_documents():
    """The structure that `Column("b") > 1` and the like are saved as."""
    compared = _column("b`", type="comparison", operator=">", parameter="it's\\")
    among = _column("c", type="comparison", operator="NOT_IN", parameter=["x", 1.5, True])
    missing = _column("d", type="nullity", is_null=True)
    passed = {"type": "pass_through", "pass_through_filter": "e > 1"}
    both = {"type": "and", "conditions": [compared, among]}
    given = {"type": "or", "conditions": [both, missing]}
    expected = "((`b``` > 'it\\'s\\\\' AND `c` NOT IN ('x', 1.5, true)) OR `d` IS NULL)"
    assert parse_row_condition(given) == expected
    assert parse_row_condition(passed, "spark") == "e > 1"


@pytest.mark.parametrize(
    "given",
    [
        5,
        {"type": "xor"},
        {"type": "and", "conditions": []},
        _column("c", type="comparison", operator="IN", parameter=[]),
        _column("c", type="comparison", operator="~", parameter=1),
        _column("c", type="comparison", operator=">", parameter=None),
        _column("", type="nullity", is_null=True),
        {"type": "nullity", "is_null": True},
    ],
)
def test_a_document_that_is_no_condition(given):
    """What is not known is refused, and never taken for no condition."""
    with pytest.raises(ValueError, match=r"."):
        parse_row_condition(given)
