"""Where an environment's releases are and what they are built for; the cluster that runs them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from framework.environment.location import Location

ClusterType = Literal["emr", "emr-serverless", "yarn", "standalone"]
Architecture = Literal["x86_64", "aarch64"]


@dataclass(frozen=True, kw_only=True)
class ReleaseRule:
    """What a release is made of. `location`: None for beside the state.

    `lock`: path of a hashed lock below the project's folder. `python`: the minor version that the
    cluster's machines have, `platform`: their architecture (Linux).
    """

    location: Location | None = None
    lock: str = "requirements/cluster.txt"
    python: str = "3.11"
    platform: Architecture = "x86_64"


@dataclass(frozen=True, kw_only=True)
class Emr:
    """A cluster of EMR on EC2 (`j-…`), which takes steps."""

    id: str
    region: str | None


@dataclass(frozen=True, kw_only=True)
class EmrServerless:
    """An application of EMR Serverless, and the role (ARN) that its jobs have."""

    application: str
    role: str
    region: str | None


@dataclass(frozen=True, kw_only=True)
class Yarn:
    """The YARN that HADOOP_CONF_DIR of this machine says."""


@dataclass(frozen=True, kw_only=True)
class Standalone:
    """A standalone cluster of Spark at `master` (`spark://host:7077`)."""

    master: str


Cluster = Emr | EmrServerless | Yarn | Standalone


class ClusterFields(Protocol):
    """What a configuration says of a cluster."""

    type: ClusterType
    id: str | None
    application: str | None
    role: str | None
    master: str | None
    region: str | None


_NEEDED: dict[ClusterType, tuple[str, ...]] = {
    "emr": ("id",),
    "emr-serverless": ("application", "role"),
    "yarn": (),
    "standalone": ("master",),
}
_ALLOWED: dict[ClusterType, tuple[str, ...]] = {
    **_NEEDED,
    "emr": ("id", "region"),
    "emr-serverless": ("application", "role", "region"),
}


def cluster_problems(said: ClusterFields) -> Iterator[tuple[str | None, str, str]]:
    """What is wrong with a cluster: the field (None: the whole), what, and a hint."""
    fields = ("id", "application", "role", "master", "region")
    given = [field for field in fields if getattr(said, field) is not None]
    for field in _NEEDED[said.type]:
        if field not in given:
            yield None, f"{said.type} needs {field}", f"Say {field}."
    for field in given:
        if field not in _ALLOWED[said.type]:
            yield field, f"is nothing that {said.type} has", "Remove it."
    if said.type == "standalone" and said.master and not said.master.startswith("spark://"):
        yield "master", f"is no address of a standalone cluster: {said.master}", "spark://host:7077"


def build_cluster(said: ClusterFields) -> Cluster:
    """The cluster of a configuration without problems."""
    match said.type:
        case "emr":
            return Emr(id=str(said.id), region=said.region)
        case "emr-serverless":
            return EmrServerless(application=str(said.application), role=str(said.role), region=said.region)
        case "yarn":
            return Yarn()
        case "standalone":
            return Standalone(master=str(said.master))
