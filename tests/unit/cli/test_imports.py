"""The command line starts quickly: what is not needed is not imported."""

import subprocess
import sys

from tests.support.project import ROOT

_SPARK_AND_CLOUD = {"pyspark", "boto3", "great_expectations", "deltalake"}


def _loaded(program: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after `program`."""
    code = f"{program}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split("\n")[-2].split())


def test_the_package_is_light() -> None:
    """`import framework` loads no Spark, no cloud, no command line and no pydantic."""
    assert not _loaded("import framework") & (_SPARK_AND_CLOUD | {"click", "pydantic", "obstore", "rich"})


def test_help_is_light() -> None:
    """`sparkjob --help` loads nothing that a command would need."""
    program = "from framework.cli.faults import exit_code_of\nfrom framework.cli.main import cli\n"
    program += "assert exit_code_of(cli, ['--help'], name='sparkjob') == 0"
    assert not _loaded(program) & (_SPARK_AND_CLOUD | {"pydantic", "obstore", "rich", "pyarrow", "ruamel"})
