"""`checks export` and `checks import`, as a person uses them."""

import json
from collections.abc import Callable

from tests.support.calling import Caller

Golden = Callable[[str, str], None]

SUITE = {
    "expectations": [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "v"}, "severity": "warning"},
        {"type": "expect_column_values_to_be_betwen", "kwargs": {"column": "v", "min_value": 0}},
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": {"$PARAMETER": "c"}}},
    ]
}
RULES = """
    expectations=[
        expect.column_values_to_be_between("v", 0, 9),
        expect.column_values_to_exist_in("sensor", "readings"),
    ],
"""


def test_export(sparkjob: Caller, golden: Golden) -> None:
    """A suite or a contract on stdout, what the format lacks on stderr; a dataset that nobody makes is 64."""
    sparkjob.project.write(
        "jobs/split.py",
        (sparkjob.project.root / "jobs/split.py")
        .read_text()
        .replace('expectations=[expect.column_values_to_be_between("v", 0, 9)],', RULES.strip()),
    )
    commands = [f"checks export small.good{rest}" for rest in ("", " --format odcs", " -o suite.json")]
    golden("checks_export", sparkjob.transcript(*commands, "checks export small.godo"))


def test_import(sparkjob: Caller, golden: Golden) -> None:
    """Python on stdout, what it cannot say on stderr; what is no suite or contract is 64."""
    sparkjob.project.write("suite.json", json.dumps(SUITE, indent=1))
    sparkjob("checks", "export", "small.good", "--format", "odcs", "-o", "contract.yaml")
    sparkjob.project.write("other.json", "{}")
    sparkjob.project.write("other.yaml", "a: 1\n")
    files = ("suite.json", "contract.yaml", "other.json", "other.yaml", "missing.json")
    golden("checks_import", sparkjob.transcript(*(f"checks import {file}" for file in files)))
