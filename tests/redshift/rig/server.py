"""The stand-in as a whole: a port of 127.0.0.1, the PostgreSQL behind it, the S3 that it loads from."""

import socketserver
import ssl
import threading
import time
from typing import Any, Literal, Self

from tests.redshift.rig.dialect import CATALOG
from tests.redshift.rig.faults import Faults
from tests.redshift.rig.session import Session
from tests.redshift.rig.wire import Answer, Refusal, Upstream
from tests.s3.serving import S3

Isolation = Literal["repeatable read", "serializable"]
_PATIENCE = 20


class Server(socketserver.ThreadingTCPServer):
    """Knows its rig."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    rig: "Redshift"


class Redshift:
    """`with Redshift(postgres.socket, s3=s3) as redshift`: connect to 127.0.0.1, `redshift.port`.

    `isolation`: what transactions have. Nearest to the snapshot isolation that new clusters have is
    repeatable read. `round_trip`: seconds that the way to a cluster and back takes.
    """

    def __init__(
        self,
        socket: str,
        *,
        s3: S3,
        isolation: Isolation = "repeatable read",
        tls: ssl.SSLContext | None = None,
        round_trip: float = 0.0,
    ) -> None:
        self.socket, self.tls, self.faults, self.round_trip = socket, tls, Faults(), round_trip
        level = isolation.replace(" ", r"\ ")
        self.login = {"user": "postgres", "options": f"-c default_transaction_isolation={level}"}
        self._s3 = s3
        self._local = threading.local()
        self._server = Server(("127.0.0.1", 0), Session)
        self._server.rig = self
        self.port: int = self._server.server_address[1]
        self.run(CATALOG)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def s3(self) -> Any:
        """A client of boto3 for this thread."""
        if not hasattr(self._local, "s3"):
            self._local.s3 = self._s3.client
        return self._local.s3

    def run(self, sql: str) -> Answer:
        """SQL of PostgreSQL in a session of its own, beside the proxy: for looking and for foreign hands."""
        up = Upstream(self.socket, {"user": "postgres", "database": "postgres"})
        try:
            return up.query(sql)
        finally:
            up.close()

    def note_load_error(self, refusal: Refusal, pid: int, query: int) -> None:
        """Keep why a COPY failed, outside its transaction, which is about to fail."""
        said = refusal.where
        texts = [str(said.get(key, "")) for key in ("file", "column", "reason")]
        file, column, reason = ("'{}'".format(t.replace("\\", "\\\\").replace("'", "''")) for t in texts)
        self.run(
            "INSERT INTO stl_load_errors "
            "(session, query, filename, line_number, colname, err_code, err_reason) VALUES "
            f"({pid}, {query}, {file}, {said.get('line', 0)}, {column}, {said.get('code', 0)}, {reason})"
        )

    def wait_until_somebody_waits(self) -> None:
        """Until a session waits for a lock that another one has, or nobody did for a long time."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if self.run("SELECT count(*) FROM pg_locks WHERE NOT granted").rows != [["0"]]:
                return
            time.sleep(0.02)
