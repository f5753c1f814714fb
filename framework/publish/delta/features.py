"""Which Delta tables may be committed to: features and properties are allowed by list.

Measured with deltalake 1.6.6 (see facts): what is on the list was committed to and read right
by delta-spark afterwards. A feature that deltalake does not know could make its commits wrong
without an error, so everything else is refused by name.
"""

from collections.abc import Iterator, Mapping, Sequence

ALLOWED = frozenset(
    {
        "appendOnly",  # supported; refused when the property is on
        "invariants",  # supported; refused when a column has one
        "checkConstraints",  # compiled into the audit
        "changeDataFeed",
        "generatedColumns",  # supported; refused when a column is one
        "timestampNtz",
        "v2Checkpoint",
        "deletionVectors",  # files that have one are only removed by filter
    }
)
# Protocol versions before table features, and what they support at most (Delta protocol,
# "Feature Support"): reader 2 and writer 5 bring column mapping, writer 6 identity columns.
_LEGACY_READER = 1
_LEGACY_WRITER = 4
_FEATURES_READER = 3
_FEATURES_WRITER = 7
_REFUSED_PROPERTIES = {
    "delta.appendOnly": "nothing could be replaced",
    "delta.setTransactionRetentionDuration": "it makes the table forget its generations",
    "delta.columnMapping.mode": "its files have other column names",
}
_OFF = {"delta.appendOnly": "false", "delta.columnMapping.mode": "none"}
_REFUSED_COLUMNS = {
    "delta.invariants": "an invariant",
    "delta.generationExpression": "a generated value",
    "delta.identity.start": "an identity",
    "__CHAR_VARCHAR_TYPE_STRING": "a CHAR or VARCHAR length",
}


def refusals(
    *,
    reader_version: int,
    writer_version: int,
    features: Sequence[str],
    configuration: Mapping[str, str],
    fields: Sequence[Mapping[str, object]],
) -> tuple[str, ...]:
    """Why a table must not be committed to; empty when it may. `fields`: its schema's JSON."""
    return (
        *_of_protocol(reader_version, writer_version, features),
        *_of_properties(configuration),
        *_of_columns(fields),
    )


def _of_protocol(reader: int, writer: int, features: Sequence[str]) -> Iterator[str]:
    if reader not in (_LEGACY_READER, _FEATURES_READER):
        yield f"Delta reader version {reader} (1 and 3 are known to be right)"
    if writer > _LEGACY_WRITER and writer != _FEATURES_WRITER:
        yield f"Delta writer version {writer} (up to 4, and 7, are known to be right)"
    for feature in sorted(set(features) - ALLOWED):
        yield f"table feature {feature}"


def _of_properties(configuration: Mapping[str, str]) -> Iterator[str]:
    for name, why in _REFUSED_PROPERTIES.items():
        if name in configuration and configuration[name] != _OFF.get(name):
            yield f"table property {name}={configuration[name]} ({why})"


def _of_columns(fields: Sequence[Mapping[str, object]]) -> Iterator[str]:
    for field in fields:
        metadata = field.get("metadata")
        for key, what in _REFUSED_COLUMNS.items():
            if isinstance(metadata, Mapping) and key in metadata:
                yield f"column {field['name']} with {what}"
