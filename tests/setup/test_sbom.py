"""The list of what a run is made of."""

import json
import subprocess

from framework.doctor.versions import parse_lock
from tests.support.project import ROOT


def test_every_library_of_the_lock_is_in_it() -> None:
    """Made from the lock, without a network; valid by CycloneDX's own schema."""
    made = subprocess.run(
        [
            *(ROOT / ".venv/bin/cyclonedx-py", "requirements", ROOT / "requirements/spark-4.0.txt"),
            *("--pyproject", ROOT / "pyproject.toml", "--short-PURLs", "--output-reproducible", "--validate"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    listed: dict[str, set[str]] = {}
    for each in json.loads(made)["components"]:
        listed.setdefault(each["name"], set()).add(each["version"])
        assert each["externalReferences"][0]["hashes"], each["name"]
    assert listed == parse_lock((ROOT / "requirements/spark-4.0.txt").read_text())
