"""How long files stay that no current generation names: for readers, and for runs that stage."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from deltalake import DeltaTable

_DAY = timedelta(days=1)
_UNITS = {"hour": timedelta(hours=1), "day": _DAY, "week": 7 * _DAY, "month": 30 * _DAY, "year": 365 * _DAY}

RETENTION: Final = 7 * _DAY
"""Delta's default (`delta.deletedFileRetentionDuration`); of Parquet tables too, so that a run may take
as long on both."""


def delta_retention(table: "DeltaTable") -> timedelta:
    """How long VACUUM keeps a file that no version refers to."""
    text = table.metadata().configuration.get("delta.deletedFileRetentionDuration", "")
    found = re.findall(r"(\d+)\s+([a-z]+?)s?\b", text.lower())
    total = sum((int(count) * _UNITS.get(unit, timedelta(0)) for count, unit in found), timedelta(0))
    return total or RETENTION
