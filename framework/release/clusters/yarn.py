"""An application on YARN in cluster mode, by this machine's spark-submit."""

import os
import re
from collections import deque

from framework.environment.location import Location
from framework.manifest.renderers.emr_request import step_words
from framework.release.clusters.diagnostics import exit_code_in
from framework.release.clusters.process import run_spark_submit
from framework.release.submission import End, Submission, Tell

_KEPT = 200
"""Lines of spark-submit that are kept."""
_REPORT = re.compile(r"Application report for (application_\w+) \(state: (\w+)\)")


def launch_on_yarn(submission: Submission, tell: Tell) -> End:
    """Submit and follow. HADOOP_CONF_DIR says which YARN.

    In cluster mode spark-submit shows only reports; the driver's streams are in its container's log.
    See `Launch`.
    """
    words = step_words(
        submission.job,
        submission.deployment,
        submission.settings(_spelled),
        interval=submission.interval,
        extra=submission.extra,
    )
    # The driver's Python is the archive's. Spark hands all of ours on: the interpreter, and PYTHONPATH.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYSPARK_", "PYTHONPATH"))}
    lines: deque[str] = deque(maxlen=_KEPT)
    state = ""

    def line(text: str) -> None:
        nonlocal state
        lines.append(text)
        report = _REPORT.search(text)
        if report is not None and report[2] != state:
            state = report[2]
            tell(f"{report[1]} {state}")

    code = run_spark_submit(["--master", "yarn", *words[1:]], environment=environment, line=line)
    said = "\n".join(lines)
    return End(succeeded=code == 0, code=exit_code_in(said), said=said)


def _spelled(place: Location) -> str:
    # Outside of EMR it is s3a that Hadoop knows.
    return place.uri if place.is_local else place.for_spark
