"""No secret is in anything that is printed, written or shown: planted ones are looked for in every byte.

All of them hold one word, no character of which any spelling changes, so that no form is missed.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.s3.serving import S3
from tests.support.project import SmallProject, make_project

SENTINEL = "s3ntin3l"
SECRETS = {
    "LAKE_KEY_ID": f"{SENTINEL}KEYID",
    "LAKE_KEY": f"{SENTINEL}/of+the/lake",
    "API_TOKEN": f'it\'s "{SENTINEL}" \\ of é',
    "DWH_PASSWORD": f"{SENTINEL} of the database",
    "WEBHOOK": f"http://127.0.0.1:1/{SENTINEL}",
    "COLLECTOR": f"key-{SENTINEL}",
}
PROD = """
    stores:
      lake:
        uri: "s3://${env:BUCKET}/lake"
        endpoint: "${env:SERVER}"
        region: us-east-1
        access_key_id: "${secret:env:LAKE_KEY_ID}"
        secret_access_key: "${secret:env:LAKE_KEY}"
      raw:
        uri: "s3://${env:BUCKET}/raw"
        endpoint: "${env:SERVER}"
        region: us-east-1
        access_key_id: "${secret:env:LAKE_KEY_ID}"
        secret_access_key: "${secret:env:LAKE_KEY}"
    secrets: {api: "${secret:env:API_TOKEN}"}
    connections:
      dwh: {type: redshift, host: 127.0.0.1, port: 1, database: d, user: u, tls: false,
            password: "${secret:env:DWH_PASSWORD}"}
    on_failure: {webhook: "${secret:env:WEBHOOK}"}
    lineage: {url: "http://127.0.0.1:1/lineage", token: "${secret:env:COLLECTOR}", file: "${env:LINEAGE}"}
    example_interval: 2013-01-01/2013-01-03
    schedules: {nightly: {cron: "30 2 * * *", select: "*"}}
    sizes:
      tiny:
        spark:
          spark.master: local[1]
          spark.driver.memory: 1g
          spark.sql.shuffle.partitions: 1
          spark.databricks.delta.snapshotPartitions: 1
          spark.eventLog.enabled: true
          spark.eventLog.compress: false
          spark.eventLog.dir: "${env:EVENTS}"
    jobs: {"*": {size: tiny}}
"""
LEAKY = '''
    """A job that tells its secret wherever it can."""

    import logging

    from framework import Input, Output, job, main


    @job(
        inputs={{"good": Input("small.good")}},
        outputs=Output("small.{name}", schema="day DATE NOT NULL, sensor INT, v INT", time="day"),
        interval="day",
        start="2013-01-01",
        batch=31,
        secrets={{"token": "api"}},
    )
    def {name}(good, *, spark, token):
        """Says it, and fails with it."""
        from pyspark.sql import functions as F

        plain = token.reveal()
        print("printed", plain, repr(plain), token)
        logging.getLogger("{name}").error("logged %s %r", plain, token)
        {fails}


    if __name__ == "__main__":
        main({name})
'''
FAILS = {
    "tells": 'return good.select("day", "sensor", "v")',
    "by_python": 'raise ValueError(f"refused for {plain}: {[plain]}")',
    "by_jvm": "return spark.range(1).select(F.raise_error(F.lit(plain))).collect()",
    "by_analysis": "return spark.sql('SELECT `' + plain + '` FROM nowhere')",
    "by_worker": "return good.withColumn('v', F.udf(lambda v: int(plain), 'int')('v'))",
}
EXPORTS = {
    "airflow": ("--root", "/opt/p"),
    "cron": ("--root", "/opt/p"),
    "make": ("--root", "/opt/p"),
    "emr-steps": ("--root", "s3://releases/p", "--cluster-id", "j-1"),
    "emr-serverless": (
        "--root",
        "s3://r/p",
        "--application-id",
        "00f1",
        "--execution-role",
        "arn:aws:iam::1:role/r",
    ),
    "step-functions": ("--root", "s3://releases/p"),
}


@dataclass
class Prod:
    """The project in an environment whose keys, tokens and passwords are the planted ones."""

    project: SmallProject
    environment: Mapping[str, str]
    said: dict[str, str] = field(default_factory=dict)

    def call(self, *arguments: str) -> int:
        """`sparkjob ARGUMENTS --env prod`; what it says is kept. Its exit code."""
        told = self.project.call(*arguments, "--env", "prod", environment=self.environment)
        self.said[" ".join(arguments)] = told.stdout + told.stderr
        return told.returncode


@pytest.fixture
def prod(s3: S3, tmp_path: Path) -> Prod:
    """A bucket with the source, and jobs that tell all they know."""
    files = {f"jobs/{name}.py": LEAKY.format(name=name, fails=fails) for name, fails in FAILS.items()}
    project = make_project(tmp_path / "project", {"configs/prod.yml": PROD, **files})
    (tmp_path / "events").mkdir()
    bucket = s3.new_bucket()
    s3.client.upload_file(str(project.root / ".data/raw/readings.csv"), bucket.name, "raw/readings.csv")
    kept = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "EVENTS": f"file://{tmp_path}/events",
        "LINEAGE": str(tmp_path / "lineage.jsonl"),
    }
    return Prod(project, {**SECRETS, **kept, "BUCKET": bucket.name, "SERVER": s3.endpoint})


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """The command lines of all processes that ran meanwhile, as long as `ps` had time to see them."""
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def leaks(texts: Mapping[str, bytes]) -> list[str]:
    """Where the word is, with what stands around it."""
    word = SENTINEL.encode()
    return [
        f"{name}: …{content[max(0, content.index(word) - 80) : content.index(word) + 40]!r}"
        for name, content in texts.items()
        if word in content
    ]


def settings_in(events: bytes) -> bytes:
    """The lines of an event log that hold Spark's settings."""
    return b"\n".join(line for line in events.splitlines() if b"SparkListenerEnvironmentUpdate" in line)


