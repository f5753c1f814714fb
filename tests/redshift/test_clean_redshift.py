"""What passes into Redshift is removed from S3 when nobody can need it any more."""

from datetime import UTC, datetime, timedelta

import pytest

from framework.environment.objects import list_objects
from framework.publish.clean import look, remove
from framework.publish.protocol import StageLostError
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, D2, rows_of


def test_old_stages_go_and_published_rows_stay(redshift: Redshift, s3: S3) -> None:
    """Published or not, a stage goes by its age; one that was never published cannot be any more."""
    world = redshift_world(redshift, s3).prepare()
    world.run({D1: rows_of(D1, "a")})
    never = world.stage({D2: rows_of(D2, "b")})
    assert look(world.binding, datetime.now(UTC) - timedelta(days=1)).objects == ()
    later = datetime.now(UTC) + timedelta(days=1)
    remove(world.binding, look(world.binding, later), later)
    assert not any(each.path.endswith(".parquet") for each in list_objects(world.binding.stage))
    with pytest.raises(StageLostError):
        world.publish(never)
    assert world.rows() == rows_of(D1, "a")
    assert world.published()[D1].is_intact
