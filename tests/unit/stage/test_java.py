"""Which Java is taken: the session and the set-up say the same."""

import subprocess
from pathlib import Path

import pytest

from framework.errors import MisconfiguredError
from framework.stage.session import require_java

JAVA_SH = Path(__file__).parents[3] / "scripts/java.sh"


@pytest.mark.parametrize(
    ("says", "runs"),
    [
        ('openjdk version "1.8.0_392"', False),
        ('openjdk version "11.0.21" 2023-10-17', False),
        ('openjdk version "17.0.9" 2023-10-17', True),
        ('java version "21" 2023-09-19 LTS', True),
        ('openjdk version "22.0.1" 2024-04-16', False),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", False),
    ],
)
def test_session_and_set_up_take_the_same_javas(
    says: str, runs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spark 4.0 runs on Java 17 to 21; every other is refused before a JVM is started."""
    java = tmp_path / "bin/java"
    java.parent.mkdir()
    java.write_text(f'#!/bin/sh\ncat >&2 <<"TEXT"\n{says}\nTEXT\n')
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    done = subprocess.run([JAVA_SH], check=False, capture_output=True)
    assert done.returncode == (0 if runs else 64)
    if runs:
        require_java()
        return
    with pytest.raises(MisconfiguredError) as refused:
        require_java()
    assert "17 or 21" in (refused.value.faults[0].hint or "")
