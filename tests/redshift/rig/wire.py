"""PostgreSQL's wire protocol, version 3, as far as it is needed (PostgreSQL docs, «Message Formats»)."""

import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

PROTOCOL = 196608
CYCLE = "Serializable isolation violation on table - 100001, transactions forming the cycle are: 1, 2 (pid:1)"
"""The detail with which Redshift says that two transactions are in conflict (its error 1023)."""


class Refusal(Exception):  # noqa: N818 - what a server answers
    """An error for the client. `where`: what it tells of the load, for SYS_LOAD_ERROR_DETAIL."""

    def __init__(self, state: str, text: str, detail: str = "", **where: str | int) -> None:
        super().__init__(state, text, detail)
        self.state, self.text, self.detail, self.where = state, text, detail, where


@dataclass(frozen=True)
class Answer:
    """Of one simple query: rows as text, and (name, type's oid, modifier) of each column."""

    rows: list[list[str | None]] = field(default_factory=list)
    columns: list[tuple[str, int, int]] = field(default_factory=list)


def message(kind: bytes, body: bytes = b"") -> bytes:
    """One message."""
    return kind + struct.pack("!I", len(body) + 4) + body


def error_body(state: str, text: str, detail: str = "", severity: str = "ERROR") -> bytes:
    """The fields of an ErrorResponse or a NoticeResponse."""
    fields = ((b"S", severity), (b"C", state), (b"M", text), (b"D", detail))
    return b"".join(key + value.encode() + b"\0" for key, value in fields if value) + b"\0"


def error_fields(body: bytes) -> Mapping[str, str]:
    """Those fields read back."""
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


class Wire:
    """One end of a connection."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self._file = connected.makefile("rb")

    def exactly(self, count: int) -> bytes:
        """The next bytes. Raises `ConnectionError` at the end."""
        data = self._file.read(count)
        if len(data) < count:
            raise ConnectionError("closed")
        return data

    def read(self) -> tuple[bytes, bytes]:
        """The next message."""
        head = self.exactly(5)
        (length,) = struct.unpack("!I", head[1:])
        return head[:1], self.exactly(length - 4)

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self.socket.close()


class Upstream(Wire):
    """One PostgreSQL session; `status` is I (idle), T (in a transaction) or E (in a failed one)."""

    def __init__(self, path: str, parameters: Mapping[str, str]) -> None:
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(path)
        super().__init__(connected)
        pairs = b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in parameters.items())
        body = struct.pack("!I", PROTOCOL) + pairs + b"\0"
        connected.sendall(struct.pack("!I", len(body) + 4) + body)
        self.status = ""
        self.pid = 0
        self.greeting = list(self.replies())

    def replies(self) -> Iterator[tuple[bytes, bytes]]:
        """Messages until the server is ready again, errors in Redshift's words."""
        kind = b""
        while kind != b"Z":
            kind, body = self.read()
            if kind == b"Z":
                self.status = body.decode()
            elif kind == b"K":
                (self.pid,) = struct.unpack("!I", body[:4])
            elif kind == b"E":
                body = _as_redshift(body)
            yield kind, body
            if kind == b"E" and not self.status:
                return  # refused at the start

    def query(self, sql: str, data: bytes = b"") -> Answer:
        """One simple query; `data` feeds a COPY FROM STDIN. Raises `Refusal`."""
        self.socket.sendall(message(b"Q", sql.encode() + b"\0"))
        answer, refusal = Answer(), None
        for kind, body in self.replies():
            if kind == b"G":
                for at in range(0, len(data), 1 << 16):
                    self.socket.sendall(message(b"d", data[at : at + (1 << 16)]))
                self.socket.sendall(message(b"c"))
            elif kind == b"T":
                answer.columns[:] = _columns(body)
            elif kind == b"D":
                answer.rows.append(_row(body))
            elif kind == b"E":
                said = error_fields(body)
                refusal = Refusal(said["C"], said["M"], said.get("D", ""))
        if refusal is not None:
            raise refusal
        return answer


def _as_redshift(body: bytes) -> bytes:
    said = error_fields(body)
    if said["C"] == "40001":
        return error_body("XX000", "1023", CYCLE)
    if "cannot affect row a second time" in said["M"]:
        return error_body("XX000", "Found multiple matches to update the same tuple.")
    return body


def _columns(body: bytes) -> Iterator[tuple[str, int, int]]:
    at = 2
    for _ in range(*struct.unpack("!H", body[:2])):
        end = body.index(b"\0", at)
        oid, modifier = struct.unpack("!xxxxxxIxxixx", body[end + 1 : end + 19])
        yield body[at:end].decode(), oid, modifier
        at = end + 19


def _row(body: bytes) -> list[str | None]:
    row: list[str | None] = []
    at = 2
    for _ in range(*struct.unpack("!H", body[:2])):
        (length,) = struct.unpack("!i", body[at : at + 4])
        row.append(None if length < 0 else body[at + 4 : at + 4 + length].decode())
        at += 4 + max(length, 0)
    return row
