"""The exported makefile, run by make: in which order, with which words, and what is tried again."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from framework.errors import MisconfiguredError
from framework.manifest.deployment import Deployment
from framework.manifest.model import LambdaEntry, Manifest
from tests.unit.manifest.conftest import Sample
from tests.unit.manifest.sample import HOSTILE, make_hostile
from tests.unit.manifest.test_renderers import ON_HOST, render

_SECONDS = 60


@dataclass(frozen=True)
class Shop:
    """The sample's makefile in a folder, where `submit` and `score` write down how they are called."""

    folder: Path
    file: str

    @property
    def calls(self) -> list[list[str]]:
        """The words of each call, the program first."""
        lines = (self.folder / "log").read_text().splitlines()
        return [line.split("\0")[:-1] for line in lines]

    @property
    def started(self) -> list[str]:
        """The job of each call."""
        return [
            call[call.index("--job") + 1] if "--job" in call else Path(call[0]).name for call in self.calls
        ]

    def start(self, *words: str, variables: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """Start make, in a process group of its own, as a terminal does."""
        return subprocess.Popen(
            ["make", "-f", self.file, *words],
            cwd=self.folder,
            env={"PATH": f"{self.folder}:/usr/bin:/bin", **(variables or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def make(self, *words: str, variables: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run make; its exit code, and what it says on stderr."""
        with self.start(*words, variables=variables) as process:
            _, said = process.communicate(timeout=_SECONDS)
        return process.returncode, said


Open = Callable[..., Shop]


@pytest.fixture
def shop(tmp_path: Path, sample: Sample) -> Open:
    """`shop(ends)`: `ends` is what the jobs do then, as lines of a shell."""

    def make(ends: str = "", found: tuple[Manifest, Deployment] | None = None) -> Shop:
        submit = tmp_path / "submit"
        log = f"printf '%s\\0' \"$0\" \"$@\" >>'{tmp_path}/log'; printf '\\n' >>'{tmp_path}/log'"
        submit.write_text(f"#!/bin/sh\n{log}\n{ends}")
        submit.chmod(0o755)
        (tmp_path / "score").symlink_to(submit)
        given = {**ON_HOST, "submit": str(submit), "root": str(tmp_path)}
        ((file, text),) = render("make", given, found or sample("local")).items()
        (tmp_path / file).write_text(text)
        return Shop(tmp_path, file)

    return make


def test_a_makefile_runs_the_graph(sample: Sample, shop: Open) -> None:
    """`make` starts each job after what it reads, with its very words; a failure stops nothing else."""
    opened = shop('case "$*" in *total*) exit 65 ;; esac\n', make_hostile(*sample("local")))
    code, said = opened.make("-k", "nightly.schedule", "weekly.schedule")
    assert code == 2
    assert "total] Error 65" in said
    assert opened.started == ["land_orders", "score", "report", "total"]
    for job, call in zip(opened.started, opened.calls, strict=True):
        if job == "score":
            assert call[1:] == [HOSTILE, "nightly@now"]
            continue
        asked = f"{'weekly' if job == 'total' else 'nightly'}@now"
        words = ["--job", job, "--env", "local", "--interval", asked]
        assert call[1:] == ["--conf", f"spark.x={HOSTILE}", f"{opened.folder}/jobs/{HOSTILE}.py", *words]


@pytest.mark.parametrize(
    ("end", "tries"),
    [
        *(("exit 64", 1), ("exit 65", 1), ("exit 70", 1)),
        *(("exit 75", 3), ("exit 1", 3), ("exit 130", 3), ("kill -KILL $$", 3), ("kill -TERM $$", 3)),
    ],
)
def test_what_would_end_the_same_is_not_tried_again(end: str, tries: int, shop: Open) -> None:
    """64, 65 and 70 are final under every launcher; a killed JVM and what is not ours may pass next time."""
    opened = shop(f"{end}\n")
    code, _ = opened.make("RETRIES=2", "PAUSE=0", "land_orders")
    assert (code, opened.started) == (2, ["land_orders"] * tries)


def test_a_job_that_takes_too_long_is_tried_again(sample: Sample, shop: Open) -> None:
    """It is told to stop, and may be in time at the next try."""
    manifest, deployment = sample("local")
    hasty = {name: replace(each, timeout=1) for name, each in deployment.jobs.items()}
    ends = "[ -e late ] || { : >late; exec sleep 60; }\n"
    opened = shop(ends, (manifest, replace(deployment, jobs=hasty)))
    code, said = opened.make("PAUSE=0", "land_orders")
    assert (code, opened.started) == (0, ["land_orders"] * 2)
    assert "shop: land_orders ended with 124, try 1 of 3 in 0 s" in said


def test_an_external_job_is_tried_again_however_it_ends(shop: Open) -> None:
    """Nobody knows what 65 means there."""
    opened = shop('case "$0" in *score) exit 65 ;; esac\n')
    opened.make("RETRIES=1", "PAUSE=0", "score")
    assert opened.started == ["land_orders", "score", "score"]


@pytest.mark.parametrize("variables", [{}, {"JOBS": "4", "FINAL": "75", "ROOT": "/", "COMMAND": "false"}])
def test_the_environment_changes_no_order(variables: dict[str, str], shop: Open) -> None:
    """A job runs after all that it reads, whatever a shell happens to have in variables of common names."""
    opened = shop()
    assert opened.make("report", variables=variables) == (0, "")
    assert opened.started == ["land_orders", "score", "report"]
    assert opened.make("all.jobs", variables=variables) == (0, "")
    assert opened.started[3:] == ["land_orders", "score", "report", "total"]
    assert opened.make("weekly.schedule", variables=variables) == (0, "")
    assert opened.started[7:] == ["total"]


_HANGS = """
trap 'printf "%s\\0\\n" told >>log; exit 75' TERM
echo >started
while :; do sleep 1 & wait $!; done
"""


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
@pytest.mark.parametrize("whom", ["make", "its group"])
def test_make_is_told_to_stop(shell: str, whom: str, shop: Open) -> None:
    """SIGTERM, and Ctrl-C at a terminal, end the job and make: nothing is tried again, nothing is left."""
    opened = shop(_HANGS)
    os.mkfifo(opened.folder / "started")
    with opened.start("PAUSE=0", f"SHELL={shell}", "land_orders") as process:
        (opened.folder / "started").read_text()
        if whom == "make":
            process.terminate()
        else:
            os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=_SECONDS)
    assert process.returncode != 0
    assert opened.started == ["land_orders", "told"]


def test_make_is_told_to_stop_between_two_tries(shop: Open) -> None:
    """The pause is over then."""
    opened = shop("exit 75\n")
    with opened.start("PAUSE=600", "land_orders") as process:
        assert process.stderr is not None
        assert "try 1 of 3 in 600 s" in process.stderr.readline()
        process.terminate()
        process.communicate(timeout=_SECONDS)
    assert process.returncode != 0
    assert opened.started == ["land_orders"]


def test_only_what_is_scheduled_has_to_be_started(sample: Sample) -> None:
    """An external job that make cannot start is left out, and said; in an exported schedule it is refused."""
    manifest, deployment = sample("local")
    called = manifest.jobs["score"].model_copy(update={"start": LambdaEntry(function="score", payload={})})
    manifest = manifest.model_copy(update={"jobs": {**manifest.jobs, "score": called}})
    with pytest.raises(MisconfiguredError, match="score is a Lambda function, which make cannot start"):
        render("make", ON_HOST, (manifest, deployment))
    weekly = replace(deployment, schedules={"weekly": deployment.schedules["weekly"]})
    (text,) = render("make", ON_HOST, (manifest, weekly)).values()
    assert "# score is not here: it is a Lambda function, which make cannot start.\n" in text
    assert "\nall.jobs: land_orders report total\n" in text
    assert "\nscore:" not in text


def test_a_makefile_runs_one_job_for_an_interval(sample: Sample, tmp_path: Path) -> None:
    """What a person asks for reaches the job as one word, whatever it is."""
    manifest, deployment = sample("local")
    ((name, text),) = render("make", {**ON_HOST, "submit": "printf '%s|' "}, (manifest, deployment)).items()
    (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["make", "-s", "-f", name, "land_orders"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "INTERVAL": "a'; touch b \"c"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("--interval|a'; touch b \"c|")
    assert not (tmp_path / "b").exists()
