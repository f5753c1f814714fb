"""The fate of a stage is decided once: `publish` and `clean` compete for one object."""

import json

from framework.environment.location import Location
from framework.environment.objects import put_if_absent
from framework.publish.protocol import StageLostError
from framework.stage.staged import Staged

FATE = "_fate"


def take_fate(staged: Staged) -> None:
    """Take the stage for publishing; again is no error.

    Raises `StageLostError` when `clean` has it: its files may be gone at any moment.
    """
    take_fate_of(staged.binding.stage, staged.directory, staged.stage_id)


def take_fate_of(location: Location, directory: str, stage_id: str) -> None:
    """`take_fate` of a stage that is known by its directory below a table's root."""
    content = json.dumps({"fate": "publish", "stage_id": stage_id}).encode()
    if not put_if_absent(location, f"{directory}/{FATE}", content):
        raise StageLostError(
            f"the staged files of {stage_id} are being cleaned up",
            where=location.uri,
            hint="They lay there too long. Run the job again.",
        )
