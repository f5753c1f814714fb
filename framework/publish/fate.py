"""The fate of a stage is decided once: `publish` and `clean` compete for one object."""

import json

from framework.environment.location import Location
from framework.environment.objects import put_if_absent
from framework.publish.protocol import StageLostError

FATE = "_fate"


def fate_path(stage_id: str) -> str:
    """Where the fate of a stage is, below its table's root."""
    return f"data/{stage_id}/{FATE}"


def take_fate(location: Location, stage_id: str) -> None:
    """Take the stage at `location` (a table's root) for publishing; again is no error.

    Raises `StageLostError` when `clean` has it: its files may be gone at any moment.
    """
    content = json.dumps({"fate": "publish", "stage_id": stage_id}).encode()
    if not put_if_absent(location, fate_path(stage_id), content):
        raise StageLostError(
            f"the staged files of {stage_id} are being cleaned up",
            where=location.uri,
            hint="They lay there too long. Run the job again.",
        )
