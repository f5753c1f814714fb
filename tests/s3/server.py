"""An S3 server on this machine: moto's, made atomic. Prints its port once it listens.

    python -m tests.s3.server

moto compares `If-None-Match` and `If-Match` and then writes without a lock, so that two conditional
puts at once may both win. Here every change of an object happens under one lock.
"""

import sys
import threading
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from moto.s3.models import FakeKey, S3Backend
from moto.s3.responses import S3Response
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.s3.faulty import Faulty
from tests.s3.policed import Policed

CHANGES = {
    S3Response: ("put_object", "copy_object", "delete_object"),
    S3Backend: ("put_object", "copy_object", "complete_multipart_upload", "delete_object", "delete_objects"),
}
"""Methods of moto that compare with what is there, or change it."""


def let_objects_be_old() -> None:
    """An object whose metadata says `modified` (ISO 8601, UTC, no zone) is of that moment."""
    plain = FakeKey.set_metadata

    def set_metadata(key: FakeKey, metadata: Any, replace: bool = False) -> None:
        plain(key, metadata, replace)
        if moment := key.metadata.get("x-amz-meta-modified"):
            key.last_modified = datetime.fromisoformat(moment)

    FakeKey.set_metadata = set_metadata  # type: ignore[method-assign]


def make_atomic() -> None:
    """Let one change happen after the other."""
    lock = threading.RLock()

    def locked(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*arguments: Any, **options: Any) -> Any:
            with lock:
                return method(*arguments, **options)

        return call

    for owner, names in CHANGES.items():
        for name in names:
            setattr(owner, name, locked(getattr(owner, name)))


class _Quiet(WSGIRequestHandler):
    # Clients keep their connections, as S3 lets them.
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


def main() -> None:
    """Serve until killed."""
    make_atomic()
    let_objects_be_old()
    server = make_server(
        "127.0.0.1",
        0,
        Policed(Faulty(DomainDispatcherApplication(create_backend_app))),
        threaded=True,
        request_handler=_Quiet,
    )
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
