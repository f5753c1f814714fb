"""`row_condition`: what is seen of a wrong one without Spark, and how it narrows any check."""
# ruff: noqa: E501 - one case a line reads as a table

import pytest

from framework import Schema, expect
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Compiled, Judgement
from framework.checks.domain import restrict
from framework.checks.measure import Aggregate, Derived, Grouped, Quantiles, silent
from framework.contract.catalogue import CATALOGUE, faults_of
from framework.contract.condition import find_condition_faults

SCHEMA = Schema.of("carrier STRING, dep_delay INT, day DATE, `o``dd name` STRING, place STRUCT<city:STRING>")
assert SCHEMA is not None

GOOD = [
    "carrier = 'UA'",
    "dep_delay > 1 AND (day IS NULL OR `o``dd name` LIKE '%;--/*')",
    "CARRIER = \"it's\" OR carrier = 'it\\'s' OR carrier RLIKE r'\\d['",
    "day >= DATE'2013-01-01' - INTERVAL 3 DAYS",
    "place.city = 'x' AND `place`.`town` IS NULL",
    "CASE WHEN dep_delay BETWEEN 1 AND 2e3 THEN true ELSE false END",
    "exists(array(1, 2), carrie -> carrie > dep_delay)",
    "extract(YEAR FROM day) = 2013 AND year(day) = 2013",
    "dep_delay - 1 = -1 AND dep_delay / 2 * 3 > 0",
    "aggregate(array(1, 2), 0, (sum, each) -> sum + each) > 1",
    "mask(carrier, upperChar => 'Q') = 'QQ' AND carrier COLLATE UTF8_BINARY = 'UA'",
    "localtimestamp > day AND NOT dep_delay IS NULL",
    "(carrier, dep_delay) IN (('UA', 1)) AND (((dep_delay + 1) > 2))",
    "isnan(dep_delay) OR NOT startswith(carrier, 'U') AND place.flag",
    "NOT (dep_delay + 1 BETWEEN 2 AND 3 AND carrier = 'UA')",
    "map('a', true)['a'] AND (map('a', 1)['a'] = 1) AND cast(dep_delay - 1 AS BOOLEAN)",
    "dep_delay::boolean OR true AND NULL",
    "!(dep_delay > 1)",
]


@pytest.mark.parametrize("condition", GOOD)
def test_spark_sql_predicates_are_taken(condition: str) -> None:
    """Texts may hold anything, names any case, and what Spark alone knows is left to Spark."""
    assert list(find_condition_faults(condition, SCHEMA)) == []


BAD: list[tuple[object, str, str]] = [
    ("", "'' is no condition", "A Spark SQL predicate"),
    ("  ", "is no condition", ""),
    (True, "True is no condition", ""),
    ("carrier = 'UA", "a quote is not closed", ""),
    ("carrier = 'UA\\'", "a quote is not closed", ""),
    ('carrier = "UA', "a quote is not closed", ""),
    ("`carrier = 1", "a quote is not closed", ""),
    ("(dep_delay > 1", '"(" is not closed', ""),
    ("dep_delay > 1)", '")" closes nothing', ""),
    ("true) OR (true", '")" closes nothing', ""),
    ("carrier[0) = 1", '")" closes nothing', ""),
    ("dep_delay > 1 -- all", "may not have a comment", ""),
    ("dep_delay > 1 /* all", "may not have a comment", ""),
    ("dep_delay > 1; drop", 'may not contain ";"', "one predicate"),
    ("carrier = '${env:HOME}'", 'may not contain "${"', ""),
    ("dep_delay = (SELECT max(1))", "SELECT is not possible", ""),
    ("`carier` = 'UA'", '"carier"', 'did you mean "carrier"? Columns: carrier'),
    ("carier = 'UA'", '"carier"', 'did you mean "carrier"?'),
    ("`nothing` = 1", '"nothing"', "Columns: carrier"),
    ("nothing > 1", '"nothing"', "Columns: carrier"),
    ("nothing NOT IN (1)", '"nothing"', "Columns: carrier"),
    ("dep_delay >", 'nothing stands behind the ">"', ""),
    ("exists (FROM other)", "a query (FROM …) is not possible", ""),
    ("dep_delay IN (TABLE other)", "a query (TABLE …) is not possible", ""),
    ("dep_delay IN (VALUES 1, 2)", "a query (VALUES …) is not possible", ""),
    ("EXISTS(with x AS (values (1)) from x)", "a query (with …) is not possible", ""),
    ("dep_delay + 1", '"dep_delay + 1" in the condition is not true or false', "Compare it"),
    ("(dep_delay)", '"dep_delay" in the condition is not', ""),
    ("carrier = 'UA' AND dep_delay * 2", '"dep_delay * 2" in the condition is not', ""),
    ("NOT `carrier`", '"`carrier`" in the condition is not', ""),
    ("1", '"1" in the condition is not', ""),
    ("carrier || 'x' OR true", "\"carrier | | 'x'\" in the condition is not", ""),
    (
        'col("dep_delay") > 3',
        "in Great Expectations' own grammar",
        'Write it as Spark SQL: "`dep_delay` > 3"',
    ),
    ('col("dep_delay") > 3 and true', "in Great Expectations' own grammar", 'like "x > 3"'),
]


