"""A process that publishes one interval, to be killed on its way.

python -m tests.redshift.victim PORT SCHEMA S3-ENDPOINT BUCKET
"""

import sys
from types import SimpleNamespace

from tests.redshift.worlds import redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, rows_of

NAMES = ("new1", "new2", "new3")


def main() -> None:
    """Stage and publish."""
    port, schema, endpoint, bucket = sys.argv[1:]
    s3 = S3(endpoint=endpoint)
    world = redshift_world(
        SimpleNamespace(port=int(port)),  # type: ignore[arg-type]  # all that a client knows
        s3,
        schema=schema,
        passage=s3.bucket(bucket),
    ).prepare()
    world.run({D1: rows_of(D1, *NAMES)}, code="v2")


if __name__ == "__main__":
    main()
