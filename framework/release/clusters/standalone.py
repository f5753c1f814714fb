"""An application on a standalone cluster, whose driver runs here: cluster mode is not for Python there."""

import os
from dataclasses import dataclass

from framework.environment.release import Standalone
from framework.manifest.renderers.commands import PYTHON, arguments, conf_words, spark_settings
from framework.release.clusters.process import run_spark_submit
from framework.release.clusters.unpack import unpack_release
from framework.release.submission import End, Submission, Tell


@dataclass(frozen=True)
class StandaloneLaunch:
    """Unpacks the release here and runs spark-submit in client mode; executors get the archives from it."""

    cluster: Standalone

    def __call__(self, submission: Submission, tell: Tell) -> End:
        """See `Launch`. The driver's streams are ours."""
        folder = unpack_release(submission)
        job, deployment = submission.job, submission.deployment
        python = folder / "environment" / "bin" / "python"
        conf = spark_settings(job, deployment, archive=str(folder / "environment.tar.gz"), root=str(folder))
        words = ["--master", self.cluster.master, "--deploy-mode", "client"]
        words += ["--name", f"{deployment.project}.{job.name}", *conf_words(conf)]
        words += [
            str(folder / "project" / job.file),
            *arguments(job, deployment, interval=submission.interval),
        ]
        environment = {
            **{k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            "PYSPARK_DRIVER_PYTHON": str(python),
            "PYSPARK_PYTHON": PYTHON,
        }
        tell(f"driver on this machine, {self.cluster.master}")
        code = run_spark_submit([*words, *submission.extra], environment=environment)
        return End(succeeded=code == 0, code=code)
