"""`sparkjob grants`: the rights of one job, and not one more."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.calling import Caller

Golden = Callable[[str, str], None]
DWH = """
    stores:
      lake: {uri: "s3://lake/prod"}
      raw: {uri: "s3://raw"}
      stage: {uri: "s3://stage/of/dwh"}
    connections:
      dwh: {type: redshift, host: h, database: prod, user: etl,
            password: "${secret:aws-sm:prod/dwh#password}",
            copy_role: "arn:aws:iam::123456789012:role/copy"}
      iam: {type: redshift, cluster: c1, region: eu-west-1, database: prod}
    datasets:
      source.readings: {source: true, format: redshift, connection: iam, query: SELECT 1 AS day,
                        version_query: SELECT 1}
      small.good: {format: redshift, connection: dwh, table: 'reports.Good "x"; --'}
      small.total: {format: parquet}
"""


@pytest.fixture
def project(sparkjob: Caller) -> Caller:
    """The small project with an environment whose datasets are in two databases and on S3."""
    sparkjob.project.write("configs/dwh.yml", DWH)
    return sparkjob


def test_grants_are_shown(project: Caller, golden: Golden) -> None:
    """SQL for an administrator, a policy for each role, and what nobody can derive."""
    golden("grants", project.transcript("grants split --env dwh", "grants total --env dwh", "grants nobody"))


def test_a_project_on_a_disk_needs_none(project: Caller) -> None:
    """No database, no bucket: nothing to grant."""
    found = json.loads(project("grants", "split", "--json").out)
    assert (found["sql"], found["policy"]["Statement"], found["copy_roles"]) == ([], [], {})


def test_no_right_is_wider_than_its_dataset(project: Caller) -> None:
    """Inputs are only read, live files are never deleted, and no action or bucket is meant as a whole."""
    for job, written in (("split", ["small.good", "small.bad"]), ("total", ["small.total"])):
        found = json.loads(project("grants", job, "--env", "dwh", "--json").out)
        policies = [found["policy"], *found["copy_roles"].values()]
        for statement in (each for policy in policies for each in policy["Statement"]):
            assert not any(action.endswith("*") for action in statement["Action"])
            assert "*" not in statement["Resource"]
            for action in statement["Action"]:
                _check(statement, action, written)


def _check(statement: dict[str, Any], action: str, written: list[str]) -> None:
    if action == "s3:ListBucket":
        assert "*" not in statement["Condition"]["StringLike"]["s3:prefix"]
    elif action == "s3:PutObject":
        places = [*(f"/{dataset}/" for dataset in written), "/sparkjob/*", "/unload/*"]
        assert all(any(place in each for place in places) for each in statement["Resource"])
    elif action == "s3:DeleteObject":
        stages = ("/data/*", "/_versions/*", "/unload/*")
        assert all(each.endswith(stages) for each in statement["Resource"])
