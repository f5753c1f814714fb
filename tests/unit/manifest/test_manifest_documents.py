"""The manifest says everything of a project's contracts, in the same bytes every time."""

import json
from pathlib import Path
from textwrap import dedent

import jsonschema
import pytest

from framework.errors import MisconfiguredError
from framework.manifest.build import build_manifest
from framework.manifest.model import Manifest
from framework.manifest.render import render_documents, render_manifest, render_schema
from framework.manifest.store import load_manifest, write_manifest
from framework.project.load import load_project
from tests.support.golden import compare

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "framework" / "manifest" / "schema" / "manifest-1.json"
GOLDEN = Path(__file__).parent / "golden" / "manifest.json"

JOBS = {
    "land_orders.py": '''
        """Orders from the shop."""
        from framework import Input, Output, expect, job

        @job(
            inputs={"files": Input("source.orders", schema="id BIGINT, day DATE")},
            outputs={
                "orders": Output("orders.raw", schema="id BIGINT, day DATE, note STRING COMMENT 'as typed'",
                                 key="id", time="day"),
                "refused": Output("orders.refused", schema="id BIGINT, day DATE", time="day"),
            },
            interval="day", start="2024-01-01", timezone="Europe/Zurich", batch=7,
            secrets={"token": "shop_api"}, owner="shop", tags=["nightly", "b"],
        )
        def land_orders(files, *, token, limit: int = 10, rate: float = 0.5, prefix: str | None = None):
            return {"orders": files, "refused": files}
        ''',
    "sums.py": '''
        """Sums."""
        from framework import Input, Output, expect, sql_job

        sums = sql_job(
            "sums", file="sums.sql", inputs={"orders": Input("orders.raw", window="all", columns=["id"])},
            outputs=Output("orders.sums", schema="n DECIMAL(38,0) NOT NULL",
                           expectations=[expect.column_values_to_be_between("n", 0, 1.5, mostly=0.9,
                                                                            severity="warning")]),
            parameters={"least": 3}, description="How many.",
        )
        ''',
    "sums.sql": "SELECT count(*) AS n FROM orders WHERE :least < 4",
}


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """The manifest of a small project, somewhere on the disk."""
    return _manifest_below(tmp_path / "project")


def _manifest_below(root: Path) -> Manifest:
    (root / "jobs").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    for name, text in JOBS.items():
        (root / "jobs" / name).write_text(dedent(text), encoding="utf-8")
    loaded = load_project(root)
    assert not loaded.faults
    return build_manifest(loaded.project)


def test_manifest_is_what_it_was(manifest: Manifest) -> None:
    """A change of the format, or of what it says of a job, is seen in a review: write the file anew."""
    compare(GOLDEN, render_manifest(manifest))


def test_equal_projects_give_equal_bytes(manifest: Manifest, tmp_path: Path) -> None:
    """Where the project is on the disk, and when, is not in the manifest."""
    assert render_documents(_manifest_below(tmp_path / "elsewhere")) == render_documents(manifest)


def test_schema_is_the_models() -> None:
    """The JSON Schema in the repository is generated from the models that read and write."""
    assert SCHEMA.read_text(encoding="utf-8") == render_schema()


def test_flights_fulfil_the_schema() -> None:
    """The schema describes the whole manifest, every job's document and the index of the real jobs."""
    manifest = build_manifest(load_project(ROOT).project)
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for text in (render_manifest(manifest), *render_documents(manifest).values()):
        validator.validate(json.loads(text))
        assert str(ROOT) not in text


def test_written_manifest_is_read_back(manifest: Manifest, tmp_path: Path) -> None:
    """What is written is what is loaded, and jobs that are gone leave no document behind."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "gone.json").write_text("{}")

    write_manifest(manifest, tmp_path)
    write_manifest(manifest, tmp_path)

    assert load_manifest(tmp_path) == manifest
    assert sorted(p.name for p in (tmp_path / "jobs").iterdir()) == ["land_orders.json", "sums.json"]


def test_broken_files_are_named(manifest: Manifest, tmp_path: Path) -> None:
    """Everything that is wrong in a manifest's folder is said at once, with the file and the field."""
    write_manifest(manifest, tmp_path)
    (tmp_path / "jobs" / "sums.json").unlink()
    document = json.loads((tmp_path / "jobs" / "land_orders.json").read_text())
    (tmp_path / "jobs" / "land_orders.json").write_text(json.dumps({**document, "version": 2, "new": 1}))

    with pytest.raises(MisconfiguredError) as raised:
        load_manifest(tmp_path)

    assert [fault.what.split(" @ ")[-1] for fault in raised.value.faults] == [
        "$.version",
        "$.new",
        "no such file of the manifest",
    ]


def test_secrets_have_names_and_no_values(manifest: Manifest) -> None:
    """A job's secrets are named, so that rights can be given; there is no place for a value."""
    assert manifest.jobs["land_orders"].secrets == {"token": "shop_api"}
