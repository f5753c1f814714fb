"""Where secrets come from: environment variables and AWS Secrets Manager."""

import json
from collections.abc import Mapping

from framework.environment.aws import aws_client
from framework.environment.secrets import Secret
from framework.errors import MisconfiguredError, RetryError, Where

_REFUSED = {
    "ResourceNotFoundException": "there is no such secret",
    "AccessDeniedException": "this user or role may not read it",
    "UnrecognizedClientException": "the credentials are not accepted",
    "ExpiredTokenException": "the credentials have expired",
    "InvalidSignatureException": "the credentials are not accepted",
    "DecryptionFailure": "its key may not be used",
    "InvalidRequestException": "it is being deleted or has no value",
}


def parse_reference(reference: str) -> tuple[str, str, str | None]:
    """`${secret:env:NAME}` → ("env", NAME, None); `${secret:aws-sm:name#key}` → ("aws-sm", name, key).

    Raises `ValueError` with what is wrong.
    """
    source, _, rest = reference.removeprefix("${secret:").removesuffix("}").partition(":")
    name, _, key = rest.partition("#")
    if source == "env" and name.isidentifier() and not key:
        return source, name, None
    if source == "aws-sm" and name:
        return source, name, key or None
    raise ValueError(f"{reference} is neither ${{secret:env:NAME}} nor ${{secret:aws-sm:name#key}}")


def build_secret(reference: str, *, process: Mapping[str, str], where: Where | None) -> Secret:
    """The secret that `reference` names; nothing is fetched before it is revealed.

    Raises `ValueError` for what is no reference.
    """
    source, name, key = parse_reference(reference)
    if source == "env":
        return Secret(reference, lambda: _from_process(name, process, where))
    return Secret(reference, lambda: _from_aws(name, key, where))


def _from_process(name: str, process: Mapping[str, str], where: Where | None) -> str:
    value = process.get(name)
    if not value:
        raise MisconfiguredError(
            f"the environment variable {name}, which holds a secret, is not set",
            where=where,
            hint=f"set {name} for this process",
        )
    return value


def _from_aws(name: str, key: str | None, where: Where | None) -> str:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    shown = f'the secret "{name}" of AWS Secrets Manager'
    try:
        text = aws_client("secretsmanager").get_secret_value(SecretId=name).get("SecretString")
    except ClientError as error:
        reason = _REFUSED.get(error.response["Error"]["Code"])
        if reason is None:
            raise RetryError(f"{shown} could not be fetched", where=where) from None
        raise MisconfiguredError(f"{shown} cannot be had: {reason}", where=where) from None
    except (NoCredentialsError, NoRegionError) as error:
        missing = "credentials" if isinstance(error, NoCredentialsError) else "region"
        raise MisconfiguredError(
            f"{shown} cannot be had: no AWS {missing}",
            where=where,
            hint="set AWS_REGION, and AWS_PROFILE or keys, or run with a role",
        ) from None
    except BotoCoreError as error:
        raise RetryError(f"{shown} could not be fetched ({type(error).__name__})", where=where) from None
    if key is None and text:
        return str(text)
    return _field(text, key, shown, where)


def _field(text: object, key: str | None, shown: str, where: Where | None) -> str:
    # The parser's message would hold a part of the secret.
    try:
        value = json.loads(str(text))[key]
    except (ValueError, KeyError, TypeError):
        value = None
    if not isinstance(value, str | int | float) or value == "":
        wanted = "is empty" if key is None else f'has no key "{key}"'
        raise MisconfiguredError(f"{shown} {wanted}", where=where, hint="it must be a JSON object of texts")
    return str(value)
