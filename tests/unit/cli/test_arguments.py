"""Every wrong argument ends with 64 and says, on a line or two, what is wrong and what to write instead."""

from collections.abc import Callable

import pytest

from tests.support.calling import Caller

EXTERNAL = """
    from framework import Input, Output, external_job

    ext = external_job(
        "ext",
        inputs={"a": Input("small.good")},
        outputs=Output("small.ext", schema="n INT"),
        runner="airflow",
    )
"""
COMMANDS = {
    "usage": (
        "rnu",
        "run --al",
        "run",
        "run --all split",
        "plan --env",
        "validate extra",
        "show",
        "graph --format svg",
        "manifest buld",
    ),
    "names": (
        "run splt",
        "plan splt total+ tag:nightly",
        "plan tga:nightly",
        "status dataset:small.godo",
        "graph owner:ops",
        "plan --env prod",
        "config --env ../local",
        "show nope",
        "show split",
        "show ''",
        "logs splt",
    ),
    "parameters": (
        "plan split --param ad=1 --param add=x --param add",
        "plan total --param add=1",
        "run --all --param add=1",
    ),
    "intervals": (
        "plan split --interval 2013-13",
        "plan split --interval yesterday",
        "plan split --interval ''",
        "plan split --interval 2013-01-03/2013-01-01",
        "plan split --interval 2013-01-01T10:00/2013-01-01T12:00",
        "plan split --interval 2012-06",
        "plan split --interval 9999-12-31",
    ),
    "runs": (
        "run split --run-id ../../x",
        "run split --run-id ''",
        "run --all --run-id x",
        "run --all --result result.json",
        "run ext",
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_wrong_arguments(sparkjob: Caller, golden: Callable[[str, str], None], name: str) -> None:
    """The text, the hint and the code are those of the golden file; nothing is published."""
    sparkjob.project.write("jobs/ext.py", EXTERNAL)
    golden(f"arguments_{name}", sparkjob.transcript(*COMMANDS[name]))
    assert not sparkjob.project.table("small.good").exists()
    assert not (sparkjob.project.root / ".data" / "sparkjob").exists()


def test_no_interval_and_no_example(sparkjob: Caller, golden: Callable[[str, str], None]) -> None:
    """A daily job without an interval is not run for some interval or other."""
    local = (sparkjob.project.root / "configs/local.yml").read_text()
    sparkjob.project.write("configs/local.yml", local.partition("example_interval")[0])
    golden("arguments_no_interval", sparkjob.transcript("run split", "plan", "run --all"))


def test_a_group_alone_prints_its_help(sparkjob: Caller) -> None:
    """`sparkjob` and `sparkjob manifest` say what there is, and that this was no command (64)."""
    for arguments in ((), ("manifest",)):
        told = sparkjob(*arguments)
        assert (told.code, told.out) == (64, "")
        assert told.err.startswith("Usage: sparkjob")
        assert "Hint" not in told.err


def test_the_manifest_s_folder_is_a_file(sparkjob: Caller, golden: Callable[[str, str], None]) -> None:
    """A place that cannot be written to is one line, and the file in its way stays."""
    before = (sparkjob.project.root / "configs/base.yml").read_text()
    golden("arguments_output", sparkjob.transcript("manifest build -o configs/base.yml"))
    assert (sparkjob.project.root / "configs/base.yml").read_text() == before
