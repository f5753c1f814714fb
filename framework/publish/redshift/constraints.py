"""Rules that Redshift has for single values, so that the audit sees what a load would refuse or change."""

from framework.checks.builtin import Constraint
from framework.contract.schema import Schema
from framework.environment.redshift import RedshiftOptions
from framework.tables.redshift.ddl import declared_length
from framework.tables.redshift.types import LONGEST, exactness


def value_constraints(schema: Schema, options: RedshiftOptions) -> tuple[Constraint, ...]:
    """One for each column of which Redshift does not keep every value of Spark's."""
    found = []
    for column in schema.columns:
        length = declared_length(options, column.name) or LONGEST
        sql = None if column.datatype is None else exactness(column.name, column.datatype, length)
        if sql is not None:
            found.append(Constraint(name=f"redshift_keeps_{column.name}", sql=sql))
    return tuple(found)
