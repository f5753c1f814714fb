"""EMR on this machine: moto holds clusters and requests, and a runner executes what it holds.

The runner does what a cluster does with the words of a step: a new folder for the driver, archives
unpacked under their names, the application fetched, the driver's variables, spark-submit. Only the
master is another one.
"""

import shlex
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import moto.emrserverless.models as serverless
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.emr.models import emr_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from tests.s3.serving import KEYS

REGION = KEYS["AWS_REGION"]


@dataclass
class StandIn:
    """A server of AWS, and what is run here of it. `spark`: the variables of the machine that submits."""

    endpoint: str
    folder: Path
    spark: Mapping[str, str]
    ran: list[Sequence[str]] = field(default_factory=list)
    ends: dict[int, int] = field(default_factory=dict)
    """What the n-th run ends with, instead of being run."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables by which every client finds the server."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.endpoint}

    def client(self, service: str) -> Any:
        """A client of boto3."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        )

    def new_cluster(self) -> str:
        """A cluster of EMR that waits for steps."""
        instances = {
            "MasterInstanceType": "m5.xlarge",
            "InstanceCount": 1,
            "KeepJobFlowAliveWhenNoSteps": True,
        }
        found = self.client("emr").run_job_flow(
            Name="t", Instances=instances, JobFlowRole="x", ServiceRole="x", LogUri="s3://lake/logs/"
        )
        return str(found["JobFlowId"])

    def new_application(self) -> str:
        """An application of EMR Serverless."""
        found = self.client("emr-serverless").create_application(
            name="t", releaseLabel="emr-7.9.0", type="SPARK", clientToken="t"
        )
        return str(found["applicationId"])

    def work(self) -> None:
        """Run one step or job run that waits, if there is one."""
        for cluster in emr_backends[ACCOUNT][REGION].clusters.values():
            for step in cluster.steps:
                if step.state == "PENDING" or (step.state == "RUNNING" and step.start_date_time is None):
                    step.state, step.start_date_time = "RUNNING", step.creation_date_time
                    code, said = self._run(list(step.args)[1:])
                    place = f"logs/{cluster.id}/steps/{step.id}/stderr.gz"
                    self.client("s3").put_object(Bucket="lake", Key=place, Body=_gzip(said))
                    step.state = "FAILED" if code else "COMPLETED"
        for runs in serverless.emrserverless_backends[ACCOUNT][REGION].job_runs.values():
            for run in runs:
                if run.state == "PENDING":
                    driver = run.job_driver["sparkSubmit"]
                    options = shlex.split(driver["sparkSubmitParameters"])
                    words = [*options, driver["entryPoint"], *driver["entryPointArguments"]]
                    code, _ = self._run(words)
                    run.state_details = (
                        f"Job failed. ExitCode: {code}. Last few exceptions: none" if code else ""
                    )
                    run.state = "FAILED" if code else "SUCCESS"

    def _run(self, words: list[str]) -> tuple[int, str]:
        """spark-submit's end, and what YARN would report of it."""
        self.ran.append(words)
        number = len(self.ran)
        if number in self.ends:
            return self.ends[number], "no report"
        container = self.folder / f"container-{number}"
        container.mkdir()
        options, conf, (application, *arguments) = _taken_apart(words)
        for archive in conf.pop("spark.archives").split(","):
            uri, _, name = archive.partition("#")
            self._fetch(uri, container / f"{name}.tar.gz")
            (container / name).mkdir()
            with tarfile.open(container / f"{name}.tar.gz") as packed:
                packed.extractall(container / name)
        name = application.rpartition("/")[2]
        self._fetch(application, container / name)
        given = {
            key.rpartition(".")[2]: conf.pop(key)
            for key in list(conf)
            if key.startswith(("spark.yarn.appMasterEnv.", "spark.emr-serverless.driverEnv."))
        }
        driver = given.get("PYSPARK_DRIVER_PYTHON", given["PYSPARK_PYTHON"])
        settings = [word for key, value in conf.items() for word in ("--conf", f"{key}={value}")]
        done = subprocess.run(
            [
                *(
                    f"{self.spark['SPARK_HOME']}/bin/spark-submit",
                    "--master",
                    "local[1]",
                    *options,
                    *settings,
                ),
                *(name, *arguments),
            ],
            cwd=container,
            env={**self.spark, **given, "PYSPARK_DRIVER_PYTHON": driver},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        (container / "stdout").write_text(done.stdout)
        shutil.rmtree(container / "environment")
        (container / "environment.tar.gz").unlink()
        return done.returncode, f"User application exited with status {done.returncode}"

    def _fetch(self, uri: str, file: Path) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.client("s3").download_file(bucket, key, str(file))


def _taken_apart(words: list[str]) -> tuple[list[str], dict[str, str], list[str]]:
    """Options of spark-submit but the deploy mode, settings by name, the application and its words."""
    options: list[str] = []
    conf: dict[str, str] = {}
    rest = list(words)
    while rest[0].startswith("--"):
        option, value, *rest = rest
        if option == "--conf":
            conf |= dict([value.split("=", 1)])
        elif option != "--deploy-mode":
            options += [option, value]
    return options, conf, rest


def _gzip(text: str) -> bytes:
    import gzip

    return gzip.compress(text.encode())


@contextmanager
def standing_in(folder: Path, spark: Mapping[str, str]) -> Iterator[StandIn]:
    """The server, a bucket `lake`, and the runner, until the end of the block."""
    serverless.JOB_STATUS = "PENDING"
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    stand_in = StandIn(f"http://127.0.0.1:{server.server_address[1]}", folder, spark)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    stand_in.client("s3").create_bucket(Bucket="lake")
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.2):
            stand_in.work()

    working = threading.Thread(target=work)
    working.start()
    try:
        yield stand_in
    finally:
        over.set()
        working.join()
        server.shutdown()
        serving.join()
