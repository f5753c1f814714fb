"""The jobs on the page about write modes, as a project of their own."""

from pathlib import Path

from framework.project.load import load_project
from framework.project.validate import validate_project
from tests.unit.docs.blocks import ROOT, blocks_of


def test_the_jobs_of_the_page_are_sound(tmp_path: Path) -> None:
    """Whoever copies one has no fault to mend, and each mode has one."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "jobs").mkdir()
    blocks = [b for b in blocks_of(ROOT / "docs" / "modes.md") if b.language == "python"]
    for number, block in enumerate(blocks):
        (tmp_path / "jobs" / f"job_{number}.py").write_text(block.text, encoding="utf-8")
    loaded = load_project(tmp_path)
    faults = validate_project(loaded.project, sources=["source.calls", "source.changes"])
    assert [str(fault) for fault in (*loaded.faults, *faults)] == []
    outputs = [output for job in loaded.project.jobs.values() for output in job.outputs.values()]
    assert {output.mode for output in outputs} == {"append", "merge", "scd2"}
