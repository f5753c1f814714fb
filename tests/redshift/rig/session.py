"""One client's session, passed on to one of PostgreSQL, with Redshift's differences."""

import io
import re
import socket
import socketserver
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.redshift.rig.copy import copy
from tests.redshift.rig.dialect import LOCAL, plain, rewrite
from tests.redshift.rig.faults import Fault
from tests.redshift.rig.literals import TABLE
from tests.redshift.rig.unload import unload
from tests.redshift.rig.wire import Refusal, Upstream, Wire, error_body, message

if TYPE_CHECKING:
    from tests.redshift.rig.server import Server

_SSL, _GSS, _CANCEL = 80877103, 80877104, 80877102
_PIECE = 1 << 20
_Batch = list[tuple[bytes, bytes]]


class Hangup(Exception):  # noqa: N818 - no error of ours
    """The client's connection ends now, orderly (fin) or by a reset (rst)."""


class Session(socketserver.BaseRequestHandler):
    """Reads what the client sends up to a Sync, or one simple query, carries it out and answers."""

    server: "Server"

    def handle(self) -> None:
        """The whole life of the connection."""
        self.rig = self.server.rig
        self.statements: dict[str, str] = {}
        self.portals: dict[str, str] = {}
        self.up: Upstream | None = None
        self.client = Wire(self.request)
        try:
            if self._greet():
                self._serve()
        except OSError:
            pass  # either end is gone
        except Hangup as hangup:
            self._hang_up(hangup.args[0])
        finally:
            for wire in (self.up, self.client):
                if wire is not None:
                    wire.close()

    def _serve(self) -> None:
        batch: _Batch = []
        while True:
            kind, body = self.client.read()
            if kind == b"X":
                return
            if kind == b"Q":
                self.statements[""] = body[:-1].decode()
                self._step([(b"Q", body)], "")
            elif kind == b"S":
                self._step(batch, self._named(batch))
                batch = []
            elif kind != b"H":
                batch.append((kind, body))

    def _named(self, batch: _Batch) -> str | None:
        """The name of the prepared statement that a batch is about; statements and portals noted."""
        found: str | None = None
        for kind, body in batch:
            first, _, rest = body.partition(b"\0")
            name: str | None = None
            if kind == b"P":
                name = first.decode()
                self.statements[name] = rest.split(b"\0")[0].decode()
            elif kind == b"B":
                name = rest.split(b"\0")[0].decode()
                self.portals[first.decode()] = name
            elif kind == b"E":
                name = self.portals[first.decode()]
            elif kind == b"D":
                name = body[1:-1].decode() if body[:1] == b"S" else self.portals[body[1:-1].decode()]
            found = name if found is None else found
        return found

    def _greet(self) -> bool:
        """Open the session; whether it is one, and not a request to cancel another's statement."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            (length,) = struct.unpack("!I", self.client.exactly(4))
            body = self.client.exactly(length - 4)
            (code,) = struct.unpack("!I", body[:4])
            if code == _SSL:
                self.request.sendall(b"S" if self.rig.tls else b"N")
                if self.rig.tls:
                    self.request = self.rig.tls.wrap_socket(self.request, server_side=True)
                    self.client = Wire(self.request)
            elif code == _CANCEL:
                self._cancel(body)
                return False
            elif code != _GSS:
                break
        parts = body[4:].rstrip(b"\0").decode().split("\0")
        asked = dict(zip(parts[::2], parts[1::2], strict=False))
        self.up = Upstream(self.rig.socket, self.rig.login | {"database": asked.get("database", "postgres")})
        for kind, said in self.up.greeting:
            # The version by which the driver knows Redshift.
            is_version = said.startswith(b"server_version\0")
            self.client.socket.sendall(message(kind, b"server_version\x008.0.2\0" if is_version else said))
        return True

    def _cancel(self, body: bytes) -> None:
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(self.rig.socket)
            server.sendall(struct.pack("!I", len(body) + 4) + body)

    def _step(self, batch: _Batch, name: str | None) -> None:
        assert self.up is not None
        time.sleep(self.rig.round_trip)
        sql = plain(self.statements.get(name, "")) if name is not None else ""
        runs = any(kind in b"QE" for kind, _ in batch)
        fault = self.rig.faults.due(sql) if runs else None
        if fault is not None:
            self._before(fault)
        out = io.BytesIO()
        try:
            if fault is not None and fault.do == "error":
                self._refuse(fault, sql)
            if LOCAL.match(sql):
                self._carry_out(batch, sql, out, runs=runs)
            else:
                self._pass_on(batch, out, quiet=fault is not None and fault.do in ("lose_reply", "linger"))
        except Refusal as refusal:
            if self.up.status == "T":  # the transaction fails for PostgreSQL, too
                with suppress(Refusal):
                    self.up.query("DO $$ BEGIN RAISE 'refused by the stand-in'; END $$")
            out.write(message(b"E", error_body(refusal.state, refusal.text, refusal.detail)))
        if fault is not None and fault.then is not None:
            fault.then()
        if fault is not None and fault.do in ("lose_reply", "linger"):
            raise Hangup(fault.how)
        self.client.socket.sendall(out.getvalue() + message(b"Z", self.up.status.encode()))

    def _before(self, fault: Fault) -> None:
        """What a fault does before the statement is carried out."""
        time.sleep(fault.seconds)
        if fault.do == "drop":
            if fault.then is not None:
                fault.then()
            raise Hangup(fault.how)
        if fault.do == "linger":
            self._hang_up(fault.how)
            self.client.socket.close()
            self.rig.wait_until_somebody_waits()

    def _refuse(self, fault: Fault, sql: str) -> None:
        assert self.up is not None
        if re.match(r"(?i)(commit|end)\b", sql):
            self.up.query("ROLLBACK")
        refusal = Refusal(fault.state, fault.text, fault.detail, **fault.load)
        if fault.load:
            self.rig.note_load_error(refusal, self.up.pid, self._begin_copy())
        raise refusal

    def _pass_on(self, batch: _Batch, out: io.BytesIO, *, quiet: bool) -> None:
        assert self.up is not None
        simple = bool(batch) and batch[0][0] == b"Q"
        sent = b"".join(message(kind, _rewritten(kind, body)) for kind, body in batch)
        self.up.socket.sendall(sent if simple else sent + message(b"S"))
        for kind, body in self.up.replies():
            if not quiet and kind != b"Z":
                out.write(message(kind, body))
            if out.tell() > _PIECE:
                self.client.socket.sendall(out.getvalue())
                out.seek(0)
                out.truncate()

    def _carry_out(self, batch: _Batch, sql: str, out: io.BytesIO, *, runs: bool) -> None:
        """A statement of Redshift's own, inside the client's session and so in its transaction."""
        assert self.up is not None
        if re.search(r"\$1\b", sql):  # such statements take no bound values
            raise Refusal("42601", 'syntax error at or near "$1"')
        for kind, body in batch:
            out.writelines(message(each, b"\0\0" if each == b"t" else b"") for each in _replies(kind, body))
        if not runs:
            return
        if self.up.status == "E":
            text = "current transaction is aborted, commands ignored until end of transaction block"
            raise Refusal("25P02", text)
        word = sql.split(maxsplit=1)[0].upper()
        if word == "COPY":
            note = f"Load into table completed, {self._copy(sql)} record(s) loaded successfully."
            out.write(message(b"N", error_body("00000", note, severity="INFO")))
        else:
            _OWN[word](self.up, self.rig.s3, sql)
        # Without a count, as the driver expects it of a server that calls itself 8.0.2.
        out.write(message(b"C", word.encode() + b"\0"))

    def _copy(self, sql: str) -> int:
        assert self.up is not None
        query = self._begin_copy()
        try:
            return copy(self.up, self.rig.s3(), sql)
        except Refusal as refusal:
            self.rig.note_load_error(refusal, self.up.pid, query)
            raise

    def _begin_copy(self) -> int:
        """The number of a COPY that begins to load."""
        assert self.up is not None
        next_number = "SELECT set_config('rs.copy_id', nextval('rs.queries')::text, false)"
        ((number,),) = self.up.query(next_number).rows
        return int(str(number))

    def _hang_up(self, how: str) -> None:
        with suppress(OSError):
            if how == "rst":
                self.client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                self.client.socket.shutdown(socket.SHUT_RDWR)


def _rewritten(kind: bytes, body: bytes) -> bytes:
    if kind == b"Q":
        return rewrite(plain(body[:-1].decode())).encode() + b"\0"
    if kind == b"P":
        name, text, rest = body.split(b"\0", 2)
        return name + b"\0" + rewrite(plain(text.decode())).encode() + b"\0" + rest
    return body


def _replies(kind: bytes, body: bytes) -> list[bytes]:
    """What PostgreSQL would answer to a message of the extended protocol about a statement without rows."""
    described = [b"t", b"n"] if body[:1] == b"S" else [b"n"]
    return {b"P": [b"1"], b"B": [b"2"], b"C": [b"3"], b"D": described}.get(kind, [])


def _unload(up: Upstream, s3: Callable[[], Any], sql: str) -> None:
    unload(up, s3(), sql)


def _truncate(up: Upstream, _: Callable[[], Any], sql: str) -> None:
    """It commits the transaction that it is in."""
    up.query(sql)
    if up.status == "T":
        up.query("COMMIT")


def _append(up: Upstream, _: Callable[[], Any], sql: str) -> None:
    if up.status == "T":
        raise Refusal("25001", "ALTER TABLE APPEND cannot run inside a transaction block")
    said = re.match(rf"(?is)alter\s+table\s+({TABLE})\s+append\s+from\s+({TABLE})", sql)
    assert said is not None
    up.query(f"INSERT INTO {said[1]} SELECT * FROM {said[2]}; DELETE FROM {said[2]}")


def _remove_duplicates(up: Upstream, _: Callable[[], Any], sql: str) -> None:
    target = rf"(?is)merge\s+into\s+({TABLE})\s+using\s+({TABLE})\s+(?:(?:as\s+)?(\w+)\s+)?"
    said = re.match(rf"{target}on\s+(.*?)\s+remove\s+duplicates$", sql)
    assert said is not None
    into, source, alias, condition = said.groups()
    up.query(f"DELETE FROM {into} USING {source} {alias or ''} WHERE {condition}")
    up.query(f"INSERT INTO {into} SELECT DISTINCT * FROM {source}")


_OWN = {"UNLOAD": _unload, "TRUNCATE": _truncate, "ALTER": _append, "MERGE": _remove_duplicates}
"""Redshift's own statements but COPY, by their first word."""
