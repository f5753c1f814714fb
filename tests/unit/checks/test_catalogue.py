"""What can be declared, and what is said of a declaration that is wrong; no JVM, nothing raised."""
# ruff: noqa: E501 - one case a line reads as a table

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum

import pytest

from framework import Expectation, Schema, expect
from framework.checks.compile import COMPILERS, compile_expectation
from framework.contract.catalogue import CATALOGUE, faults_of

SCHEMA = Schema.of(
    "carrier STRING, n INT, big BIGINT, day DATE, ts TIMESTAMP, wall TIMESTAMP_NTZ, d DECIMAL(38,10), "
    "m MAP<STRING,INT>, x DOUBLE, b BOOLEAN, bytes BINARY, wide DECIMAL(38,0)"
)
assert SCHEMA is not None


def said(expectation: Expectation) -> list[tuple[str, str | None]]:
    """What and hint of every fault, without the rule's name."""
    return [(f.what.removeprefix(f"{expectation.type}: "), f.hint) for f in faults_of(expectation, SCHEMA)]


def test_every_rule_can_be_declared_and_compiled() -> None:
    """Catalogue, `expect` functions and compilers have the same names, and parameters agree."""
    declared = {name: getattr(expect, name) for name in expect.__all__}
    assert declared.keys() == CATALOGUE.keys() == COMPILERS.keys()
    for name, rule in CATALOGUE.items():
        parameters = inspect.signature(declared[name]).parameters
        own = [p for p in parameters.values() if p.kind is not p.VAR_KEYWORD]
        named = [p for p in rule.parameters if p.name != "row_condition"]
        assert [p.name for p in own] == [p.name for p in named], name
        assert [p.default is p.empty for p in own] == [p.required for p in named], name
        options = str(parameters["options"].annotation)
        assert ("RowOptions" in options) == rule.takes_mostly, name
        assert ("RowOptions" in options or "DomainOptions" in options) == (len(named) < len(rule.parameters))


def test_a_rule_is_written_so_that_it_cannot_be_misread() -> None:
    """An upper bound alone, a flag and a condition have their names; what cannot be mistaken has none."""
    shown = {
        str(expect.column_values_to_be_between("n", 0, 5)): "column_values_to_be_between(n, 0, 5)",
        str(
            expect.column_values_to_be_between("n", max_value=5)
        ): "column_values_to_be_between(n, max_value=5)",
        str(expect.column_values_to_be_between("n", 5, strict_min=True)): (
            "column_values_to_be_between(n, 5, strict_min=True)"
        ),
        str(expect.column_values_to_not_be_null("n", row_condition="x > 3", mostly=0.5)): (
            "column_values_to_not_be_null(n, row_condition='x > 3', mostly=0.5)"
        ),
    }
    assert list(shown) == list(shown.values())


def test_the_place_of_a_declaration_is_kept() -> None:
    """An expectation knows the file and line of its call, however wrong the call is."""
    line = inspect.currentframe().f_lineno
    made = [
        expect.column_values_to_be_null("n"),
        expect.column_values_to_be_null(),
        expect.column_values_to_be_nul("n"),
    ]
    assert [e.where.line - line for e in made] == [2, 3, 4]
    assert {e.where.file for e in made} == {__file__}


def test_arguments_become_frozen_text() -> None:
    """Dates, timestamps and decimals are kept as text, collections as tuples, sets in one order."""
    east = timezone(timedelta(hours=2))
    first = expect.column_values_to_be_between("d", Decimal("0.10"), datetime(2013, 1, 1, 2, tzinfo=east))
    assert first.arguments == {"column": "d", "min_value": "0.10", "max_value": "2013-01-01T00:00:00Z"}
    second = expect.column_values_to_be_in_set("day", {date(2013, 1, 2), date(2013, 1, 1)})
    assert second.arguments["value_set"] == ("2013-01-01", "2013-01-02")
    assert expect.column_values_to_be_in_set("n", range(3)).arguments["value_set"] == (0, 1, 2)


class _Grade(int, Enum):
    LOW = 3


class _Carrier(StrEnum):
    UNITED = "UA"


class _Half(float):
    """A float that writes itself otherwise, as NumPy's do: `np.float64(0.5)`."""

    def __repr__(self) -> str:
        return "Half(0.5)"


