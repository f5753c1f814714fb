"""What is kept of old runs in the state store and may go, since it grows with each run.

Run records stay: `history` reads what a table has forgotten from them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from framework.environment.location import Location
from framework.environment.objects import Object, list_objects
from framework.record.invocation import FOLDER
from framework.record.store import LOGS

TOLD: Final = timedelta(days=30)
"""How long they stay at least: as long as a Delta log tells of its versions by default
(`delta.logRetentionDuration`)."""


def old_logs(state: Location, jobs: Sequence[str] | None, cutoff: datetime) -> tuple[Object, ...]:
    """Logs written before `cutoff`, but the last of each job; of `jobs`, or of all that ever were."""
    folders = [LOGS] if jobs is None else [f"{LOGS}/{job}" for job in jobs]
    found = [each for folder in folders for each in list_objects(state, folder)]
    # By path is by job and time.
    by_job = groupby(found, key=lambda each: each.path.rpartition("/")[0])
    return tuple(each for _, logs in by_job for each in list(logs)[:-1] if each.modified < cutoff)


def old_invocations(state: Location, cutoff: datetime) -> tuple[Object, ...]:
    """What was asked for before `cutoff`, but the last, which `resume --last` takes."""
    return tuple(each for each in list_objects(state, FOLDER)[:-1] if each.modified < cutoff)
