"""What is left of an exit code in the texts of a cluster."""

import re

_SAID = (
    # YARN's ApplicationMaster of Spark, in the report that spark-submit prints.
    re.compile(r"User application exited with status (\d+)"),
    # `stateDetails` of EMR Serverless.
    re.compile(r"ExitCode: (\d+)"),
)


def exit_code_in(text: str) -> int | None:
    """The exit code of the driver, where the text tells it."""
    return next((int(found[1]) for pattern in _SAID if (found := pattern.search(text))), None)