@pytest.mark.parametrize(
    ("value", "plain", "column"),
    [
        (_Grade.LOW, 3, "n"),
        (_Carrier.UNITED, "UA", "carrier"),
        (_Half(0.5), 0.5, "x"),
        (_Half(0.5), 0.5, "d"),
    ],
)
def test_values_of_other_classes_become_plain(value: object, plain: object, column: str) -> None:
    """Members of an Enum and NumPy's numbers are kept as what they stand for: SQL is made of their text."""
    rule = expect.column_values_to_be_between(column, value) if column != "carrier" else None
    rule = rule or expect.column_values_to_be_in_set(column, [value])
    assert said(rule) == []
    compiled = compile_expectation(rule, SCHEMA)
    same = replace(rule, arguments={n: _plain(v, value, plain) for n, v in rule.arguments.items()})
    assert compiled.filter == compile_expectation(same, SCHEMA).filter
    assert str(rule) == str(same)


def _plain(argument: object, value: object, plain: object) -> object:
    return (plain,) if isinstance(argument, tuple) else plain if argument == value else argument


def test_defaults_are_not_recorded() -> None:
    """What is left out is not in the data, so that a parameter added later changes no fingerprint."""
    assert expect.column_values_to_be_between("n", 1, strict_max=False).arguments == {
        "column": "n",
        "min_value": 1,
    }


GOOD = [
    expect.table_row_count_to_be_between(0, 10),
    expect.column_values_to_not_be_null("m", mostly=0),
    expect.column_values_to_be_between("day", date(2013, 1, 1), "2013-01-01"),
    expect.column_values_to_be_between("ts", datetime(2013, 1, 1, tzinfo=UTC), "2013-02-01"),
    expect.column_values_to_be_between("wall", "2013-01-01T00:00:00"),
    expect.column_values_to_be_between("d", Decimal("0.1"), 10**20, mostly=0.99),
    expect.column_values_to_be_between("x", float("-inf"), 5),
    expect.column_values_to_be_between("n", 0.5),
    expect.column_values_to_be_in_set("b", [True]),
    expect.column_values_to_match_regex("carrier", r"^\p{Upper}++$", severity="warning"),
    expect.column_values_to_match_regex("carrier", r"(?<=A|BC{1,3})\d\z"),
    expect.column_values_to_match_regex("carrier", r"A(?i)b\(?P<"),
    expect.column_sum_to_be_between("big", -(10**400), 10**400),
    expect.compound_columns_to_be_unique(["n", "bytes"], ignore_row_if="never"),
    expect.column_value_lengths_to_be_between("carrier", 2, 2, strict_min=True),
    expect.column_value_lengths_to_equal("carrier", 0),
    expect.column_values_to_match_regex_list("carrier", ["^A", "B$"], match_on="all"),
    expect.column_values_to_not_match_like_pattern_list("carrier", [r"100\%", "_\\\\%"]),
    expect.column_values_to_be_of_type("m", "MapType", mostly=0.5),
    expect.column_values_to_be_in_type_list("n", ["INTEGER", "IntegralType"]),
    expect.column_pair_values_a_to_be_greater_than_b("ts", "day", or_equal=True, ignore_row_if="neither"),
    expect.column_pair_values_to_be_equal("big", "x"),
    expect.column_pair_values_to_be_in_set(
        "n", "day", [(1, "2013-01-01"), (None, date(2013, 1, 2)), (2, None)]
    ),
    expect.multicolumn_sum_to_equal(["n", "big", "d"], Decimal("0.3"), ignore_row_if="any_value_is_missing"),
    expect.multicolumn_sum_to_equal(["n", "x"], 1),
    expect.multicolumn_values_to_be_equal(["day", "ts", "wall"]),
    expect.select_column_values_to_be_unique_within_record(["n", "big", "d"]),
    expect.column_values_to_be_null("n", row_condition="carrier = 'AA'", condition_parser="spark"),
    expect.table_row_count_to_be_between(1, row_condition="`n` > 1"),
]


@pytest.mark.parametrize("expectation", GOOD, ids=str)
def test_good_declarations_have_no_faults(expectation: Expectation) -> None:
    """What Great Expectations takes is taken."""
    assert said(expectation) == []


