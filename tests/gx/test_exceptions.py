"""Every listed disagreement with Great Expectations is still one, on the smallest case that shows it."""

import pytest
from pyspark.sql import SparkSession

from framework import WHOLE, Schema, expect
from framework.audit.evaluate import evaluate
from framework.audit.relation import Relation
from framework.checks.compile import compile_expectation
from framework.contract.catalogue import faults_of
from tests.gx.exceptions import DISAGREEMENTS, ONE_FOR_A_COLUMN, Disagreement
from tests.gx.reference import GreatExpectations


@pytest.mark.parametrize("listed", DISAGREEMENTS, ids=lambda each: f"{each.example.type}: {each.reason[:30]}")
def test_the_example_shows_it(
    spark: SparkSession, reference: GreatExpectations, listed: Disagreement
) -> None:
    """When a version of theirs agrees with ours, the exception can go."""
    example = listed.example
    schema = Schema.of(example.schema)
    assert schema is not None
    rule = getattr(expect, example.type)(**example.arguments)
    frame = spark.sql(example.rows)
    (answer,) = reference.answers(frame, [(example.type, example.arguments)])
    theirs = "raises" if answer.raised else "pass" if answer.success else "fail"
    if faults_of(rule, schema):
        ours = "refuses"
    else:
        relation = Relation(frame=frame, labels={"": WHOLE}, name="t")
        (found,) = evaluate({WHOLE: [compile_expectation(rule, schema)]}, {}, lambda: relation)[WHOLE]
        ours = found.state
    assert (theirs, ours) == (example.theirs, example.ours), answer


def test_quantiles_of_two_rules_are_mixed_up(spark: SparkSession, reference: GreatExpectations) -> None:
    """In one suite the second rule on a column is judged by the quantiles that the first asked for."""
    frame = spark.range(101).selectExpr("CAST(id AS INT) AS n")
    asked = [{"quantiles": [fraction], "value_ranges": [[None, 1000]]} for fraction in (0.1, 0.9)]
    rules = [(ONE_FOR_A_COLUMN[0], {"column": "n", "quantile_ranges": each}) for each in asked]
    together = [answer.observed for answer in reference.answers(frame, rules)]
    alone = [reference.answers(frame, [rule])[0].observed for rule in rules]
    assert [each["values"] for each in alone] == [[10.0], [90.0]]
    assert [each["values"] for each in together] == [[10.0], [10.0]]
