"""Looking needs no Java; running what is current needs none; and a run that does says so in a line."""

from pathlib import Path

from tests.support.calling import Caller


def test_only_a_step_needs_java(sparkjob: Caller, tmp_path: Path) -> None:
    """On a published project, in processes of their own without any Java to be found."""
    assert sparkjob("run", "--all").code == 0
    bare = {"PATH": str(tmp_path), "JAVA_HOME": ""}
    project = sparkjob.project
    for command, said in (
        (("validate",), "2 jobs, no faults"),
        (("plan",), "2 unchanged"),
        (("status",), "2 of 2 lines current"),
        (("run", "--all"), "2 unchanged"),
    ):
        done = project.call(*command, environment=bare)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert said in done.stdout

    project.write_readings(2)
    planned = project.call("plan", "split", environment=bare)
    assert "input changed: source.readings" in planned.stdout
    refused = project.call("run", "split", environment=bare)
    assert refused.returncode == 64
    assert "Java" in refused.stdout
    assert "Hint: Install Java" in refused.stdout
    assert "Traceback" not in refused.stdout + refused.stderr
