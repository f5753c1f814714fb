"""Two versions of the contracts: what is compatible, what breaks, and whom."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from framework.cli.manifest import diff
from framework.manifest.change import Change
from framework.manifest.compare import compare_deployments, compare_manifests
from framework.manifest.model import JobDocument, Manifest
from framework.manifest.store import write_deployment, write_manifest
from framework.manifest.widening import is_widened
from tests.unit.manifest.conftest import Sample

Edit = Callable[[dict[str, Any]], None]


def changed(manifest: Manifest, job: str, edit: Edit) -> Manifest:
    """The manifest with one job's document edited."""
    document = manifest.jobs[job].model_dump(mode="json")
    edit(document)
    jobs = {**manifest.jobs, job: JobDocument.model_validate(document)}
    return manifest.model_copy(update={"jobs": jobs})


def column(name: str, **values: Any) -> Edit:
    """Change a column of the job's output."""

    def edit(document: dict[str, Any]) -> None:
        (found,) = [each for each in document["outputs"][0]["columns"] if each["name"] == name]
        found.update(values)

    return edit


def output(**values: Any) -> Edit:
    """Change the job's output."""
    return lambda document: document["outputs"][0].update(values)


def interval(**values: Any) -> Edit:
    """Change the job's interval."""
    return lambda document: document["interval"].update(values)


def removed_column(name: str) -> Edit:
    """Take a column away."""

    def edit(document: dict[str, Any]) -> None:
        found = document["outputs"][0]
        found["columns"] = [each for each in found["columns"] if each["name"] != name]

    return edit