def test_no_byte_that_a_run_leaves_holds_a_secret(prod: Prod, s3: S3, tmp_path: Path) -> None:
    """Jobs that print, log and fail with it; every command; the lake, the state, event logs, `ps`."""
    result = tmp_path / "result.json"
    with command_lines() as seen:
        # All that fails, in one Spark: the outcome of each is its own.
        assert prod.call("run", "split", *(name for name in FAILS if name != "tells"), "--json") == 70
        assert prod.call("run", "tells", "--result", str(result), "--run-id", "told") == 0, prod.said
        assert prod.call("doctor", "--spark") == 0, prod.said
    assert any("org.apache.spark.deploy.SparkSubmit" in line for line in seen), "no JVM was seen"
    assert "fs.s3a.bucket" in "".join(seen), "Spark has its settings from elsewhere: look there too"

    assert "printed ***" in prod.said[f"run tells --result {result} --run-id told"]
    for name in FAILS:
        assert prod.call("show", name) == 0, prod.said
        assert prod.call("logs", name) == 0
        assert "printed ***" in prod.said[f"logs {name}"]
    for command in ("validate", "config", "config --json", "plan", "plan --json", "graph", "ready", "status"):
        assert prod.call(*command.split()) in (0, 75), prod.said[command]
    for command in (
        "history dataset:small.tells",
        "show by_jvm --json",
        "grants tells",
        "grants tells --json",
        "clean --json",
    ):
        assert prod.call(*command.split()) == 0, prod.said[command]
    assert prod.call("manifest", "build", "-o", str(tmp_path / "out/manifest")) == 0, prod.said
    for target, options in EXPORTS.items():
        assert prod.call("export", target, *options, "-o", str(tmp_path / "out" / target)) == 0, prod.said
    assert prod.call("run", "by_python", "--param", "token=1") == 64

    written = {
        each["Key"]: s3.client.get_object(Bucket=prod.environment["BUCKET"], Key=each["Key"])["Body"].read()
        for each in s3.client.list_objects_v2(Bucket=prod.environment["BUCKET"])["Contents"]
    }
    files = {
        str(path): path.read_bytes()
        for root in (tmp_path, Path.cwd() / "spark-warehouse")
        for path in root.rglob("*")
        if path.is_file()
    }
    assert not [name for name in files if Path(name).stat().st_mode & 0o002], "everybody may write them"
    events = [name for name in files if "/events/" in name]
    assert any(b"SparkListenerEnvironmentUpdate" in files[name] for name in events), "no event log"
    # Plans have what a job itself says to Spark; what we say to it is in its settings.
    files |= {name: settings_in(files[name]) for name in events}
    assert any(name.startswith("lake/sparkjob/logs/") for name in written), "no log was kept"
    assert any("/out/airflow/" in name for name in files), "no export"
    assert b'"FAIL"' in files[str(tmp_path / "lineage.jsonl")], "no lineage"
    assert "on_failure.webhook was not told" in "".join(prod.said.values()), "no alert was tried"
    assert result.exists()
    assert leaks({name: text.encode() for name, text in prod.said.items()}) == []
    assert leaks({line[:60]: line.encode() for line in seen}) == []
    assert leaks(written) == []
    assert leaks(files) == []


def test_the_search_finds_a_planted_word() -> None:
    """A search that finds nothing shows nothing: on a command line and in a file."""
    with command_lines() as seen:
        command = [sys.executable, "-c", "import sys; sys.stdin.read()", SENTINEL]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            while not any(SENTINEL in line for line in seen):
                assert process.poll() is None
            assert process.stdin is not None
            process.stdin.close()
    assert leaks({"file": f"x{SENTINEL}y".encode()})
