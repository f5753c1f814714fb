"""Where the files are that a job names beside its own."""

from pathlib import Path

from framework.contract.types import Job


def file_of(root: Path, job: Job, name: str) -> Path:
    """The path of `name` (of `sql_job(file=…)` or `uses`), which stands beside the declaring file."""
    return (root / job.where.file).parent / name


def named_files(job: Job) -> tuple[str, ...]:
    """What the job names: its SQL file, then `uses`."""
    return (*(() if job.sql_file is None else (job.sql_file,)), *job.uses)
