"""How a session begins: by a password or by IAM, over TLS, and what is said when there is none."""

import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from redshift_connector.iam_helper import IamHelper

from framework.environment.connection import Connection
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.environment.redaction import redact
from framework.errors import MisconfiguredError, RetryError, SparkjobError
from framework.tables.redshift.connection import connect
from framework.tables.redshift.errors import StatementError
from tests.redshift.rig.faults import Fault
from tests.redshift.rig.postgres import Postgres
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import PASSWORD, connection_to
from tests.s3.serving import KEYS, S3

PASSING = "passing-password-of-the-tests-5c1d"
HOSTILE = "x\"; drop table y; --' \\ é\n"


def bound(connection: Connection) -> Binding:
    """A dataset of that database."""
    return Binding(
        dataset="small.t",
        format="redshift",
        location=Location(uri="redshift://dwh/public.t"),
        connection="dwh",
        database=connection,
    )


def refused(connection: Connection) -> SparkjobError:
    """Why no session could be had."""
    with pytest.raises(SparkjobError) as raised, connect(bound(connection)):
        pass
    shown = f"{raised.value!r} {raised.value} {raised.value.__cause__!r} {raised.value.faults}"
    assert PASSWORD not in shown
    return raised.value


def test_a_session_says_whose_queries_they_are(redshift: Redshift) -> None:
    """Job and run are the query group whatever their names are; the session is in UTC and has its timeout."""
    settings = replace(connection_to(redshift), statement_timeout=90.0)
    with connect(bound(settings), HOSTILE) as connection:
        assert connection.execute("SHOW timezone") == [("UTC",)]
        assert connection.execute("SELECT current_setting('rs.query_group')") == [
            (HOSTILE.replace("\n", "_"),)
        ]
        assert connection.execute("SELECT current_setting('statement_timeout')") == [("90s",)]
        assert connection.execute("SELECT %s, 'a % b', %s", (1, "y%s")) == [(1, "a % b", "y%s")]
    assert redshift.run("SELECT count(*) FROM pg_stat_activity WHERE usename = 'nobody'").rows == [["0"]]


def test_a_password_is_in_no_log(redshift: Redshift, caplog: pytest.LogCaptureFixture) -> None:
    """Also with everything logged at DEBUG, and when the session cannot be had."""
    caplog.set_level(logging.DEBUG)
    with connect(bound(connection_to(redshift)), "logged") as connection:
        connection.execute("SELECT 'very private'")
    refused(replace(connection_to(redshift), port=_nobody()))
    assert PASSWORD not in caplog.text
    assert "very private" not in caplog.text
    assert PASSWORD not in repr(bound(connection_to(redshift)))


def test_an_unknown_host_is_a_misconfiguration(redshift: Redshift) -> None:
    """64, with the host and where it is said."""
    error = refused(replace(connection_to(redshift), host="nowhere.invalid"))
    assert isinstance(error, MisconfiguredError)
    assert "nowhere.invalid" in str(error)
    assert "host" in (error.faults[0].hint or "")


def test_nobody_listens(redshift: Redshift) -> None:
    """75: a cluster that is paused comes back."""
    error = refused(replace(connection_to(redshift), port=_nobody()))
    assert isinstance(error, RetryError)
    assert "nobody listens there" in str(error)
    assert "security group" in (error.faults[0].hint or "")


@pytest.mark.parametrize(
    ("state", "kind", "said"),
    [
        ("28000", MisconfiguredError, "does not accept the user or the password"),
        ("28P01", MisconfiguredError, "does not accept the user or the password"),
        ("3D000", MisconfiguredError, "the database or the schema is not there"),
        ("53300", RetryError, "busy or restarting"),
    ],
)
def test_the_server_refuses(state: str, kind: type[SparkjobError], said: str) -> None:
    """What the server answers to a session that begins has an outcome and a reason."""
    with _refusing(state) as port:
        settings = Connection(
            name="dwh",
            host="127.0.0.1",
            port=port,
            database="d",
            user="u",
            tls=False,
            password=connection_to_secret(),
        )
        error = refused(settings)
    assert type(error) is kind
    assert said in str(error)


def test_a_server_without_tls_is_refused(redshift: Redshift) -> None:
    """TLS is not given up because the other side has none."""
    error = refused(replace(connection_to(redshift), tls=True))
    assert isinstance(error, MisconfiguredError)
    assert "no TLS" in str(error)


def test_a_certificate_of_nobody_is_refused(postgres: Postgres, s3: S3, tmp_path: Path) -> None:
    """Neither a certificate that no known authority has signed, nor one of another host."""
    with Redshift(postgres.socket, s3=s3, tls=_certified("localhost", tmp_path)) as rig:
        error = refused(replace(connection_to(rig), host="localhost", tls=True))
    assert isinstance(error, MisconfiguredError)
    assert "certificate is not accepted" in str(error)


