"""What is installed from a lock, and what is missed in it."""

import pytest

from framework.environment.load import load_environment
from framework.errors import MisconfiguredError
from framework.project.load import load_project
from framework.release.lock import check_lock, parse_lock
from tests.support.calling import Caller

HASH = "--hash=sha256:" + "0" * 64
LOCK = f"""# comment
deltalake==1.6.6 \\
    {HASH} \\
    {HASH}
    # via sparkjob
obstore==0.12.1 {HASH}
PySpark==4.0.2 \\
    {HASH}
py4j==0.10.9.9 {HASH}
delta_spark==4.0.1 {HASH}
deprecated==1.3.1 ; python_full_version < '3.12' {HASH}
"""


def test_what_clusters_bring_is_left_out() -> None:
    """pyspark, py4j and delta-spark are not installed, however their names are spelled."""
    lock = parse_lock(LOCK, "requirements/cluster.txt")
    assert lock.names == {"deltalake", "obstore", "deprecated"}
    assert "spark" not in lock.text.lower()
    assert lock.text.count(HASH) == 4


def test_everything_has_a_version_and_a_hash() -> None:
    """Each line that is not locked is named with its place, all at once."""
    with pytest.raises(MisconfiguredError) as raised:
        parse_lock(f"a==1 {HASH}\n\nb==2\nc>=3 {HASH}\n-r other.txt\n", "r.txt")
    assert [str(fault.where) for fault in raised.value.faults] == ["r.txt:3", "r.txt:4", "r.txt:5"]


def test_what_the_jobs_need_is_locked(sparkjob: Caller) -> None:
    """A rule that Great Expectations evaluates, and a table in Redshift, need their packages."""
    sparkjob.project.write("configs/local.yml", REDSHIFT)
    total = (sparkjob.project.root / "jobs/total.py").read_text()
    rule = 'key="day", expectations=[expect.column_values_to_be_increasing("v")]'
    sparkjob.project.write(
        "jobs/total.py", total.replace('key="day"', rule).replace("job, main", "expect, job, main")
    )
    root = sparkjob.project.root  # read, not validated: Great Expectations need not be installed here
    environment = load_environment(root, "local", process={})
    with pytest.raises(MisconfiguredError) as raised:
        check_lock(parse_lock(LOCK, "r.txt"), load_project(root).project, environment)
    told = [fault.what for fault in raised.value.faults]
    assert [text.partition(":")[0] for text in told] == [
        "great-expectations is not locked",
        "redshift-connector is not locked",
    ]


REDSHIFT = """
    stores: {lake: {uri: .data}, raw: {uri: .data/raw}, stage: {uri: "s3://b/stage"}}
    connections:
      dwh: {type: redshift, host: h, database: d, user: u, password: "${secret:env:P}"}
    datasets:
      small.total: {format: redshift, connection: dwh, table: public.total}
"""
