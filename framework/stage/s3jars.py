"""What a pip-installed Spark needs for `s3a://`: a small set of jars, resolved once together with Delta's."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from framework.errors import MisconfiguredError
from framework.stage.jars import IVY, delta_package, installed, is_pip_spark


@dataclass(frozen=True, kw_only=True)
class _Set:
    """Maven coordinates, what not to fetch with them, and the SDK's whole chain of credentials.

    `{spark}` is Spark's version. The bundles of the AWS SDK, 500 MB of services that nobody calls
    here, are left out; so are the connectors of other clouds.
    """

    packages: tuple[str, ...]
    excludes: tuple[str, ...]
    credentials: str


_OTHER_CLOUDS = (
    "com.google.cloud.bigdataoss:gcs-connector",
    "org.apache.hadoop:hadoop-azure",
    "org.apache.hadoop:hadoop-huaweicloud",
    "org.apache.hadoop:hadoop-cloud-storage",
    "org.apache.hadoop:hadoop-client-runtime",
    "org.apache.hadoop:hadoop-openstack",
    "org.eclipse.jetty:jetty-util",
    "org.eclipse.jetty:jetty-util-ajax",
    "com.squareup.okhttp3:okhttp",
    "com.squareup.okio:okio",
    "joda-time:joda-time",
    "com.fasterxml.jackson.core:jackson-databind",
    "com.fasterxml.jackson.core:jackson-annotations",
    "com.fasterxml.jackson.dataformat:jackson-dataformat-cbor",
)

# hadoop-aws is of the very version of the Hadoop that this Spark brings (pyspark/jars/hadoop-client-api).
_SETS: Mapping[str, _Set] = {
    "3.5": _Set(
        packages=(
            "org.apache.hadoop:hadoop-aws:3.3.4",
            "com.amazonaws:aws-java-sdk-s3:1.12.262",
            "com.amazonaws:aws-java-sdk-sts:1.12.262",
            "com.amazonaws:aws-java-sdk-dynamodb:1.12.262",
            # None was published for 3.5.9.
            "org.apache.spark:spark-hadoop-cloud_2.12:3.5.8",
        ),
        excludes=("com.amazonaws:aws-java-sdk-bundle", *_OTHER_CLOUDS),
        credentials="com.amazonaws.auth.DefaultAWSCredentialsProviderChain",
    ),
    "4.0": _Set(
        packages=(
            "org.apache.hadoop:hadoop-aws:3.4.1",
            # hadoop-aws' own pin, 2.24.6, has no transfer manager.
            "software.amazon.awssdk:s3:2.25.53",
            "software.amazon.awssdk:s3-transfer-manager:2.25.53",
            # For web identity, and profiles of the single sign-on.
            "software.amazon.awssdk:sts:2.25.53",
            "software.amazon.awssdk:sso:2.25.53",
            "software.amazon.awssdk:ssooidc:2.25.53",
            "org.apache.spark:spark-hadoop-cloud_2.13:{spark}",
        ),
        excludes=("software.amazon.awssdk:bundle", *_OTHER_CLOUDS),
        credentials="software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider",
    ),
    "4.2": _Set(
        packages=(
            "org.apache.hadoop:hadoop-aws:3.5.0",
            # hadoop-aws' own pin, 2.35.4, has no ssooidc.
            "software.amazon.awssdk:s3:2.35.5",
            "software.amazon.awssdk:s3-transfer-manager:2.35.5",
            "software.amazon.awssdk:sts:2.35.5",
            "software.amazon.awssdk:sso:2.35.5",
            "software.amazon.awssdk:ssooidc:2.35.5",
            # None was published for 4.2.
            "org.apache.spark:spark-hadoop-cloud_2.13:4.1.1",
        ),
        excludes=("software.amazon.awssdk:bundle", *_OTHER_CLOUDS),
        credentials="software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider",
    ),
}


def s3_settings() -> Mapping[str, str]:
    """Spark settings that bring s3a and its committer, and Delta, to a Spark that this process starts.

    Empty when the platform's own Spark is to bring them. The keys of a store that has some are
    settings of its bucket and win over the chain that is named here.

    Raises `MisconfiguredError` when no set is known for this version of Spark.
    """
    if not is_pip_spark():
        return {}
    spark = installed("pyspark")
    wanted = _SETS.get(".".join(spark.split(".")[:2]))
    if wanted is None:
        raise MisconfiguredError(
            f"it is not known which jars Spark {spark} needs for S3",
            hint=f"Use Spark {' or '.join(sorted(_SETS))} for stores on S3, or a platform that has them.",
        )
    chain = {"spark.hadoop.fs.s3a.aws.credentials.provider": wanted.credentials}
    packages = [delta_package(), *(each.format(spark=spark) for each in wanted.packages)]
    ivy = Path(sys.prefix) / IVY.with_name(f"ivy-s3-{spark}")
    resolved = sorted((ivy / "jars").glob("*.jar"))
    if {_file(each) for each in packages} <= {jar.name for jar in resolved}:
        return {**chain, "spark.jars": ",".join(str(jar) for jar in resolved)}
    return {
        **chain,
        "spark.jars.packages": ",".join(packages),
        "spark.jars.excludes": ",".join(wanted.excludes),
        "spark.jars.ivy": str(ivy),
    }


def _file(coordinate: str) -> str:
    """The name under which Ivy keeps the jar of a coordinate."""
    group, artifact, number = coordinate.split(":")
    return f"{group}_{artifact}-{number}.jar"
