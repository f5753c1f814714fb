"""The fate of a stage is decided once: `publish` and `clean` compete for one object."""

import json

from framework.environment.objects import put_if_absent
from framework.publish.protocol import StageLostError
from framework.stage.staged import Staged

FATE = "_fate"


def fate_path(staged: Staged) -> str:
    """Where the fate of a stage is, below its table's root."""
    return f"{staged.directory}/{FATE}"


def take_fate(staged: Staged) -> None:
    """Take the stage for publishing; again is no error.

    Raises `StageLostError` when `clean` has it: its files may be gone at any moment.
    """
    location = staged.binding.location
    content = json.dumps({"fate": "publish", "stage_id": staged.stage_id}).encode()
    if not put_if_absent(location, fate_path(staged), content):
        raise StageLostError(
            f"the staged files of {staged.stage_id} are being cleaned up",
            where=location.uri,
            hint="They lay there too long. Run the job again.",
        )
