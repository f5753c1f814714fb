"""A standalone cluster of Spark on this machine: a master and its workers."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyspark

from framework.stage.session import local_settings
from tests.support.servers import free_ports, serving

_DEPLOY = "org.apache.spark.deploy"
_SMALL = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"


@dataclass(frozen=True)
class Standalone:
    """The cluster at `master`, with what a host that submits to it has in its environment."""

    master: str
    environment: Mapping[str, str]
    workers: tuple[int, ...]

    def lose(self, worker: int) -> None:
        """A machine goes away: SIGKILL to a worker and to the executors on it, which are its children."""
        os.killpg(self.workers[worker], signal.SIGKILL)


@contextmanager
def serving_standalone(workers: int) -> Iterator[Standalone]:
    """A fresh cluster whose workers have two cores each, and memory for two executors."""
    with TemporaryDirectory(prefix="standalone-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        environment = _environment(folder)
        port, pages = free_ports(2)
        master = f"spark://127.0.0.1:{port}"
        program = str(Path(environment["SPARK_HOME"], "bin", "spark-class"))

        def start(role: str, host: str, log: str, *words: str, alive: int) -> int:
            process = stack.enter_context(
                serving(
                    [program, f"{_DEPLOY}.{role}", "--host", host, *words],
                    folder / log,
                    environment,
                    ready=lambda: _alive(pages) == alive,
                )
            )
            return process.pid

        ports = ("--port", str(port), "--webui-port", str(pages))
        start("master.Master", "127.0.0.1", "master.log", *ports, alive=0)
        size = ("--cores", "2", "--memory", "1g", "--webui-port", "0")
        started = tuple(
            start(
                "worker.Worker",
                f"127.0.0.{number + 1}",  # for Spark, which tries no task twice on one host, so many hosts
                f"worker-{number}.log",
                *(*size, "--work-dir", str(folder / f"work-{number}"), master),
                alive=number + 1,
            )
            for number in range(workers)
        )
        yield Standalone(master, environment, started)


def _alive(pages: int) -> int | None:
    """How many workers the master has; None when it does not answer yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{pages}/json/") as answer:
            return int(json.load(answer)["aliveworkers"])
    except OSError:
        return None


def _environment(folder: Path) -> dict[str, str]:
    conf = folder / "conf"
    conf.mkdir()
    jars = local_settings({}, s3=False).get("spark.jars", "")
    settings = {"spark.jars": jars, "spark.ui.enabled": "false", "spark.driver.memory": "640m"}
    settings |= {f"spark.{role}.extraJavaOptions": _SMALL for role in ("driver", "executor")}
    (conf / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    names = ("HOME", "LANG", "JAVA_HOME", "TMPDIR")
    return {
        **{name: os.environ[name] for name in names if name in os.environ},
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LAUNCHER_OPTS": _SMALL,
        "SPARK_DAEMON_JAVA_OPTS": _SMALL,
        "SPARK_DAEMON_MEMORY": "256m",
    }
