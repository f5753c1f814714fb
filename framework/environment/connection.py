"""How to reach a database."""

from dataclasses import dataclass, field
from typing import Literal

from framework.environment.secrets import Secret
from framework.errors import Where


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A database of Redshift, and as whom to come. `build` has checked that the fields go together.

    With a `password`: `user` at `host`. With a provisioned `cluster` or a serverless `workgroup`: IAM
    gives a passing password, for `user` if one is said, else for the process's own identity; AWS then
    knows the host. `copy_role`: the role of COPY and UNLOAD; None: the cluster's default one.
    `statement_timeout`: seconds; None: the cluster's own.
    """

    name: str
    type: Literal["redshift"] = "redshift"
    database: str
    host: str | None = None
    port: int = 5439
    user: str | None = None
    password: Secret | None = None
    cluster: str | None = None
    workgroup: str | None = None
    region: str | None = None
    tls: bool = True
    copy_role: str | None = None
    statement_timeout: float | None = None
    where: Where | None = field(default=None, compare=False)

    @property
    def server(self) -> tuple[object, ...]:
        """Which database it is, whoever comes."""
        return self.host, self.port, self.cluster, self.workgroup, self.database
