"""Every rule gives Great Expectations' verdict on whatever table."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from framework import Expectation, expect
from framework.contract.catalogue import CATALOGUE, faults_of
from framework.contract.expect.external import __all__ as EXTERNAL
from tests.gx.arguments import GENERATORS
from tests.gx.compare import find_difference
from tests.gx.draw import draw_for
from tests.gx.exceptions import ONE_FOR_A_COLUMN, is_listed
from tests.gx.ours import judge, write
from tests.gx.reference import GreatExpectations, known_types
from tests.gx.tables import SCHEMA, Table, make_table

TABLES = int(os.environ.get("SPARKJOB_GX_TABLES", "4"))
"""How many generated tables: `make test-gx` takes 200."""
SETS = 2
"""Sets of arguments for each rule and table."""


@pytest.fixture(scope="module")
def quick(spark: SparkSession) -> Iterator[SparkSession]:
    """Spark without its compiler of expressions, which costs more than tables of a few rows do.

    And without filters on Parquet's statistics: Arrow leaves NaN out of a column's bounds, and Spark
    then skips rows that a filter like `NOT (f IN (0.5))` should find, in theirs as in anybody's query.
    """
    settings = {
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.parquet.filterPushdown": "false",
    }
    for name, value in settings.items():
        spark.conf.set(name, value)
    yield spark
    for name in settings:
        spark.conf.unset(name)


def test_every_rule_has_a_generator_of_arguments() -> None:
    """No type that is compiled, and that Great Expectations has for Spark, is left uncompared."""
    compiled = CATALOGUE.keys() - set(EXTERNAL)
    assert sorted((compiled & known_types()) - GENERATORS.keys()) == []
    assert GENERATORS.keys() <= compiled & known_types()
    assert len(GENERATORS) >= 40


def rules_for(table: Table) -> list[tuple[str, Mapping[str, object]]]:
    """Arguments for every rule of the catalogue, made for this table; without what is listed."""
    found: list[tuple[str, Mapping[str, object]]] = []
    taken: set[tuple[str, object]] = set()
    for name in sorted(GENERATORS.keys() & CATALOGUE.keys()):
        for number in range(SETS):
            given = GENERATORS[name](draw_for(table, CATALOGUE[name], number))
            place = (name, given.get("column"))
            if not is_listed(table, name, given) and not (name in ONE_FOR_A_COLUMN and place in taken):
                found.append((name, given))
                taken.add(place)
    return found


def declare(type_: str, arguments: Mapping[str, object]) -> Expectation:
    """The rule as a user of ours writes it."""
    return getattr(expect, type_)(**arguments)


@pytest.mark.parametrize("number", range(TABLES))
def test_verdicts_equal_those_of_great_expectations(
    quick: SparkSession, reference: GreatExpectations, tmp_path: Path, number: int
) -> None:
    """Success, unexpected and considered rows and the observed value agree, by footers and by aggregates."""
    table = make_table(number)
    rules = rules_for(table)
    declared = [declare(type_, given) for type_, given in rules]
    faults = [faults_of(each, SCHEMA) for each in declared]
    accepted = [each for each, found in zip(declared, faults, strict=True) if not found]
    written = write(quick, table, tmp_path)
    answers = reference.answers(written.frame, rules)
    judged = [iter(judge(written, accepted, footers=footers)) for footers in (True, False)]
    differences = []
    for (type_, given), found, answer in zip(rules, faults, answers, strict=True):
        if found:
            if answer.raised is None:
                differences.append(f"{type_}({given}): ours refuses ({found[0].what}), GX: {answer}")
            continue
        for each, source in zip(judged, ("with footers", "without"), strict=True):
            difference = find_difference(next(each), answer)
            if difference is not None:
                differences.append(f"{type_}({given}) {source}: {difference}")
    shown = {name: table.columns[name] for name in SCHEMA.names if any(repr(name) in d for d in differences)}
    assert not differences, "\n".join([f"table {number}:", *differences, str(shown)])