BAD: list[tuple[Callable[[], Expectation], str, str]] = [
    (lambda: expect.column_values_to_be_betwen("n", 1), "unknown expectation", 'did you mean "column_values_to_be_between"?'),
    (expect.something_else, "unknown expectation", "Known: column_"),
    (lambda: expect.column_values_to_not_be_null("carier"), '"carier"', 'did you mean "carrier"? Columns: carrier, n, '),
    (lambda: expect.column_values_to_not_be_null(3), "column=3 is not a column's name", ""),
    (expect.column_values_to_not_be_null, 'the argument "column" is missing', ""),
    (lambda: expect.column_values_to_be_between("n", minimum=1, max_value=2), 'unknown argument "minimum"', "min_value"),
    (lambda: expect.column_values_to_be_null("n", 2), 'unknown argument "argument 2"', "Arguments: column"),
    (lambda: expect.column_values_to_be_between("n"), "neither min_value nor max_value is given", "at least one"),
    (lambda: expect.column_values_to_be_between("n", 2, 1), "min_value is greater than max_value", ""),
    (lambda: expect.table_row_count_to_be_between(2, 1), "min_value is greater than max_value", ""),
    (lambda: expect.table_row_count_to_be_between(-1), "min_value=-1 is no whole number from 0", ""),
    (lambda: expect.column_values_to_be_between("n", 1, strict_min="yes"), "neither True nor False", ""),
    (lambda: expect.column_values_to_be_between("m", 1), 'cannot look at column "m" of type MAP<STRING,INT>', "It takes: date, "),
    (lambda: expect.column_values_to_match_regex("n", "1"), 'cannot look at column "n" of type INT', "It takes: string"),
    (lambda: expect.compound_columns_to_be_unique(["n", "m"]), 'cannot look at column "m"', ""),
    (lambda: expect.compound_columns_to_be_unique("n"), "column_list='n' is not a list of column names", ""),
    (lambda: expect.compound_columns_to_be_unique(["n", "n"]), "names a column twice", ""),
    (lambda: expect.column_values_to_be_in_set("n", [1, "2"]), "'2' does not fit column \"n\" of type INT", "a number"),
    (lambda: expect.column_values_to_be_in_set("n", [None]), "None does not fit", ""),
    (lambda: expect.column_values_to_be_in_set("n", [True]), "True does not fit", ""),
    (lambda: expect.column_values_to_be_in_set("carrier", [1]), "1 does not fit", "a text"),
    (lambda: expect.column_values_to_be_in_set("carrier", "AB"), "value_set='AB' is no list of values", ""),
    (lambda: expect.column_values_to_be_in_set("x", [float("nan")]), "nan does not fit", "not NaN"),
    (lambda: expect.column_values_to_be_between("day", "2013-02-30"), "'2013-02-30' does not fit", "a date"),
    (lambda: expect.column_values_to_be_between("d", "1e40"), "does not fit", "digits"),
    (lambda: expect.column_values_to_be_between("d", 10**30), "does not fit", "digits"),
    (lambda: expect.column_values_to_be_between("n", object()), "does not fit", "a number"),
    (lambda: expect.column_values_to_match_regex("carrier", "("), "regex='(' is no regular expression", "Java's dialect"),
    (lambda: expect.column_values_to_match_regex("carrier", "(?P<a>x)"), "no regular expression: (?P< is Python's", "(?<name>…)"),
    (lambda: expect.column_values_to_match_regex("carrier", "(?ai)x"), "no regular expression: (?ai) is Python's", "no such group"),
    (lambda: expect.column_values_to_match_regex("carrier", "(x)?(?(1)y|z)"), "no regular expression: (?( is Python's", "no such group"),
    (lambda: expect.column_values_to_be_between("ts", "0001-01-01T00:00:00+14:00"), "does not fit", "a datetime"),
    (lambda: expect.column_values_to_be_between("ts", None, datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2)))), "does not fit", "a datetime"),
    (lambda: expect.column_values_to_match_regex("carrier", 7), "regex=7 is no regular expression", ""),
    (lambda: expect.column_values_to_be_null("n", mostly=1.1), "mostly=1.1 is no fraction", "0 to 1"),
    (lambda: expect.column_values_to_be_null("n", mostly="all"), "mostly='all' is no fraction", "0 to 1"),
    (lambda: expect.table_row_count_to_be_between(1, mostly=0.5), "mostly is not taken", "all rows"),
    (lambda: expect.column_values_to_be_null("n", severity="bad"), "severity='bad' is not possible", "critical, warning"),
    (lambda: expect.column_values_to_be_null("n", scope="all"), "scope='all' is not possible", "staged, table"),
    (lambda: expect.column_value_lengths_to_be_between("carrier", 3, 2), "min_value is greater than max_value", ""),
    (lambda: expect.column_value_lengths_to_equal("carrier", 1.5), "value=1.5 is no whole number", ""),
    (lambda: expect.column_value_lengths_to_equal("n", 1), 'cannot look at column "n" of type INT', "string"),
    (lambda: expect.column_values_to_match_regex_list("carrier", []), "regex_list=() is no list of patterns", "at least one"),
    (lambda: expect.column_values_to_match_regex_list("carrier", "AB"), "regex_list='AB' is no list of patterns", ""),
    (lambda: expect.column_values_to_match_regex_list("carrier", ["A", "("]), "regex_list='(' is no regular expression", "Java"),
    (lambda: expect.column_values_to_match_regex_list("carrier", ["A"], "some"), "match_on='some' is not possible", "any, all"),
    (lambda: expect.column_values_to_match_like_pattern("carrier", "a\\b"), "is no pattern of LIKE", "A backslash"),
    (lambda: expect.column_values_to_match_like_pattern("carrier", "a\\"), "is no pattern of LIKE", "A backslash"),
    (lambda: expect.column_values_to_be_of_type("n", "Integer"), "type_='Integer' is no type of Spark's", 'did you mean "IntegerType"?'),
    (lambda: expect.column_values_to_be_of_type("n", "INT"), "type_='INT' is no type of Spark's", 'did you mean "IntegerType"?'),
    (lambda: expect.column_type_to_be("n", "object"), "type_='object' is no type of Spark's", "LongType"),
    (lambda: expect.column_values_to_be_in_type_list("n", ["INTEGER", "int"]), "'INTEGER' is no type of Spark's", ""),
    (lambda: expect.column_values_to_be_in_type_list("n", []), "type_list names no type", ""),
    (lambda: expect.column_values_to_be_in_type_list("n", "LongType"), "is no list of types", ""),
    (lambda: expect.column_pair_values_to_be_equal("n", "carrier"), 'cannot compare "n" of type INT with "carrier" of type STRING', "Numbers"),
    (lambda: expect.column_pair_values_to_be_equal("wide", "d"), '"d" of type DECIMAL(38,10) exactly', "48 digits"),
    (lambda: expect.column_pair_values_to_be_equal("n", "bigg"), '"bigg"', 'did you mean "big"?'),
    (lambda: expect.column_pair_values_a_to_be_greater_than_b("b", "n"), 'cannot look at column "b" of type BOOLEAN', ""),
    (lambda: expect.column_pair_values_to_be_equal("n", "big", ignore_row_if="never"), "ignore_row_if='never' is not possible", "neither"),
    (lambda: expect.column_pair_values_to_be_in_set("n", "day", []), "is no list of pairs", "None"),
    (lambda: expect.column_pair_values_to_be_in_set("n", "day", [(1,)]), "(1,) is no pair", ""),
    (lambda: expect.column_pair_values_to_be_in_set("n", "day", [(1, 2)]), '2 does not fit column "day" of type DATE', "a date"),
    (lambda: expect.multicolumn_sum_to_equal(["n", "carrier"], 1), 'cannot look at column "carrier"', "decimal, float, integer"),
    (lambda: expect.multicolumn_sum_to_equal(["n", "x"], "much"), "sum_total='much' is no number", ""),
    (lambda: expect.multicolumn_values_to_be_equal(["n"]), "column_list names one column", "two"),
    (lambda: expect.column_values_to_be_null("n", row_condition="carrier = 'A"), "a quote is not closed", ""),
    (lambda: expect.column_values_to_be_null("n", condition_parser="pandas"), 'unknown argument "condition_parser"', ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "what", "hint"), BAD, ids=lambda value: value if isinstance(value, str) else ""
)
def test_bad_declarations_are_named(make: Callable[[], Expectation], what: str, hint: str) -> None:
    """A wrong declaration raises nothing where it stands and is one fault with a hint and a place."""
    (fault,) = faults_of(make(), SCHEMA)
    assert what in fault.what
    assert hint in (fault.hint or "")
    assert fault.where is not None


def test_all_faults_of_a_declaration_are_said_at_once() -> None:
    """Column, options and arguments are looked at together."""
    wrong = expect.column_values_to_be_between("nn", strict_min=3, mostly=7)
    assert len(said(wrong)) == 4
