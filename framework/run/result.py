"""What a scheduler reads of a run: one line on stdout, and the same JSON at `--result URI`."""

import sys

from framework.environment.location import Location
from framework.environment.objects import put_object
from framework.record.document import render_result
from framework.record.record import RunRecord

PREFIX = "sparkjob-result "


def print_result(record: RunRecord) -> None:
    """The line `sparkjob-result {…}`, flushed: it may be the last that the process says."""
    sys.stdout.write(f"{PREFIX}{render_result(record)}\n")
    sys.stdout.flush()


def write_result(place: Location, name: str, record: RunRecord) -> None:
    """The record's JSON as object `name` at `place`, in place of an earlier attempt's."""
    put_object(place, name, render_result(record).encode())
