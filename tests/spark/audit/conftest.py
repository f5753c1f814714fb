"""Staged directories as `stage` writes them, made from any frame."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pyspark.sql import DataFrame

from framework import WHOLE, Interval, Output
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.generation import Fingerprint
from framework.plan.steps import Target
from framework.stage.staged import OUTSIDE, Staged, StagedFile

Stage = Callable[..., Staged]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """`stage(output, frame, targets)`; with several targets the frame has a column `sparkjob_interval`."""

    def build(output: Output, frame: DataFrame, targets: Sequence[Interval] = (WHOLE,)) -> Staged:
        directory = "data/s1"
        writer = frame.write.mode("errorifexists")
        if "sparkjob_interval" in frame.columns:
            writer = writer.partitionBy("sparkjob_interval")
        writer.parquet(f"{tmp_path}/{directory}")
        return staged(output, tmp_path, directory, targets)

    return build


def staged(output: Output, root: Path, directory: str, targets: Sequence[Interval]) -> Staged:
    """The files that are below `root/directory`."""
    by_label = {f"sparkjob_interval=v{interval.label}": interval for interval in targets}
    files = []
    for path in sorted((root / directory).rglob("*.parquet")):
        name = path.parent.name
        outside = name == f"sparkjob_interval={OUTSIDE}"
        interval = None if outside else by_label.get(name, targets[0])
        relative = path.relative_to(root).as_posix()
        files.append(StagedFile(path=relative, size=path.stat().st_size, interval=interval, partition={}))
    binding = Binding(dataset=output.dataset, format="delta", location=Location(uri=str(root)))
    fingerprint = Fingerprint(code="", contract="", checks="", parameters="", inputs="")
    return Staged(
        output=output,
        binding=binding,
        targets=tuple(
            Target(output=output, binding=binding, interval=i, expected=None, fingerprint=fingerprint)
            for i in targets
        ),
        run_id="r",
        stage_id="s1",
        directory=directory,
        files=tuple(files),
    )
