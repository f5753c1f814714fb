"""spark-submit.sh: whose options are whose, when Spark is started, and which one.

The script is the real one; the programs that it starts are stand-ins that say how they were started.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Submit = Callable[..., subprocess.CompletedProcess[str]]

# 100 asks for Spark; the settings have what a value can have: blanks, quotes, equals signs.
PYTHON = """#!/bin/bash
case "$*" in
    *local_settings.py*) printf '%s\\0' spark.master='local[*]' 'spark.jars=/ours/a.jar,/ours/b.jar' \
        spark.driver.memory=4g 'spark.driver.extraJavaOptions=-XX:A "-Dx=y z"' ;;
    *delta_packages.py*) [ "${*: -1}" != 4.9.0 ] && echo "io.delta:delta-of-${*: -1}" ;;
    *--check*) echo "planned: ${*:3}" && exit "${PLAN_CODE:-100}" ;;
esac
"""
SPARK_SUBMIT = """#!/bin/bash
printf '%s\\n' "$0" "ip=${SPARK_LOCAL_IP-}" "driver=${PYSPARK_DRIVER_PYTHON-}" "$@"
"""


def write_program(path: Path, text: str) -> None:
    """An executable file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def write_spark(home: Path, version: str) -> Path:
    """As much of a Spark as one needs to be taken for it."""
    write_program(home / "bin/spark-submit", SPARK_SUBMIT)
    (home / "jars").mkdir()
    scala = "2.12" if version.startswith("3.") else "2.13"
    (home / "jars" / f"spark-core_{scala}-{version}.jar").touch()
    return home


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout whose set-up is done, in a folder with a blank."""
    root = tmp_path / "a checkout"
    (root / "jobs").mkdir(parents=True)
    (root / "jobs/one.py").touch()
    shutil.copy(ROOT / "spark-submit.sh", root)
    write_program(root / "scripts/setup.sh", "#!/bin/bash\n")
    write_program(root / "scripts/java.sh", "#!/bin/bash\n")
    write_program(root / ".venv/bin/python", PYTHON)
    write_spark(root / ".venv/lib/python3.11/site-packages/pyspark", "4.0.2")
    return root


@pytest.fixture
def submit(project: Path) -> Submit:
    """Runs spark-submit.sh in the project."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        names = ("SPARK_HOME", "SPARK_LOCAL_IP", "PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON")
        inherited = {name: value for name, value in os.environ.items() if name not in names}
        return subprocess.run(
            [project / "spark-submit.sh", *arguments],
            cwd=project,
            env=inherited | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_arguments_after_the_job_are_the_jobs(submit: Submit) -> None:
    """Options before the job go to spark-submit, everything after it to the job, word for word."""
    lines = submit("--driver-memory", "2g", "jobs/one.py", "--driver-memory", "x y", "").stdout.splitlines()
    assert lines[0] == "planned: --check jobs/one.py --driver-memory x y "
    assert lines[-6:] == ["--driver-memory", "2g", "jobs/one.py", "--driver-memory", "x y", ""]


@pytest.mark.parametrize("code", [0, 64, 65])
def test_spark_is_not_started_when_the_plan_is_the_end(submit: Submit, code: int) -> None:
    """When nothing is to be done, or nothing can be, the plan's exit code is the final one."""
    ended = submit("jobs/", PLAN_CODE=str(code))
    assert (ended.returncode, ended.stdout) == (code, "planned: --check jobs/\n")


def test_a_folder_is_run_by_the_application(submit: Submit, project: Path) -> None:
    """spark-submit cannot start a folder, so it starts what runs a folder."""
    lines = submit("jobs", "--all").stdout.splitlines()
    assert lines[-3:] == [str(project / "scripts/application.py"), "jobs", "--all"]


def test_settings_of_the_user_come_last_and_win(submit: Submit) -> None:
    """Settings of ours are defaults, each one word whatever is in it."""
    lines = submit("-c", "spark.driver.memory=1g", "--master=local[1]", "jobs/one.py").stdout.splitlines()
    assert 'spark.driver.extraJavaOptions=-XX:A "-Dx=y z"' in lines
    assert lines.index("spark.driver.memory=4g") < lines.index("spark.driver.memory=1g")
    assert lines[-2:] == ["--master=local[1]", "jobs/one.py"]


@pytest.mark.parametrize("option", [("--jars", "/mine.jar"), ("--conf", "spark.jars=/mine.jar")])
def test_jars_of_the_user_are_added(submit: Submit, option: tuple[str, str]) -> None:
    """A user's jars do not take Delta's away."""
    lines = submit(*option, "jobs/one.py").stdout.splitlines()
    assert lines[-3:] == ["--jars", "/mine.jar,/ours/a.jar,/ours/b.jar", "jobs/one.py"]


def test_a_cluster_gets_no_setting_of_this_machine(submit: Submit) -> None:
    """Memory and Java options are right for this machine only; a loopback address would cut it off."""
    lines = submit("--master", "spark://host:7077", "jobs/one.py").stdout.splitlines()
    assert "ip=" in lines
    assert not [line for line in lines if line.startswith(("spark.driver.memory", "spark.driver.extraJava"))]


@pytest.mark.parametrize(("version", "taken"), [("3.5.6-amzn-0", True), ("4.2.1", True), ("3.4.4", False)])
def test_spark_home_is_used_in_range(submit: Submit, tmp_path: Path, version: str, taken: bool) -> None:
    """The platform's Spark runs the job with its own settings, unless it is too old."""
    home = write_spark(tmp_path / "platform", version)
    ended = submit("jobs/one.py", SPARK_HOME=str(home))
    lines = ended.stdout.splitlines()
    assert (lines[1] == str(home / "bin/spark-submit")) is taken
    assert ("spark.driver.memory=4g" in lines) is not taken
    assert ("SPARK_HOME" in ended.stderr) is not taken


@pytest.mark.parametrize(
    ("version", "added"),
    [
        ("3.5.6-amzn-0", ["--packages", "io.delta:delta-of-3.5.6-amzn-0"]),
        ("4.0.2", ["--jars", "{project}/.venv/share/sparkjob/ivy/jars/delta-spark.jar"]),
        ("4.2.0", ["--packages", "io.delta:delta-of-4.2.0"]),
    ],
)
def test_a_plain_spark_gets_its_delta(submit: Submit, project: Path, version: str, added: list[str]) -> None:
    """The locked line has Delta's jars here already; another line's come from Maven Central."""
    jars = project / ".venv/share/sparkjob/ivy/jars"
    jars.mkdir(parents=True)
    (jars / "delta-spark.jar").touch()
    home = write_spark(project / "platform", version)
    lines = submit("jobs/one.py", SPARK_HOME=str(home)).stdout.splitlines()
    assert lines[-3:] == [*(word.format(project=project) for word in added), "jobs/one.py"]


def test_packages_of_the_user_are_added(submit: Submit, tmp_path: Path) -> None:
    """spark-submit takes the last --packages only, so Delta's come together with the user's."""
    home = write_spark(tmp_path / "platform", "3.5.9")
    lines = submit("--packages", "org:mine:1", "jobs/one.py", SPARK_HOME=str(home)).stdout.splitlines()
    assert lines[-3:] == ["--packages", "org:mine:1,io.delta:delta-of-3.5.9", "jobs/one.py"]


@pytest.mark.parametrize("where", ["jars", "defaults", "--packages", "--jars"])
def test_a_delta_that_is_there_is_left_alone(submit: Submit, tmp_path: Path, where: str) -> None:
    """Two versions of Delta in one JVM would be worse than none: who brings one gets no second."""
    home, options = write_spark(tmp_path / "platform", "3.5.9"), []
    if where == "jars":
        (home / "jars/delta-spark_2.12-3.3.2.jar").touch()
    elif where == "defaults":
        (home / "conf").mkdir()
        (home / "conf/spark-defaults.conf").write_text("spark.jars /opt/delta/delta-spark_2.12-3.3.2.jar\n")
    else:
        options = [where, "io.delta:delta-spark_2.12:3.3.2"]
    ended = submit(*options, "jobs/one.py", SPARK_HOME=str(home))
    assert (ended.returncode, "delta-of" in ended.stdout) == (0, False)


def test_a_spark_without_a_known_delta_is_told(submit: Submit, tmp_path: Path) -> None:
    """A plain Spark newer than all that is tested: one line, and what to say."""
    ended = submit("jobs/one.py", SPARK_HOME=str(write_spark(tmp_path / "platform", "4.9.0")))
    assert ended.returncode == 64
    assert ended.stderr.splitlines() == [
        "no Delta is known for the Spark 4.9.0 of SPARK_HOME",
        "Hint: --packages io.delta:… names one",
    ]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], "no job file or folder is given"),
        (["--master"], "--master needs a value"),
        (["--interval", "2013-01", "jobs"], "--interval is no option of spark-submit"),
        (["nowhere.py"], "there is no job file or folder nowhere.py"),
        (["spark-submit.sh"], "spark-submit.sh is neither a folder nor a Python file"),
    ],
)
def test_a_wrong_command_line_is_told(submit: Submit, arguments: list[str], found: str) -> None:
    """One line says what was found, a second what to do, and nothing is started."""
    ended = submit(*arguments)
    assert (ended.returncode, ended.stdout) == (64, "")
    first, second = ended.stderr.splitlines()
    assert first == found
    assert second.startswith("Hint: ")
