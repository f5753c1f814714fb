"""A real YARN on this machine: a ResourceManager and a NodeManager, and the Spark of a node.

Hadoop's daemons are in the jar with which Hadoop lets others test (`hadoop-client-minicluster`). They
are two processes, as on a cluster: in one JVM the second web application would hide the first.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from framework.stage.session import local_settings
from tests.support.jars import from_maven, locked_jar
from tests.support.project import ROOT
from tests.support.servers import free_ports, processes_below, serving

JARS = (
    # Of Hadoop: the version of pyspark 4.0's own jars.
    (
        "org.apache.hadoop",
        "hadoop-client-minicluster",
        "3.4.1",
        "5b90be54a39d856f237a4530e25f62aea4b67c180c73b5cfb1aff35c502b2d29",
    ),
    # The ResourceManager makes certificates for its proxy when it starts.
    (
        "org.bouncycastle",
        "bcpkix-jdk18on",
        "1.80",
        "4f4ba6a92617ea19dc183f0fa5db492eee426fdde2a0a2d6c94777ffd1af6413",
    ),
    (
        "org.bouncycastle",
        "bcutil-jdk18on",
        "1.80",
        "22eca687f7955411f456af33e6ea8e68fc73cd80cb8b32aa5f7a8b1827d7c678",
    ),
    # Gone from Java 11 on.
    (
        "javax.xml.bind",
        "jaxb-api",
        "2.3.1",
        "88b955a0df57880a26a74708bc34f74dcaf8ebf4e78843a28b50eae945732b06",
    ),
)
"""Organisation, name, version and SHA-256 of what pyspark does not bring."""
_IVY = """<ivy-module version="2.0">
  <info organisation="sparkjob" module="tests"/>
  <dependencies><dependency org="{}" name="{}" rev="{}" transitive="false"/></dependencies>
</ivy-module>
"""
_SMALL = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
_OPENED = ("java.base/java.lang", "java.base/java.util", "java.base/java.net")
_SERVER = "org.apache.hadoop.yarn.server"
_CLIENT = "org.apache.hadoop.yarn.client.cli.ApplicationCLI"
_MEMORY = 8192
"""MiB that the node says it has."""
_LOG4J = """
appender.c.type = Console
appender.c.name = c
appender.c.layout.type = PatternLayout
appender.c.layout.pattern = %d{HH:mm:ss,SSS} %p %c{1}: %m%n
rootLogger.level = info
rootLogger.appenderRef.c.ref = c
"""


@dataclass(frozen=True)
class Yarn:
    """A cluster of one node. `spark` is the SPARK_HOME of the node and of who submits."""

    folder: Path
    spark: Path
    classes: str

    def environment(self) -> dict[str, str]:
        """Of a host that submits; nothing of the Python that runs these tests."""
        names = ("HOME", "LANG", "JAVA_HOME", "TMPDIR")
        return {
            **{name: os.environ[name] for name in names if name in os.environ},
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "SPARK_HOME": str(self.spark),
            "SPARK_CONF_DIR": str(self.folder / "spark-conf"),
            "HADOOP_CONF_DIR": str(self.folder / "conf"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LAUNCHER_OPTS": _SMALL,
            "SPARK_SUBMIT_OPTS": _SMALL,
        }

    def kill(self, app_id: str) -> None:
        """`yarn application -kill`: SIGTERM to its processes, then SIGKILL."""
        self._application("-kill", app_id)

    def status(self, app_id: str) -> tuple[str, str]:
        """What `yarn application -status` says: SUCCEEDED, FAILED or KILLED, and the diagnostics."""
        said = self._application("-status", app_id)
        final, diagnostics = (
            re.findall(rf"\t{name} : *(.*)", said)[0].strip() for name in ("Final-State", "Diagnostics")
        )
        return final, diagnostics

    def _application(self, *words: str) -> str:
        command = [*_java(_CLIENT, self.classes), "application", *words]
        done = subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def attempts(self, app_id: str) -> int:
        """How often the application master was started."""
        return len(list((self.folder / "nm-log" / app_id).glob("container_*_000001")))

    def driver_log(self, app_id: str) -> str:
        """Both streams of the driver, which nobody shows to who submitted."""
        logs = sorted((self.folder / "nm-log" / app_id).glob("container_*_000001"))
        return "".join((log / name).read_text() for log in logs for name in ("stdout", "stderr"))

    def executors(self, app_id: str) -> list[int]:
        """The JVMs of its executors."""
        below = processes_below(self.folder / "nm-local")
        return [
            pid
            for pid, place in below.items()
            if app_id in place.parts and not place.name.endswith("_000001") and _is_java(pid)
        ]


def application_at(process: int) -> str:
    """The application in one of whose containers a process works."""
    place = Path(f"/proc/{process}/cwd").readlink()
    return next(part for part in place.parts if part.startswith("application_"))


@contextmanager
def serving_yarn(spark_settings: Mapping[str, str]) -> Iterator[Yarn]:
    """A fresh cluster, whose spark-defaults.conf has `spark_settings` beside what a cluster's must."""
    jars = [_fetch_jar(*each) for each in JARS]
    with TemporaryDirectory(prefix="yarn-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # YARN unpacks once for all applications what everybody may read
        for each in ("conf/webapps/cluster", "conf/webapps/node", "work", "spark-conf", "nm-local", "nm-log"):
            (folder / each).mkdir(parents=True)
        spark = _install_spark(folder)
        classes = ":".join([str(folder / "conf"), *map(str, jars), f"{spark}/jars/*"])
        yarn = Yarn(folder, spark, classes)
        ports = free_ports(5)
        _write_conf(folder, ports)
        _write_spark_conf(folder, spark, spark_settings)
        manager = _java(f"{_SERVER}.resourcemanager.ResourceManager", classes)
        node = _java(f"{_SERVER}.nodemanager.NodeManager", classes)
        with (
            serving(
                manager,
                folder / "rm.log",
                yarn.environment(),
                ready=lambda: _nodes(ports[-1]) is not None,
            ),
            serving(node, folder / "nm.log", yarn.environment(), ready=lambda: _nodes(ports[-1]) == 1),
        ):
            try:
                yield yarn
            finally:
                # Containers have process groups of their own.
                for pid in processes_below(folder / "nm-local"):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)