@pytest.mark.parametrize(("condition", "what", "hint"), BAD)
def test_wrong_conditions_are_named(condition: object, what: str, hint: str) -> None:
    """What is no single predicate, or could end the brackets that it stands in, is one fault."""
    (found, advice), *further = find_condition_faults(condition, SCHEMA)
    assert not further or "query" in what
    assert what in found
    assert hint in (advice or "")


def test_every_rule_about_values_takes_a_condition() -> None:
    """`row_condition` is a parameter of each rule that looks at rows, and of none that looks at columns only."""
    without = {
        name for name, rule in CATALOGUE.items() if not any(p.kind == "condition" for p in rule.parameters)
    }
    assert "column_type_to_be" in without
    assert (
        not without & {name for name, rule in CATALOGUE.items() if rule.level in ("row", "group")} - _OTHERS
    )
    (fault,) = faults_of(expect.column_type_to_be("day", "DateType", row_condition="true"), SCHEMA)
    assert 'unknown argument "row_condition"' in fault.what


_OTHERS = {name for name, rule in CATALOGUE.items() if any(p.kind == "input" for p in rule.parameters)}


def test_a_condition_narrows_every_measure() -> None:
    """Aggregates are filtered, passes get fewer rows, footers are not asked, the filter finds only such rows."""
    count = Aggregate(sql="count(x)", footer=lambda statistics: statistics.rows)
    made = Compiled(
        expectation=expect.column_values_to_be_null("day"),
        measures=(
            count,
            Derived(of=(count,), name="d", sql=lambda n: f"sum(x / {n})"),
            Grouped(columns=("x",), where="x IS NOT NULL OR y", sql="sum(n)"),
            Quantiles(column="x", where="true", fractions=(0.5,)),
        ),
        decide=lambda *_: Judgement(state="pass"),
        filter="x > 1 OR y",
    )
    narrowed = restrict(made, "a OR b")
    counted, derived, grouped, quantiles = narrowed.measures
    assert counted == Aggregate(sql="count(x) FILTER (WHERE a OR b)")
    assert isinstance(counted, Aggregate)
    assert counted.footer is silent
    assert isinstance(derived, Derived)
    assert (derived.of, derived.where) == ((counted,), "a OR b")
    assert isinstance(grouped, Grouped)
    assert grouped.where == "(a OR b) AND (x IS NOT NULL OR y)"
    assert isinstance(quantiles, Quantiles)
    assert quantiles.where == "a OR b"
    assert narrowed.filter == "(a OR b) AND (x > 1 OR y)"


def test_a_condition_is_part_of_the_expectation() -> None:
    """It is compiled wherever it is declared; `condition_parser="spark"` says nothing new."""
    plain = expect.column_values_to_not_be_null("day", row_condition="dep_delay > 1")
    assert (
        expect.column_values_to_not_be_null("day", row_condition="dep_delay > 1", condition_parser="spark")
        == plain
    )
    compiled = compile_expectation(plain, SCHEMA)
    assert compiled.filter == "(dep_delay > 1) AND (`day` IS NULL)"
    assert [measure.sql for measure in compiled.measures if isinstance(measure, Aggregate)] == [
        "count_if(`day` IS NULL) FILTER (WHERE dep_delay > 1)",
        "count(*) FILTER (WHERE dep_delay > 1)",
    ]
