"""AWS's services as `submit` uses them: its errors as ours, states that are followed, logs on S3."""

import gzip
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from framework.environment.location import Location
from framework.environment.objects import read_object
from framework.errors import MisconfiguredError, RetryError, SparkjobError
from framework.release.submission import Tell

_AWAY = ("Throttling", "TooManyRequests", "RequestLimit", "Internal", "ServiceUnavailable", "ServerException")
_SHORTEST, _LONGEST = 1.0, 15.0
_PATIENCE = 40
"""How many looks in a row may fail: ten minutes."""


@contextmanager
def service_errors(what: str) -> Iterator[None]:
    """Give botocore's errors as ours: refused is 64, away is 75."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        NoRegionError,
        ParamValidationError,
    )

    try:
        yield
    except ClientError as error:
        code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if any(code.startswith(each) for each in _AWAY):
            raise RetryError(f"{what}: {code}") from None
        raise MisconfiguredError(f"{what}: {code}: {text}") from None
    except (NoCredentialsError, NoRegionError) as error:
        missing = "credentials" if isinstance(error, NoCredentialsError) else "region"
        hint = "Set AWS_REGION, and AWS_PROFILE or keys, or run with a role; cluster: {region: …} in configs/"
        raise MisconfiguredError(f"{what}: no AWS {missing}", hint=hint) from None
    except ParamValidationError as error:
        raise MisconfiguredError(f"{what}: {error}") from None
    except BotoCoreError as error:
        raise RetryError(f"{what}: {type(error).__name__}") from None


def follow(look: Callable[[], str], ends: frozenset[str], name: str, tell: Tell) -> str:
    """Ask for the state until it is one of `ends`, and tell each change; the last state.

    The pauses grow from one second to fifteen. A look that fails is made again, for ten minutes.

    Raises `RetryError` when nobody answers any more.
    """
    pause, seen, failed = _SHORTEST, "", 0
    while True:
        try:
            state, failed = look(), 0
        except RetryError:
            failed += 1
            if failed > _PATIENCE:
                raise
            state = seen
        if state != seen:
            tell(f"{name} {state}")
        if state in ends:
            return state
        seen = state
        try:
            time.sleep(pause)
        except KeyboardInterrupt:
            tell(f"{name} goes on; sparkjob status will tell its end")
            raise
        pause = min(pause * 1.5, _LONGEST)


def told(look: Callable[[], str]) -> str:
    """What a look at a run that has ended tells, or why it tells nothing: how it ended is known without."""
    try:
        return look()
    except SparkjobError as error:
        return str(error)


def read_log(uri: str) -> str:
    """A log that a service has put on S3; where it will be, when it is not there yet or cannot be read."""
    scheme, _, rest = uri.partition("://")
    folder, _, name = rest.rpartition("/")
    content = None
    if scheme in ("s3", "s3a", "s3n"):
        try:
            content = read_object(Location(uri=f"s3://{folder}"), name)
        except SparkjobError:
            content = None  # the job has ended as it has
    if content is None:
        return f"its log will be at {uri}"
    try:
        return gzip.decompress(content).decode(errors="replace") if uri.endswith(".gz") else content.decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return f"its log is at {uri}"
