"""Who may run a job as its role: the trust policy of AWS IAM beside its rights. Pure."""

from framework.environment.release import Cluster, Emr, EmrServerless
from framework.grants.policy import Json

_INSTANCES = "EMR_EC2_DefaultRole"
"""The usual role of a cluster's machines (EMR Management Guide, «EC2 instance profile»)."""


def build_trust(cluster: Cluster | None, role: str | None) -> Json | None:
    """The document for the job's role; None where a job has none of its own.

    EMR Serverless takes the role itself (EMR Serverless User Guide, «Create a job runtime role»). A step
    on EMR gets it from the role of the cluster's machines, which also tags the session (EMR Management
    Guide, «Runtime roles for Amazon EMR steps»): `EMR_EC2_DefaultRole` in the account of `role`.
    """
    match cluster:
        case EmrServerless():
            return _document({"Service": "emr-serverless.amazonaws.com"}, "sts:AssumeRole")
        case Emr() if role is not None:
            account = role.partition(":role/")[0]
            machines = {"AWS": f"{account}:role/{_INSTANCES}"}
            return _document(machines, "sts:AssumeRole", "sts:TagSession")
        case _:
            return None


def _document(principal: dict[str, str], *actions: str) -> Json:
    statement = {"Effect": "Allow", "Principal": principal, "Action": list(actions)}
    return {"Version": "2012-10-17", "Statement": [statement]}
