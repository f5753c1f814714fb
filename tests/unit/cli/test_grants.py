"""`sparkjob grants`: the rights of one job, and not one more."""

import json
from collections.abc import Callable
from pathlib import Path
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


def test_a_cluster_reads_the_release(sparkjob: Caller) -> None:
    """Where `submit` starts jobs, a role reads releases, which lie outside of what it may write."""
    base = 'stores: {lake: {uri: "s3://lake/prod"}, raw: {uri: "s3://raw/x"}}\n'
    sparkjob.project.write("configs/far.yml", base)
    sparkjob.project.write("configs/cluster.yml", f"{base}cluster: {{type: emr, id: j-1}}\n")
    far, cluster = (
        json.loads(sparkjob("grants", "total", "--env", env, "--json").out)["policy"]["Statement"]
        for env in ("far", "cluster")
    )
    (added,) = [each for each in cluster if each not in far]
    releases = "arn:aws:s3:::lake/prod/sparkjob-releases/*"
    assert (added["Action"], added["Resource"]) == (["s3:GetObject"], [releases])


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


@pytest.mark.parametrize(
    ("usual", "other", "partition"),
    [
        ("eu-west-1", "cn-north-1", "aws-cn"),
        ("eu-west-1", "us-gov-west-1", "aws-us-gov"),
        ("arn:aws:iam", "arn:aws-cn:iam", "aws-cn"),
    ],
)
def test_arns_are_of_the_partition(project: Caller, usual: str, other: str, partition: str) -> None:
    """In China and in GovCloud ARNs begin otherwise, and a policy with those of elsewhere allows nothing."""
    project.project.write("configs/dwh.yml", DWH.replace(usual, other))
    for job in ("split", "total"):
        found = json.loads(project("grants", job, "--env", "dwh", "--json").out)
        policies = [found["policy"], *found["copy_roles"].values()]
        arns = [
            arn for policy in policies for statement in policy["Statement"] for arn in statement["Resource"]
        ]
        assert arns
        assert {arn.split(":")[1] for arn in arns} == {partition}


def _check(statement: dict[str, Any], action: str, written: list[str]) -> None:
    if action == "s3:ListBucket":
        assert "*" not in statement["Condition"]["StringLike"]["s3:prefix"]
    elif action == "s3:PutObject":
        places = [*(f"/{dataset}/" for dataset in written), "/sparkjob/*", "/unload/*"]
        assert all(any(place in each for place in places) for each in statement["Resource"])
    elif action == "s3:DeleteObject":
        stages = ("/data/*", "/_versions/*", "/unload/*")
        assert all(each.endswith(stages) for each in statement["Resource"])


def test_telling_of_failures_is_a_right(project: Caller) -> None:
    """To publish to the topic, and to read the secrets that say where; a plain address needs none."""
    topic = "arn:aws:sns:eu-west-1:123456789012:alerts"
    url, token = "${secret:aws-sm:prod/alerts#url}", "${secret:aws-sm:prod/lineage}"
    told = f"""
    on_failure: {{topic: "{topic}", webhook: "{url}"}}
    lineage: {{url: "https://host/", token: "{token}"}}
"""
    project.project.write("configs/dwh.yml", DWH + told)
    statements = json.loads(project("grants", "split", "--env", "dwh", "--json").out)["policy"]["Statement"]
    by_action = {each["Action"][0]: each["Resource"] for each in statements}
    assert by_action["sns:Publish"] == [topic]
    secrets = [each["Resource"][0] for each in statements if "secretsmanager" in each["Action"][0]]
    assert {arn.rpartition(":")[2] for arn in secrets} >= {"prod/alerts-??????", "prod/lineage-??????"}
    project.project.write("configs/dwh.yml", DWH + told.replace(url, "https://host/hook"))
    assert project("grants", "split", "--env", "dwh").code == 0


ROLE = "arn:aws:iam::123456789012:role/total"
CLUSTERS = {
    "serverless": f'{{type: emr-serverless, application: 00f1, role: "{ROLE}"}}',
    "steps": "{type: emr, id: j-1}",
    "yarn": "{type: yarn}",
}


def test_all_rights_are_written(project: Caller, tmp_path: Path) -> None:
    """A policy for each job's role, the same that is shown for it alone, and who may take the role."""
    for name, cluster in CLUSTERS.items():
        said = f'extends: dwh\ncluster: {cluster}\njobs: {{total: {{role: "{ROLE}"}}}}\n'
        project.project.write(f"configs/{name}.yml", said)

    trusts = {}
    for name in CLUSTERS:
        folder = tmp_path / name
        assert project("grants", "--all", "--env", name, "-o", str(folder)).code == 0
        for job in ("split", "total"):
            alone = json.loads(project("grants", job, "--env", name, "--json").out)
            assert json.loads((folder / f"{job}.policy.json").read_text()) == alone["policy"]
        trusts[name] = {
            path.name: json.loads(path.read_text())["Statement"] for path in folder.glob("*.trust.json")
        }

    service = {"Service": "emr-serverless.amazonaws.com"}
    by_service = [{"Effect": "Allow", "Principal": service, "Action": ["sts:AssumeRole"]}]
    assert trusts["serverless"] == {"split.trust.json": by_service, "total.trust.json": by_service}
    (by_machines,) = trusts["steps"].pop("total.trust.json")
    assert by_machines["Principal"] == {"AWS": "arn:aws:iam::123456789012:role/EMR_EC2_DefaultRole"}
    assert by_machines["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    # Without a role of its own a step has the machines'; on YARN nobody takes one.
    assert trusts["steps"] == trusts["yarn"] == {}


def test_whose_rights_is_said_once(project: Caller, tmp_path: Path) -> None:
    """One job is shown, all are written: everything between is refused, and nothing is written."""
    folder = str(tmp_path / "rights")
    for words in ([], ["--all"], ["split", "--all", "-o", folder], ["split", "-o", folder]):
        told = project("grants", *words, "--env", "dwh")
        assert (told.code, "say whose rights" in told.err) == (64, True), told
    assert not (tmp_path / "rights").exists()