def test_a_certificate_of_another_host_is_refused(
    postgres: Postgres, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver alone would only warn."""
    context = _certified("elsewhere.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with Redshift(postgres.socket, s3=s3, tls=context) as rig:
        error = refused(replace(connection_to(rig), host="localhost", tls=True))
    assert isinstance(error, MisconfiguredError)
    assert "certificate is not accepted" in str(error)


WAYS = {
    "user": {"user": "etl", "cluster": "c1"},
    "identity": {"cluster": "c1"},
    "serverless": {"workgroup": "reports"},
}


@pytest.mark.parametrize("way", WAYS)
def test_iam_gives_the_password(
    postgres: Postgres, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """For a cluster and for a workgroup, over TLS; a passing password is redacted like any other."""
    context = _certified("localhost", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with _aws(monkeypatch) as calls, Redshift(postgres.socket, s3=s3, tls=context) as rig:
        settings = Connection(
            name="dwh",
            host="localhost",
            port=rig.port,
            database="postgres",
            region="eu-west-1",
            **WAYS[way],
        )
        with connect(bound(settings)) as connection:
            assert connection.execute("SELECT 1") == [(1,)]
    expected = {
        "user": "GetClusterCredentials",
        "identity": "GetClusterCredentialsWithIAM",
        "serverless": "GetCredentials",
    }
    assert calls[-1] == expected[way]  # before it the driver asks whether the host is a domain of one's own
    assert redact(f"password={PASSING}") == "password=***"


def test_iam_gives_no_password(redshift: Redshift, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that is not there, or is not for this role: 64, without a word of AWS's own."""
    with _aws(monkeypatch):
        for cluster, said in (("gone", "there is no such cluster"), ("closed", "may not ask for")):
            settings = Connection(
                name="dwh",
                host="localhost",
                port=redshift.port,
                database="postgres",
                region="eu-west-1",
                user="etl",
                cluster=cluster,
            )
            error = refused(settings)
            assert isinstance(error, MisconfiguredError)
            assert said in str(error)
            assert "account 123" not in str(error)


def test_a_statement_that_takes_too_long_is_ended(redshift: Redshift) -> None:
    """The server ends it, and says so by SQLSTATE."""
    settings = replace(connection_to(redshift), statement_timeout=0.2)
    with (
        pytest.raises(StatementError) as raised,
        connect(bound(settings)) as connection,
    ):
        connection.execute("SELECT pg_sleep(30)")
    assert raised.value.state == "57014"


def test_a_lost_connection_is_no_refusal(redshift: Redshift) -> None:
    """Whether the statement was carried out is unknown, and said to be."""
    from framework.tables.redshift.errors import ConnectionLostError

    for how in ("fin", "rst"):
        fault = Fault(match="^select 42", do="drop", how=how)
        with (
            redshift.faults.during(fault),
            connect(bound(connection_to(redshift))) as connection,
            pytest.raises(ConnectionLostError),
        ):
            connection.execute("SELECT 42")


def connection_to_secret():
    """The password of the tests."""
    from framework.environment.secrets import Secret

    return Secret("${secret:env:DWH_PASSWORD}", lambda: PASSWORD)


def _nobody() -> int:
    """A port at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _refusing(state: str) -> Iterator[int]:
    """A server that answers every session's beginning with an error."""
    from tests.redshift.rig.wire import error_body, message

    def answer() -> None:
        client, _ = server.accept()
        with client:
            client.recv(4096)
            client.sendall(message(b"E", error_body(state, "refused by the test", "")))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join(10)


def _certified(host: str, folder: Path) -> ssl.SSLContext:
    """A certificate for `host` that has signed itself; who trusts `authority.pem` trusts it."""
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "authority.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *private))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "authority.pem", folder / "key.pem")
    return context


@contextmanager
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """An AWS that gives passwords for clusters and workgroups; the names of the calls that came."""
    calls: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            target = self.headers.get("X-Amz-Target")
            if target is not None:
                calls.append(target.partition(".")[2])
                said = {"dbUser": "IAM:etl", "dbPassword": PASSING, "expiration": time.time() + 900}
                self._answer(200, json.dumps(said))
                return
            asked = dict(parse_qsl(body))
            calls.append(asked["Action"])
            code = {"c1": None, "gone": "ClusterNotFound", "closed": "AccessDenied"}.get(
                asked.get("ClusterIdentifier", ""), "CustomDomainAssociationNotFoundFault"
            )
            if code is not None:
                error = f"<Error><Code>{code}</Code><Message>account 123</Message></Error>"
                self._answer(403, f"<ErrorResponse>{error}</ErrorResponse>")
                return
            result = (
                f"<DbUser>IAM:etl</DbUser><DbPassword>{PASSING}</DbPassword>"
                "<Expiration>2999-01-01T00:00:00Z</Expiration>"
            )
            name = asked["Action"]
            self._answer(200, f"<{name}Response><{name}Result>{result}</{name}Result></{name}Response>")

        def _answer(self, status: int, content: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """Nothing to log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}.items():
            monkeypatch.setenv(name, value)
        IamHelper.credentials_cache.clear()
        try:
            yield calls
        finally:
            server.shutdown()
