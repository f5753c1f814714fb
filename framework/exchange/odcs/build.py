"""An output as a data contract of the Open Data Contract Standard 3.1."""

from collections.abc import Mapping, Sequence

from framework.contract.schema import Column, Schema
from framework.contract.types import Expectation, Output
from framework.exchange.odcs.options import option_of
from framework.exchange.odcs.rules import build_rules
from framework.exchange.odcs.types import build_type
from framework.exchange.suite import Document

VERSION = "v3.1.0"
RESTRICTED = "restricted"
"""The `classification` of masked columns."""
QUARANTINE: Mapping[str, str] = {
    "quarantineDataset": "dataset",
    "quarantineMaxRows": "max_rows",
    "quarantineMaxFraction": "max_fraction",
}
"""Custom properties that say where rows are split off to, and how many may be."""


def build_contract(
    output: Output, *, owner: str | None = None, tags: Sequence[str] = (), description: str = ""
) -> Document:
    """The contract of one dataset: its columns, key, partitioning and quality rules.

    Nothing is left out: what the standard's library has no metric for is a rule for Great
    Expectations, and what that does not have is one for sparkjob. The time column, a mode other
    than `replace` and what is said of a quarantine are custom properties.
    """
    contract: Document = {
        "apiVersion": VERSION,
        "kind": "DataContract",
        "id": output.dataset,
        "name": output.dataset,
        "version": "1.0.0",
        "status": "active",
    }
    if description:
        contract["description"] = {"purpose": description}
    if tags:
        contract["tags"] = list(tags)
    if owner:
        contract["team"] = {"name": owner}
    contract["schema"] = [_table(output, output.schema or Schema(()))]
    return contract


def _table(output: Output, schema: Schema) -> Document:
    table: Document = {"name": output.dataset, "logicalType": "object", "physicalType": "table"}
    by_column: dict[str, list[Expectation]] = {name: [] for name in schema.names}
    whole: list[Document] = []
    for expectation in output.expectations:
        name = expectation.arguments.get("column")
        if isinstance(name, str) and name in by_column:
            by_column[name].append(expectation)
        else:
            whole += build_rules(expectation, schema)
    table["properties"] = [
        _property(column, output, by_column[column.name], schema) for column in schema.columns
    ]
    if whole:
        table["quality"] = whole
    custom: dict[str, object] = {
        "time": output.time,
        "mode": None if output.mode == "replace" else output.mode,
    }
    custom["sequenceBy"] = output.sequence_by
    custom["deleteWhen"] = output.delete_when
    if output.mode == "scd2":
        custom["tracked"] = list(output.tracked) if output.tracked is not None else None
        custom["validity"] = list(output.validity)
    if output.quarantine is not None:
        custom |= {property_: getattr(output.quarantine, name) for property_, name in QUARANTINE.items()}
    if any(value is not None for value in custom.values()):
        table["customProperties"] = [{"property": n, "value": v} for n, v in custom.items() if v is not None]
    return table


def _property(
    column: Column, output: Output, expectations: Sequence[Expectation], schema: Schema
) -> Document:
    made: Document = {"name": column.name}
    if column.datatype is not None:
        made |= build_type(column.datatype)
    if column.comment is not None:
        made["description"] = column.comment
    if not column.nullable or column.name in output.key:
        made["required"] = True
    if column.name in output.key:
        made |= {"primaryKey": True, "primaryKeyPosition": output.key.index(column.name) + 1}
    if column.name in output.partition_columns:
        position = output.partition_columns.index(column.name) + 1
        made |= {"partitioned": True, "partitionKeyPosition": position}
    if column.masked:
        made["classification"] = RESTRICTED
    return made | _checks(column, expectations, schema)


def _checks(column: Column, expectations: Sequence[Expectation], schema: Schema) -> Document:
    """The first expectation that is no more than a bound of the type as an option, the others as rules."""
    options: Document = {}
    rules: list[Document] = []
    for expectation in expectations:
        said = {} if options else option_of(expectation, column)
        options |= said
        rules += [] if said else build_rules(expectation, schema)
    made: Document = {"logicalTypeOptions": options} if options else {}
    return made | {"quality": rules} if rules else made
