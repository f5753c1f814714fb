"""An exported task and its step on EMR: real Airflow, and a server that is EMR and S3."""

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from framework.manifest.files import write_export
from tests.s3.serving import KEYS
from tests.schedulers.airflow_home import Airflow, until
from tests.support.project import SmallProject
from tests.unit.manifest.sample import build_sample
from tests.unit.manifest.test_renderers import AS_STEPS, render

TASK = ("tasks", "test", "shop_prod_nightly", "land_orders", "2024-01-05T02:30:00+00:00")


class Emr(ThreadingHTTPServer):
    """One cluster with one step, whose state it says; `result` is what every object on S3 holds."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = "RUNNING"
        self.result: bytes | None = None
        self.asked: list[tuple[str, object]] = []

    def answer(self, operation: str, request: dict[str, object]) -> object:
        """What EMR answers."""
        self.asked.append((operation, request))
        if operation == "CancelSteps":
            self.state = "CANCELLED" if self.state == "RUNNING" else self.state
        return {
            "DescribeCluster": {"Cluster": {"Id": "j-1"}},
            "AddJobFlowSteps": {"StepIds": ["s-1"]},
            "DescribeStep": {"Step": {"Id": "s-1", "Status": {"State": self.state}}},
            "CancelSteps": {"CancelStepsInfoList": []},
        }[operation]

    def requests(self, operation: str) -> list[object]:
        """What was asked of it by that name."""
        return [request for name, request in self.asked if name == operation]


class _Handler(BaseHTTPRequestHandler):
    server: Emr

    def do_POST(self) -> None:
        """EMR, whose operation is in a header."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        self._send(200, json.dumps(self.server.answer(operation, json.loads(body))).encode())

    def do_GET(self) -> None:
        """S3."""
        found = self.server.result
        self._send(404 if found is None else 200, b"" if found is None else found)

    def do_HEAD(self) -> None:
        """S3, where a client first asks whether the object is there."""
        self.do_GET()

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing."""


@pytest.fixture
def emr() -> Iterator[Emr]:
    """The server, until the end of the test."""
    with Emr() as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


HOUR = "timedelta(seconds=3600)"
BRIEF = {HOUR: "timedelta(seconds=20)"}
OFTEN = {"waiter_delay=30": "waiter_delay=1"}


def run(version: str, folder: Path, emr: Emr, changed: Mapping[str, str], *, kill: bool = False) -> str:
    """What Airflow says of the exported task, in whose file a few times are others."""
    texts = render("airflow", {**AS_STEPS, "airflow": version}, build_sample(folder / "shop", "prod"))
    for old, new in changed.items():
        texts = {path: text.replace(old, new) for path, text in texts.items()}
    write_export(folder / "airflow" / "dags", texts, owner="t")
    aws = {**KEYS, "AWS_DEFAULT_REGION": KEYS["AWS_REGION"]}
    aws["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{emr.server_address[1]}"
    airflow = Airflow(version, folder / "airflow", SmallProject(folder), aws)
    airflow.call("db", "migrate")
    with airflow.start(*TASK) as process:
        if kill:
            until(lambda: emr.requests("DescribeStep") or process.poll() is not None)
            process.terminate()
        out, _ = process.communicate(timeout=300)
    return out


@pytest.mark.parametrize(
    ("version", "changed"),
    [("3", BRIEF), ("2.11", BRIEF), ("3", BRIEF | OFTEN)],
    ids=["timeout-3", "timeout-2.11", "patience"],
)
def test_a_task_over_its_time_cancels_its_step(
    version: str, changed: Mapping[str, str], tmp_path: Path, emr: Emr
) -> None:
    """The step would go on otherwise, and publish when nobody looks any more."""
    out = run(version, tmp_path, emr, changed)

    cancelled = {"ClusterId": "j-1", "StepIds": ["s-1"], "StepCancellationOption": "SEND_INTERRUPT"}
    assert emr.requests("CancelSteps") == [cancelled], out
    assert len(emr.requests("AddJobFlowSteps")) == 1


@pytest.mark.parametrize("version", ["3", "2.11"])
def test_a_killed_task_cancels_its_step(version: str, tmp_path: Path, emr: Emr) -> None:
    """SIGTERM is what Airflow sends to a task that is cleared, marked, or out of its machine."""
    out = run(version, tmp_path, emr, OFTEN, kill=True)

    assert emr.requests("CancelSteps"), out


@pytest.mark.parametrize("version", ["3", "2.11"])
def test_a_step_s_result_says_whether_it_is_tried_again(version: str, tmp_path: Path, emr: Emr) -> None:
    """A step that failed for good: Airflow gets the exception that it never retries."""
    emr.state, emr.result = "FAILED", b'{"outcome": "rejected"}'

    out = run(version, tmp_path, emr, {})

    assert "AirflowFailException" in out, out
    assert "rejected: s3://lake/prod/sparkjob/results/shop_prod_nightly/" in out, out


def test_a_setting_that_ends_like_a_file_is_a_text(tmp_path: Path, emr: Emr) -> None:
    """The words of a step that end with .json are no templates to be read from the folder of the DAGs."""
    emr.state = "COMPLETED"

    out = run("3", tmp_path, emr, {'"2g"': '"conf/memory.json"'})

    (request,) = emr.requests("AddJobFlowSteps")
    assert "spark.executor.memory=conf/memory.json" in json.dumps(request), out
    assert emr.requests("CancelSteps") == []
