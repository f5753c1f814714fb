"""Suites between Great Expectations itself and us: what it saves we read, what we write it loads."""

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from framework import Expectation, expect
from framework.contract.catalogue import CATALOGUE, faults_of
from framework.contract.suite import parse_suite
from framework.exchange.suite import build_suite, render_suite
from framework.exchange.vocabulary import GX_TYPES
from tests.gx.arguments import GENERATORS
from tests.gx.draw import draw_for
from tests.gx.ours import judge, write
from tests.gx.reference import GreatExpectations, known_types
from tests.gx.tables import SCHEMA, make_table


def saved(folder: Path, suite: Any) -> str:
    """The file of a suite as Great Expectations' own project keeps it."""
    import great_expectations as gx

    context = gx.get_context(mode="file", project_root_dir=folder)
    context.suites.add(suite)
    (file,) = (folder / "gx" / "expectations").glob("*.json")
    return file.read_text(encoding="utf-8")


def written_by_hand() -> list[Any]:
    """Three suites as users write them: rows, conditions of every form, statistics."""
    import great_expectations.expectations as gxe
    from great_expectations import ExpectationSuite
    from great_expectations.expectations.row_conditions import Column

    either = (Column("b") == True) | ((Column("i32") > 3) & Column("s").is_in(["EWR", "it's"]))  # noqa: E712
    rows = [
        gxe.ExpectColumnValuesToNotBeNull(column="s", mostly=0.6, severity="warning", notes="why"),
        gxe.ExpectColumnValuesToBeBetween(column="i32", min_value=-10, max_value=50, strict_max=True),
        gxe.ExpectColumnValuesToBeInSet(column="s", value_set=["EWR", "JFK"], mostly=0.1, severity="info"),
        gxe.ExpectColumnPairValuesToBeEqual(column_A="i32", column_B="j32", ignore_row_if="neither"),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["i32", "s"]),
    ]
    conditions = [
        gxe.ExpectColumnValuesToNotBeNull(column="i32", row_condition=either),
        gxe.ExpectColumnValuesToNotBeNull(column="i32", row_condition=Column("s").is_not_null()),
        gxe.ExpectColumnValuesToNotBeNull(
            column="i32", row_condition='col("j32") > 2', condition_parser="great_expectations"
        ),
        gxe.ExpectColumnValuesToNotBeNull(column="i32", row_condition="x > 0", condition_parser="spark"),
    ]
    statistics = [
        gxe.ExpectTableRowCountToBeBetween(min_value=1, max_value=100),
        gxe.ExpectColumnMaxToBeBetween(column="i32", max_value=100),
        gxe.ExpectColumnMeanToBeBetween(column="x", min_value=-5.0, max_value=5.0),
        gxe.ExpectColumnDistinctValuesToContainSet(column="s", value_set=["EWR"]),
        gxe.ExpectColumnQuantileValuesToBeBetween(
            column="i32", quantile_ranges={"quantiles": [0.5], "value_ranges": [[None, 10]]}
        ),
        gxe.ExpectTableColumnCountToEqual(value=len(SCHEMA.columns)),
    ]
    lists = {"rows": rows, "conditions": conditions, "statistics": statistics}
    return [ExpectationSuite(name=name, expectations=each) for name, each in lists.items()]


@pytest.mark.parametrize("number", range(3))
def test_its_suites_give_its_verdicts(
    spark: SparkSession, reference: GreatExpectations, tmp_path: Path, number: int
) -> None:
    """A suite that it saved is read whole, and judges tables as it does."""
    suite = written_by_hand()[number]
    text = saved(tmp_path, suite)
    rules, faults = parse_suite(text, "suite.json")
    assert (faults, [fault for rule in rules for fault in faults_of(rule, SCHEMA)]) == ((), [])
    assert len(rules) == len(suite.expectations)
    given = [
        (each["type"].removeprefix("expect_"), each["kwargs"]) for each in json.loads(text)["expectations"]
    ]
    for table in map(make_table, (0, 1, 6, 12)):
        written = write(spark, table, tmp_path)
        answers = reference.answers(written.frame, given)
        ours = judge(written, rules, footers=False)
        assert [each.state == "pass" for each in ours] == [answer.success for answer in answers]


def exported() -> list[Expectation]:
    """An expectation of each type that both have, with arguments for a generated table."""
    table = make_table(6)
    names = sorted(GENERATORS.keys() & CATALOGUE.keys() & GX_TYPES)
    made = (getattr(expect, name)(**GENERATORS[name](draw_for(table, CATALOGUE[name], 1))) for name in names)
    return [each for each in made if not faults_of(each, SCHEMA)]


def test_it_loads_what_we_write(reference: GreatExpectations, tmp_path: Path) -> None:
    """Every type that both have: it takes the document, and what it saves of it we read as before."""
    from great_expectations import ExpectationSuite

    declared = exported()
    assert len(declared) > 40
    document, left = build_suite("ours", declared, SCHEMA)
    loaded = ExpectationSuite(**json.loads(render_suite(document)))
    found, faults = parse_suite(saved(tmp_path, loaded), "suite.json")
    assert (left, faults) == ((), ())
    assert [each.type for each in found] == [each.type for each in declared]
    said = {each.type: each for each in found}
    assert [said[each.type].severity for each in declared] == [each.severity for each in declared]
    assert {e.type: e.mostly for e in declared} == {e.type: e.mostly for e in found}


def test_the_vocabulary_is_that_of_the_installed_version() -> None:
    """A type that a newer version has is not left out of an export in silence."""
    assert known_types() <= GX_TYPES
