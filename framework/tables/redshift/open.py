"""Opens a session by redshift_connector, and says why none could be had. No password leaves this module."""

import logging
import socket
import ssl
import struct
from typing import TYPE_CHECKING, TypedDict

from framework.environment.connection import Connection
from framework.environment.redaction import remember
from framework.errors import MisconfiguredError, RetryError, SparkjobError
from framework.tables.redshift.errors import StatementError, explain
from framework.version import __version__

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError
    from redshift_connector.core import Connection as Driver

_PATIENCE = 30
"""Seconds for each answer while the session is opened; afterwards a statement may take as long as it does."""

_NOT_OURS = {
    "AccessDenied": "this user or role may not ask for a passing password",
    "AccessDeniedException": "this user or role may not ask for a passing password",
    "ClusterNotFound": "there is no such cluster in this region",
    "ClusterNotFoundFault": "there is no such cluster in this region",
    "ResourceNotFoundException": "there is no such workgroup in this region",
    "ExpiredToken": "the credentials of this process have expired",
    "ExpiredTokenException": "the credentials of this process have expired",
    "InvalidClientTokenId": "the credentials of this process are not accepted",
    "UnrecognizedClientException": "the credentials of this process are not accepted",
}


class _Ways(TypedDict, total=False):
    """What the driver wants to know, by its own names."""

    host: str
    port: int
    user: str
    password: str
    iam: bool
    cluster_identifier: str
    is_serverless: bool
    serverless_work_group: str
    region: str
    db_user: str
    group_federation: bool


def open_driver(settings: Connection) -> "Driver":
    """A session of the driver, which nobody has told yet when to commit.

    Raises `MisconfiguredError` for a host that nobody knows, a certificate that does not fit, a user, a
    password or an identity that is not accepted; `RetryError` when the cluster does not answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        import redshift_connector
        from redshift_connector.error import Error
    except ModuleNotFoundError as missing:
        raise MisconfiguredError(
            f"format: redshift needs a driver ({missing.name} is not installed)",
            where=settings.where,
            hint='pip install "sparkjob[redshift]"',
        ) from None

    # At DEBUG the driver writes statements and rows, and what it begins a session with.
    logging.getLogger("redshift_connector").setLevel(logging.WARNING)
    ways = _ways(settings)
    try:
        opened = redshift_connector.connect(
            **ways,
            database=settings.database,
            ssl=settings.tls,
            # Said, because the driver only warns of another name in the certificate by default.
            sslmode="verify-full",
            timeout=_PATIENCE,
            tcp_keepalive=True,
            tcp_keepalive_idle=60,
            tcp_keepalive_interval=30,
            tcp_keepalive_count=5,
            application_name=f"sparkjob {__version__}",
        )
    except (ClientError, BotoCoreError) as error:
        raise _not_given(error, settings) from None
    except (Error, OSError, struct.error) as error:
        raise _not_opened(error, settings) from None
    if isinstance(opened.password, bytes):
        remember(opened.password.decode())
    # The driver's timeout is of each read, and would end a long COPY; keep-alives see a dead cluster.
    opened._usock.settimeout(None)  # noqa: SLF001 - nothing public sets it after the start
    return opened


def statement_error(error: Exception) -> StatementError | None:
    """The server's answer: SQLSTATE «C», message «M», detail «D»; None when it gave none."""
    said = error.args[0] if error.args else None
    if not isinstance(said, dict):
        return None
    return StatementError(str(said.get("C", "")), str(said.get("M", "")), str(said.get("D", "")))


def _ways(settings: Connection) -> _Ways:
    at: _Ways = {} if settings.host is None else {"host": settings.host, "port": settings.port}
    if settings.password is not None:
        return {**at, "user": settings.user or "", "password": settings.password.reveal()}
    at = {**at, "iam": True, "region": settings.region or ""}
    if settings.workgroup is not None:
        return {**at, "is_serverless": True, "serverless_work_group": settings.workgroup}
    at = {**at, "cluster_identifier": settings.cluster or ""}
    if settings.user is None:
        return {**at, "group_federation": True}  # the user is the one of this process's identity
    return {**at, "db_user": settings.user}


def _not_given(error: "ClientError | BotoCoreError", settings: Connection) -> SparkjobError:
    """Why AWS gave no password. Its own text may name accounts and request ids: it is not passed on."""
    from botocore.exceptions import ClientError, NoCredentialsError

    target = settings.cluster or settings.workgroup
    if isinstance(error, ClientError):
        reason = _NOT_OURS.get(error.response.get("Error", {}).get("Code", ""))
    else:
        reason = "no AWS credentials were found" if isinstance(error, NoCredentialsError) else None
    if reason is None:
        return RetryError(
            f"AWS did not give a password for {target} ({type(error).__name__})", where=settings.where
        )
    return MisconfiguredError(
        f"AWS gives no password for {target}: {reason}",
        where=settings.where,
        hint="`sparkjob grants NAME` prints the rights that a job needs.",
    )


def _not_opened(error: Exception, settings: Connection) -> SparkjobError:
    refused = statement_error(error)
    place = f"{settings.host}:{settings.port}" if settings.host else settings.cluster or settings.workgroup
    place = f"Redshift at {place}"
    if refused is not None:
        return explain(refused, doing=f"connecting to {place}", where=f"connections.{settings.name}")
    cause = next((each for each in (*error.args, error) if isinstance(each, OSError)), error)
    match cause:
        case socket.gaierror(errno=number) if number != socket.EAI_AGAIN:
            what, hint = "there is no such host", "Correct host of the connection in configs/."
        case ssl.SSLCertVerificationError():
            what = f"its certificate is not accepted ({cause.verify_message})"
            hint = "Say the host as the certificate has it; SSL_CERT_FILE names an authority of your own."
        case _ if "refuses SSL" in str(error):
            what = "the server has no TLS"
            hint = "A Redshift cluster has it: check host and port of the connection in configs/."
        case ConnectionRefusedError():
            return _away(place, "nobody listens there", settings)
        case TimeoutError():
            return _away(place, f"no answer within {_PATIENCE} seconds", settings)
        case _:
            return _away(place, f"the connection broke off ({type(cause).__name__})", settings)
    return MisconfiguredError(f"{place}: {what}", where=settings.where, hint=hint)


def _away(place: str, what: str, settings: Connection) -> RetryError:
    return RetryError(
        f"{place}: {what}",
        where=settings.where,
        hint="Is the cluster paused or restarting? Do its security group and its VPC let this machine in?",
    )
