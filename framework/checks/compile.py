"""From an expectation's type to the way it is evaluated: one entry for each rule of the catalogue."""

from collections.abc import Mapping
from dataclasses import replace

from framework.checks import (
    combinations,
    datatypes,
    distinct,
    external,
    numbers,
    others,
    outliers,
    past,
    quantiles,
    rows,
    tables,
    texts,
    uniqueness,
)
from framework.checks.compiled import Compiled, Compiler
from framework.checks.discretion import masked_columns
from framework.checks.domain import restrict
from framework.contract.schema import Schema
from framework.contract.types import Expectation

COMPILERS: Mapping[str, Compiler] = {
    **distinct.RULES,
    **external.RULES,
    **numbers.RULES,
    **others.RULES,
    **outliers.RULES,
    **past.RULES,
    **quantiles.RULES,
    **rows.RULES,
    **texts.RULES,
    **combinations.RULES,
    **datatypes.RULES,
    **tables.RULES,
    **uniqueness.RULES,
}
"""By type; the same names as `contract.catalogue.CATALOGUE`."""


def compile_expectation(expectation: Expectation, schema: Schema) -> Compiled:
    """How to evaluate an expectation in which `contract.catalogue.faults_of` found nothing wrong."""
    compiled = COMPILERS[expectation.type](expectation, schema)
    condition = expectation.arguments.get("row_condition")
    if condition is not None:
        compiled = restrict(compiled, str(condition))
    return replace(compiled, masked=masked_columns(expectation, schema))
