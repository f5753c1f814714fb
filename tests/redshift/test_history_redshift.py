"""The ledger tells every generation that an interval had."""

from framework.tables.history import history_of
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, D2, D3, fingerprint, rows_of


def test_generations_are_told_newest_first(redshift: Redshift, s3: S3) -> None:
    """With their rows, runs and fingerprints; of an interval without one, nothing."""
    world = redshift_world(redshift, s3).prepare()
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    world.run({D1: rows_of(D1, "c", "d")}, code="v2")
    reader = history_of(world.binding)
    assert reader is not None
    assert reader.intervals(world.binding) == (D1, D2)
    history = reader.history(world.binding, (D1, D2, D3))
    assert history is not None
    told = {i: [(each.number, each.rows) for each in found] for i, found in history.generations.items()}
    assert told == {D1: [(2, 2), (1, 1)], D2: [(1, 1)]}
    newest = history.find(D1, 2)
    assert newest is not None
    assert (newest.run_id, newest.parts) == ("run", fingerprint("v2"))
    assert newest.published is not None
