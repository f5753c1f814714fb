"""Clients of AWS's services beside S3, by the same chain as everything else."""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.client import BaseClient

_ATTEMPTS = 5


def aws_client(
    service: str, *, access: Mapping[str, str] = MappingProxyType({}), region: str | None = None
) -> "BaseClient":
    """A client of boto3. `access`: a store's settings (`AWS_REGION`, keys); the chain has what they lack.

    boto3 knows `AWS_DEFAULT_REGION` alone; Spark, obstore and deltalake go by `AWS_REGION`.

    Raises botocore's errors; without any region `NoRegionError`.
    """
    from boto3.session import Session
    from botocore.config import Config

    # A session of its own: the one that boto3 shares is not for several threads.
    return Session().client(
        service,
        region_name=region or access.get("AWS_REGION") or os.environ.get("AWS_REGION"),
        aws_access_key_id=access.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=access.get("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=access.get("AWS_SESSION_TOKEN"),
        config=Config(retries={"mode": "standard", "total_max_attempts": _ATTEMPTS}),
    )
