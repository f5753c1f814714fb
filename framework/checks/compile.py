"""From an expectation's type to the way it is evaluated: one entry for each rule of the catalogue."""

from collections.abc import Mapping

from framework.checks import rows, tables, uniqueness
from framework.checks.compiled import Compiled, Compiler
from framework.contract.schema import Schema
from framework.contract.types import Expectation

COMPILERS: Mapping[str, Compiler] = {**rows.RULES, **uniqueness.RULES, **tables.RULES}
"""By type; the same names as `contract.catalogue.CATALOGUE`."""


def compile_expectation(expectation: Expectation, schema: Schema) -> Compiled:
    """How to evaluate an expectation in which `contract.catalogue.faults_of` found nothing wrong."""
    return COMPILERS[expectation.type](expectation, schema)
