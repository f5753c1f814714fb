"""Actions of a Delta log on files, as the log has them ("Add File and Remove File" of Delta's protocol)."""

from collections.abc import Mapping
from datetime import date, datetime

Action = Mapping[str, object]


def size_of(action: Action) -> int:
    """Bytes of the file of an add action."""
    return int(str(action["size"]))


def partition_of(action: Action) -> dict[str, str | None]:
    """The partition values of an add action, as text; Delta's empty text is NULL."""
    values = action.get("partitionValues")
    return {name: value or None for name, value in values.items()} if isinstance(values, dict) else {}


def partition_texts(values: Mapping[str, object] | None) -> dict[str, str | None]:
    """Partition values as Delta's protocol writes them ("Partition Value Serialization")."""
    return {name: _text(value) for name, value in (values or {}).items()}


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case datetime():
            zone = "" if value.tzinfo is None else "Z"
            return f"{value:%Y-%m-%dT%H:%M:%S.%f}{zone}"
        case date():
            return value.isoformat()
        case _:
            return str(value)