BROKEN: dict[str, tuple[Edit, str, tuple[str, ...]]] = {
    "a column that one reader names": (removed_column("id"), "orders.raw.id", ("report", "score")),
    "a column that all but one read": (removed_column("v"), "orders.raw.v", ("score",)),
    "a type made narrower": (column("id", type="int"), "orders.raw.id", ("report", "score")),
    "a value that may be missing": (column("id", nullable=True), "orders.raw.id", ("report", "score")),
    "another key": (output(key=["id", "day"]), "orders.raw", ("report", "score")),
    "another time": (output(time=None), "orders.raw", ("report", "score")),
    "another mode": (output(mode="append"), "orders.raw", ("report", "score")),
    "another grain": (interval(grain="hour"), "orders.raw", ("report", "score")),
    "days of another zone": (interval(timezone="Asia/Tokyo"), "orders.raw", ("report", "score")),
    "a later start": (interval(start="2025-01-01"), "orders.raw", ("report", "score")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_breaks_names_whom(sample: Sample, case: str) -> None:
    """One breaking change, about the column or the dataset, with the jobs that really read it."""
    edit, subject, readers = BROKEN[case]
    old, _ = sample("local")
    changes = compare_manifests(old, changed(old, "land_orders", edit))
    (found,) = [change for change in changes if change.level == "breaking"]
    assert (found.subject, found.readers) == (subject, readers)


FINE: dict[str, Edit] = {
    "a wider type": column("v", type="bigint"),
    "never missing": column("v", nullable=False),
    "an earlier start": interval(start="2020-01-01"),
    "another owner": lambda document: document.update(owner="else", tags=[], description="", code_digest="0"),
    "a column more": lambda document: document["outputs"][0]["columns"].append(
        {"name": "w", "type": "int", "nullable": True, "masked": False, "description": None}
    ),
    "a larger batch": interval(batch=31),
}


@pytest.mark.parametrize("case", FINE)
def test_what_is_compatible(sample: Sample, case: str) -> None:
    """Nobody has to do anything, and nothing stops a release."""
    old, _ = sample("local")
    changes = compare_manifests(old, changed(old, "land_orders", FINE[case]))
    assert {change.level for change in changes} <= {"compatible"}


def test_checks(sample: Sample) -> None:
    """A check that goes, or that only warns, was a promise; one more is none that anybody relied on."""
    rule = {
        "type": "column_values_to_be_between",
        "arguments": {"column": "v", "min_value": 0},
        "severity": "critical",
        "mostly": 1.0,
        "on_fail": "reject",
        "scope": "staged",
    }
    none, _ = sample("local")
    one = changed(none, "land_orders", output(expectations=[rule]))
    warns = changed(none, "land_orders", output(expectations=[{**rule, "severity": "warning"}]))
    fewer = changed(none, "land_orders", output(expectations=[{**rule, "mostly": 0.9}]))

    def found(old: Manifest, new: Manifest) -> list[tuple[str, str]]:
        return [(change.level, change.kind) for change in compare_manifests(old, new)]

    assert found(none, one) == [("compatible", "check added")]
    assert found(one, none) == [("breaking", "check removed")]
    assert found(one, warns) == found(one, fewer) == [("breaking", "severity")]
    assert found(warns, none) == [("compatible", "check removed")]


def test_jobs_come_and_go(sample: Sample) -> None:
    """A dataset that is made no more breaks its readers; one that another job makes does not."""
    old, _ = sample("local")
    without = old.model_copy(update={"jobs": {n: j for n, j in old.jobs.items() if n != "land_orders"}})
    assert compare_manifests(old, without)[0] == Change(
        level="breaking",
        kind="output removed",
        subject="orders.raw",
        what="made no more",
        readers=("report", "score"),
    )
    moved = old.jobs["land_orders"].model_copy(update={"name": "renamed"})
    renamed = without.model_copy(update={"jobs": {**without.jobs, "renamed": moved}})
    assert {change.level for change in compare_manifests(old, renamed)} == {"deploy"}
    assert [c.level for c in compare_manifests(without, old)] == ["deploy", "compatible"]


def test_a_new_input_is_to_deploy(sample: Sample) -> None:
    """It breaks no reader, but the job waits for one more, and needs the right to read it."""
    old, _ = sample("local")
    entry = old.jobs["report"].inputs[0].model_dump(mode="json")
    new = changed(old, "total", lambda document: document["inputs"].append({**entry, "name": "more"}))
    (found,) = compare_manifests(old, new)
    assert (found.level, found.subject) == ("deploy", "total")


def test_places_and_schedules(sample: Sample) -> None:
    """A dataset that is elsewhere breaks whoever reads it there; schedules are made anew."""
    _, old = sample("prod")
    _, new = sample("local")
    changes = compare_deployments(old, new)
    assert {change.kind for change in changes} == {"output moved"}
    assert len(changes) == len(old.bindings)
    _, other = sample("prod", triggered=True)
    assert [c.what for c in compare_deployments(old, other)] == ["added", "removed"]


@pytest.mark.parametrize(
    ("old", "new", "holds"),
    [
        ("int", "bigint", True),
        ("bigint", "int", False),
        ("float", "double", True),
        ("int", "double", False),
        ("int", "decimal(12,2)", True),
        ("int", "decimal(11,2)", False),
        ("decimal(10,2)", "decimal(12,3)", True),
        ("decimal(10,2)", "decimal(10,3)", False),
        ("date", "timestamp", False),
        ("array<int>", "array<bigint>", True),
        ("map<string,int>", "map<string,tinyint>", False),
        ("struct<a:int>", "struct<b:string,a:bigint>", True),
        ("struct<a:int,b:string>", "struct<a:int>", False),
    ],
)
def test_widening(old: str, new: str, holds: bool) -> None:
    """A type is wider when every value of the old one is one of the new."""
    assert is_widened(old, new) is holds


def test_the_command_gates(sample: Sample, tmp_path: Path) -> None:
    """0 for the same, 65 when something breaks, with the readers in text and in JSON; 64 for what is none."""
    manifest, deployment = sample("local")
    for name, version in {"a": manifest, "b": changed(manifest, "land_orders", removed_column("v"))}.items():
        write_manifest(version, tmp_path / name)
        write_deployment(deployment, tmp_path / name)

    def call(*arguments: str) -> tuple[int, str]:
        found = CliRunner().invoke(diff, [*arguments], standalone_mode=False)
        return (0 if found.return_value is None else found.return_value), found.output

    assert call(f"{tmp_path}/a", f"{tmp_path}/a") == (0, "no change that anybody may notice\n")
    code, text = call(f"{tmp_path}/a", f"{tmp_path}/b")
    assert code == 65
    assert "orders.raw.v   removed   → score" in text
    code, text = call(f"{tmp_path}/a", f"{tmp_path}/b", "--json")
    assert (code, json.loads(text)["changes"][0]["readers"]) == (65, ["score"])
    shutil.rmtree(tmp_path / "b" / "deployments")
    assert call(f"{tmp_path}/a", f"{tmp_path}/b")[0] == 65
