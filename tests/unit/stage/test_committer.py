"""Which committer is taken on S3, and what `_SUCCESS` must say before a stage counts as written."""

import pytest

from framework.environment.location import Location
from framework.environment.objects import put_object
from framework.errors import FailedError, MisconfiguredError
from framework.stage.committer import committer_of, require_committed

# What hadoop-aws 3.4.1 writes, cut.
MAGIC = (
    b'{"name": "org.apache.hadoop.fs.s3a.commit.files.SuccessData/1", "success": true, "committer": "magic"}'
)


@pytest.mark.parametrize(
    ("committer", "content"),
    [("magic", MAGIC), (None, b""), (None, MAGIC)],
    ids=["ours", "a disk's", "a platform's"],
)
def test_a_committed_stage_passes(
    request: pytest.FixtureRequest, committer: str | None, content: bytes
) -> None:
    """Our choice is named there; of a committer that we did not choose only the file is wanted."""
    place = Location(uri=f"memory://{request.node.name}")
    put_object(place, "data/run/_SUCCESS", content)
    require_committed(place, "data/run", committer)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "did not commit"),
        (b"", "by a committer without a name, not by magic"),
        (b"[1]", "by a committer without a name, not by magic"),
        (MAGIC.replace(b"magic", b"directory"), "by directory, not by magic"),
    ],
)
def test_another_committer_than_the_chosen_one_is_a_failure(
    request: pytest.FixtureRequest, content: bytes | None, told: str
) -> None:
    """Settings that were passed over in silence are found by what was written."""
    place = Location(uri=f"memory://{request.node.name}")
    if content is not None:
        put_object(place, "data/run/_SUCCESS", content)
    with pytest.raises(FailedError, match=told):
        require_committed(place, "data/run", "magic")


PROTOCOL = "spark.sql.sources.commitProtocolClass"
PARQUET = "spark.sql.parquet.output.committer.class"
SPARKS_OWN = {
    PROTOCOL: "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol",
    PARQUET: "org.apache.parquet.hadoop.ParquetOutputCommitter",
}
EMR = {
    PROTOCOL: "org.apache.spark.sql.execution.datasources.SQLEmrOptimizedCommitProtocol",
    PARQUET: "com.amazon.emr.committer.EmrOptimizedSparkSqlParquetOutputCommitter",
}
DIRECT = {PARQUET: "com.example.DirectParquetOutputCommitter"}
S3 = Location(uri="s3://lake/prod")


@pytest.mark.parametrize(
    ("configured", "has_magic", "taken"),
    [
        ({}, True, "magic"),
        (EMR, True, "magic"),
        (DIRECT, True, "magic"),
        (EMR, False, None),
        ({PARQUET: EMR[PARQUET]}, False, None),
    ],
    ids=["Spark's own", "EMR with both", "another, set aside", "EMR", "EMR before 6.15"],
)
def test_the_magic_committer_is_taken_where_there_is_one(
    configured: dict[str, str], has_magic: bool, taken: str | None
) -> None:
    """What it wrote says so afterwards. Without it a platform's is kept whose name is known."""
    assert committer_of({**SPARKS_OWN, **configured}, S3, has_magic=has_magic) == taken


@pytest.mark.parametrize(
    ("configured", "told"),
    [
        (DIRECT, f"{PARQUET} is {DIRECT[PARQUET]}, and nobody knows"),
        ({**EMR, **DIRECT}, f"{PARQUET} is {DIRECT[PARQUET]}, and nobody knows"),
        ({PROTOCOL: "com.example.Protocol"}, f"{PROTOCOL} is com.example.Protocol, and nobody knows"),
        ({}, "this Spark has no committer"),
    ],
)
def test_a_committer_that_nobody_knows_is_refused(configured: dict[str, str], told: str) -> None:
    """A direct one in the defaults of a cluster would double rows under speculation."""
    with pytest.raises(MisconfiguredError, match=told) as caught:
        committer_of({**SPARKS_OWN, **configured}, S3, has_magic=False)
    assert all(fault.hint for fault in caught.value.faults)
