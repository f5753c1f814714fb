"""The rights of a job as one JSON document, and as text to read and to paste. Pure."""

import json
from collections.abc import Iterator

from framework.grants.job import JobGrants
from framework.grants.policy import Json, build_document


def build_grants_document(grants: JobGrants) -> Json:
    """`sql`: statement, connection and why of each; `policy` and `copy_roles`: documents of AWS IAM."""
    return {
        "version": 1,
        "job": grants.job,
        "environment": grants.environment,
        "sql": [
            {"connection": each.connection, "statement": each.statement, "why": each.why}
            for each in grants.sql
        ],
        "policy": build_document(grants.policy),
        "copy_roles": {role: build_document(said) for role, said in grants.copy_roles.items()},
        "notes": list(grants.notes),
    }


def render_grants(grants: JobGrants) -> str:
    """The same for a person: SQL with its reasons as comments, then a policy for each role."""
    return "\n".join(_lines(grants))


def _lines(grants: JobGrants) -> Iterator[str]:
    if not grants.sql and not grants.policy:
        yield f"{grants.job} needs no right in {grants.environment} beside its own files."
    for connection in dict.fromkeys(each.connection for each in grants.sql):
        yield f"-- {connection}: to be said by an administrator of the database"
        for each in grants.sql:
            if each.connection == connection:
                yield f"-- {' '.join(each.why.splitlines())}"  # a name may have lines
                yield each.statement
        yield ""
    if grants.policy:
        yield "The policy of the role as which the job runs:"
        yield _shown(build_document(grants.policy))
    for role, said in grants.copy_roles.items():
        yield ""
        yield f"The policy of the role with which {_cluster(role)} goes to S3:"
        yield _shown(build_document(said))
    for note in grants.notes:
        yield ""
        yield f"Also: {note}."


def _cluster(role: str) -> str:
    return "the cluster by default" if role == "default" else f"the cluster ({role})"


def _shown(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
