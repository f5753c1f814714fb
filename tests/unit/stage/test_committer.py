"""What `_SUCCESS` must say before a stage counts as written."""

import pytest

from framework.environment.location import Location
from framework.environment.objects import put_object
from framework.errors import FailedError
from framework.stage.committer import require_committed

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