def _fetch_jar(organisation: str, name: str, version: str, sha256: str) -> Path:
    ivy = _IVY.format(organisation, name, version)
    place = ROOT / ".cache" / "yarn" / f"{name}-{version}.jar"
    return locked_jar(place, sha256, lambda folder: from_maven(folder, ivy, f"{name}.jar"))


def _java(name: str, classes: str) -> list[str]:
    opened = [word for module in _OPENED for word in ("--add-opens", f"{module}=ALL-UNNAMED")]
    return ["java", "-Xmx384m", *_SMALL.split(), *opened, "-cp", classes, name]


def _nodes(port: int) -> int | None:
    """How many nodes the cluster has; None when its manager does not answer yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ws/v1/cluster/metrics") as answer:
            # Other builds of Hadoop wrap this in `clusterMetrics`.
            return int(json.load(answer)["activeNodes"])
    except OSError:
        return None


def _is_java(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/exe").readlink().name == "java"
    except OSError:  # it has ended
        return False


def _install_spark(folder: Path) -> Path:
    """The Spark of the node, with Delta's jars, in a place from which no site-packages can be seen."""
    import pyspark

    home, source = folder / "spark", Path(pyspark.__file__).parent
    for part in ("bin", "jars", "python/lib"):
        shutil.copytree(source / part, home / part, copy_function=link)
    delta = local_settings({}, s3=False).get("spark.jars", "")
    assert delta, "scripts/setup.sh fetches Delta's jars"
    for jar in delta.split(","):
        link(jar.removeprefix("file://"), home / "jars" / Path(jar).name)
    return home


def link(source: str | Path, target: str | Path) -> None:
    """One more name for the same file; across file systems a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _write_spark_conf(folder: Path, spark: Path, settings: Mapping[str, str]) -> None:
    wanted = {
        "spark.master": "yarn",
        "spark.yarn.jars": f"local:{spark}/jars/*",
        "spark.yarn.report.interval": "200ms",
        "spark.ui.enabled": "false",
        **{f"spark.{role}.extraJavaOptions": _SMALL for role in ("driver", "executor")},
        **{f"spark.{role}.SPARK_LOCAL_IP": "127.0.0.1" for role in ("yarn.appMasterEnv", "executorEnv")},
        **settings,
    }
    text = "".join(f"{key} {value}\n" for key, value in wanted.items())
    (folder / "spark-conf" / "spark-defaults.conf").write_text(text)


def _write_conf(folder: Path, ports: Sequence[int]) -> None:
    rm, nm, scheduler = "yarn.resourcemanager", "yarn.nodemanager", "yarn.scheduler"
    names = ("address", "scheduler.address", "resource-tracker.address", "admin.address", "webapp.address")
    files = {
        "core-site.xml": {"fs.defaultFS": "file:///", "hadoop.tmp.dir": str(folder / "tmp")},
        "yarn-site.xml": {
            **{f"{rm}.{name}": f"127.0.0.1:{port}" for name, port in zip(names, ports, strict=True)},
            **{f"{part}.hostname": "127.0.0.1" for part in (rm, nm)},
            **{f"{part}.bind-host": "127.0.0.1" for part in (rm, nm)},
            **{f"{nm}.{name}": "127.0.0.1:0" for name in ("address", "localizer.address", "webapp.address")},
            f"{rm}.nodemanagers.heartbeat-interval-ms": "200",
            f"{rm}.am.max-attempts": "2",  # YARN's default: a second attempt is not to be wanted by us
            f"{nm}.local-dirs": str(folder / "nm-local"),
            f"{nm}.log-dirs": str(folder / "nm-log"),
            f"{nm}.delete.debug-delay-sec": "3600",  # logs stay to be read
            f"{nm}.resource.memory-mb": str(_MEMORY),
            f"{nm}.resource.cpu-vcores": "8",
            f"{nm}.vmem-check-enabled": "false",
            f"{nm}.pmem-check-enabled": "false",
            f"{nm}.disk-health-checker.max-disk-utilization-per-disk-percentage": "99.5",
            f"{nm}.env-whitelist": "JAVA_HOME,HADOOP_CONF_DIR,PATH,LANG,TZ",
            f"{scheduler}.minimum-allocation-mb": "128",
            f"{scheduler}.maximum-allocation-mb": str(_MEMORY),
        },
        "capacity-scheduler.xml": {
            f"{scheduler}.capacity.maximum-am-resource-percent": "0.9",
            f"{scheduler}.capacity.root.queues": "default",
            f"{scheduler}.capacity.root.default.capacity": "100",
        },
    }
    for file, properties in files.items():
        text = "".join(
            f"<property><name>{key}</name><value>{escape(value)}</value></property>\n"
            for key, value in properties.items()
        )
        (folder / "conf" / file).write_text(f"<configuration>\n{text}</configuration>\n")
    (folder / "conf" / "log4j2.properties").write_text(_LOG4J)
