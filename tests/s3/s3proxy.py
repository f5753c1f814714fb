"""S3Proxy on this machine: another implementation of S3 than moto's, in Java, that keeps objects as files.

Its jar is fetched from Maven Central once, by the Ivy that pyspark has, and kept by its hash. Writes with
`If-Match` are not atomic in it; nothing here uses them.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.s3.serving import KEYS, ROOT, S3, keep_ages_in
from tests.support.jars import from_maven, locked_jar

VERSION = "4.1.0"
SHA256 = "a4d025969aaf796616ed4b1e2491d87d455ce84bb28cb9db086b2e6aaa68b48d"
JAR = ROOT / ".cache" / "s3proxy" / f"s3proxy-{VERSION}.jar"
_IVY = f"""<ivy-module version="2.0" xmlns:m="http://ant.apache.org/ivy/maven">
  <info organisation="sparkjob" module="tests"/>
  <dependencies>
    <dependency org="org.gaul" name="s3proxy" rev="{VERSION}" transitive="false">
      <artifact name="s3proxy" type="jar" ext="jar" m:classifier="jar-with-dependencies"/>
    </dependency>
  </dependencies>
</ivy-module>
"""
_JAVA = ("java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_SECONDS = 60


def s3proxy_jar() -> Path:
    """The jar of S3Proxy."""
    return locked_jar(JAR, SHA256, lambda folder: from_maven(folder, _IVY, "s3proxy.jar"))


@contextmanager
def serving_s3proxy() -> Iterator[S3]:
    """A fresh server in a process of its own, which ends with the block."""
    jar = s3proxy_jar()
    with TemporaryDirectory() as folder, closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        objects = Path(folder, "objects")
        objects.mkdir()
        settings = {
            "s3proxy.endpoint": f"http://127.0.0.1:{port}",
            "s3proxy.authorization": "aws-v2-or-v4",
            "s3proxy.identity": KEYS["AWS_ACCESS_KEY_ID"],
            "s3proxy.credential": KEYS["AWS_SECRET_ACCESS_KEY"],
            "jclouds.provider": "filesystem-nio2",
            "jclouds.identity": "unused",
            "jclouds.credential": "unused",
            "jclouds.filesystem.basedir": str(objects),
        }
        properties = Path(folder, "s3proxy.conf")
        properties.write_text("".join(f"{k}={v}\n" for k, v in settings.items()), encoding="utf-8")
        with (
            Path(folder, "log").open("w", encoding="utf-8") as log,
            subprocess.Popen(
                [*_JAVA, "-jar", jar, "--properties", properties],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "LOG_LEVEL": "warn"},
            ) as process,
        ):
            try:
                _wait_for(port, process, Path(folder, "log"))
                server = S3(endpoint=f"http://127.0.0.1:{port}")
                with keep_ages_in(server, objects):
                    yield server
            finally:
                process.kill()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until the port is taken: the server says nowhere else that it listens."""
    end = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < end:
        with closing(socket.socket()) as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"S3Proxy does not listen: {log.read_text()}")
