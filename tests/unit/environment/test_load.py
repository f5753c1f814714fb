"""From files to an environment: merging, replacing, and every fault at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.environment.load import load_config
from framework.environment.location import Location
from framework.errors import MisconfiguredError, Where
from framework.outcome import Outcome

EMR = """\
stores:
  lake:
    {uri: "s3a://${env:LAKE}/prod/", region: eu-west-1,
     secret_access_key: "${secret:env:KEY}", access_key_id: AKIA1}
connections:
  dwh: {type: redshift, host: h, database: prod, user: etl, copy_role: "arn:aws:iam::123456789012:role/copy",
        password: "${secret:aws-sm:prod/dwh#password}"}
datasets:
  flights.report:
    {format: redshift, connection: dwh, table: public.delay_report, distkey: carrier, sortkey: [day]}
secrets: {weather_api: "${secret:env:WEATHER_TOKEN}"}
"""


def test_a_local_environment(files, tmp_path: Path) -> None:
    """Relative stores start at the project's folder; state is in the lake; nothing else is needed."""
    environment = files.load()
    assert (environment.name, environment.project) == ("local", "flights")
    assert environment.stores == {"lake": Location(uri=f"{tmp_path}/lake")}
    assert environment.state == Location(uri=f"{tmp_path}/lake/sparkjob")
    assert environment.binding("flights.daily").location == Location(uri=f"{tmp_path}/lake/flights.daily")
    assert environment.binding("flights.daily").where == Where(file="configs/base.yml", line=5)
    assert environment.example_interval == "2013-01"


def test_the_contract_s_example(files) -> None:
    """S3, Redshift, secrets and jobs of contract.md are read as they stand there."""
    environment = files.write(emr=EMR).load(
        "emr", LAKE="flights-lake", KEY="sesame-open", WEATHER_TOKEN="tok-en"
    )
    lake = environment.stores["lake"]
    assert (lake.uri, lake.for_spark) == ("s3://flights-lake/prod", "s3a://flights-lake/prod")
    assert lake.options["AWS_REGION"] == "eu-west-1"
    assert lake.options["AWS_SECRET_ACCESS_KEY"] == "sesame-open"
    report = environment.binding("flights.report")
    assert (report.format, report.connection) == ("redshift", "dwh")
    dwh = environment.connections["dwh"]
    assert (dwh.host, dwh.port, dwh.database, dwh.user) == ("h", 5439, "prod", "etl")
    assert dwh.copy_role == "arn:aws:iam::123456789012:role/copy"
    assert str(dwh.password) == "***"
    assert environment.secrets["weather_api"].reveal() == "tok-en"
    assert "sesame" not in repr(environment)


def test_layers_merge_base_then_parent_then_itself(files) -> None:
    """Maps merge by key, lists and scalars are replaced, the nearest file wins."""
    files.write(
        base="version: 1\nproject: p\nstores: {lake: {uri: a}}\n"
        "sizes: {s: {spark: {spark.a: 1, spark.b: 1, spark.c: 1}}}\n"
        "schedules: {n: {cron: '1 2 * * *', select: [x, y]}}\njobs: {'*': {size: s, timeout: 1h}}\n",
        parent="sizes: {s: {spark: {spark.b: 2, spark.c: 2}}}\nschedules: {n: {select: [z]}}\n",
        child="extends: parent\nsizes: {s: {spark: {spark.c: 3}}}\njobs: {'*': {timeout: 1h30m}}\n",
    )
    environment = files.load("child")
    settings = environment.settings("any")
    assert settings.spark == {"spark.a": "1", "spark.b": "2", "spark.c": "3"}
    assert settings.timeout == 5400.0
    assert environment.schedules["n"].select == ("z",)
    assert environment.schedules["n"].timezone == "UTC"


def test_null_removes_and_false_zero_and_empty_win(files) -> None:
    """A value that is false is a value; null takes away, an option of a pattern too."""
    files.write(
        base="version: 1\nproject: p\nstores: {lake: {uri: a}}\nexample_interval: 2013-01\n"
        "datasets:\n  '*':\n    "
        "{format: csv, source: true, options: {header: true, sep: ';', quote: x, limit: 5}}\n"
        "  a: {options: {sep: ','}}\n",
        local="example_interval: null\n"
        "datasets:\n  '*': {source: false, options: {header: false, quote: '', limit: 0}}\n"
        "  a: {options: {sep: null}}\n",
    )
    environment = files.load()
    assert environment.example_interval is None
    everything = environment.binding("b")
    assert not everything.source
    assert everything.options == {"header": "false", "sep": ";", "quote": "", "limit": "0"}
    assert "sep" not in environment.binding("a").options


def test_variables_are_replaced_once(files, tmp_path: Path) -> None:
    """A default serves for an unset or empty variable; what a variable holds is not looked into."""
    text = (
        'stores: {lake: {uri: "${env:A:-x}/${env:B:-}${env:C:-y}"}}\n'
        'sizes: {s: {spark: {spark.o: "${env:D}"}}}\njobs: {"*": {size: s}}\n'
    )
    environment = files.write(local=text).load(A="", C="c", D="${env:A} {lake}")
    assert environment.stores["lake"].uri == f"{tmp_path}/x/c"
    assert environment.settings("j").spark == {"spark.o": "${env:A} {lake}"}


def test_secrets_are_not_needed_to_load(files) -> None:
    """A secret that is not there is a fault of the run that asks for it, not of validate."""
    environment = files.write(local='secrets: {t: "${secret:env:NOT_SET_ANYWHERE}"}\n').load()
    with pytest.raises(MisconfiguredError, match=r"^configs/local\.yml:1 "):
        environment.secrets["t"].reveal()


def test_config_shows_every_value_with_its_line(files) -> None:
    """`sparkjob config`: dotted path, value, file and line; secrets are stars, faults do not hinder."""
    rows = load_config(files.write(emr=EMR).root, "emr", process={"LAKE": "l"})
    shown = {row.path: (row.value, str(row.where)) for row in rows}
    assert shown["version"] == (1, "configs/base.yml:1")
    assert shown["stores.lake.uri"] == ("s3a://l/prod/", "configs/emr.yml:3")
    assert shown["stores.lake.secret_access_key"] == ("***", "configs/emr.yml:4")
    assert shown["connections.dwh.password"] == ("***", "configs/emr.yml:7")
    assert shown['datasets["flights.report"].sortkey[0]'] == ("day", "configs/emr.yml:10")
    assert shown["secrets.weather_api"] == ("***", "configs/emr.yml:11")


def test_config_never_shows_what_stands_in_a_secret_s_place(files) -> None:
    """A password written into the file by mistake is a fault that does not repeat it."""
    files.write(
        local="secrets: {t: hunter2hunter2, u: {v: hunter2}}\n"
        "connections: {d: {type: redshift, host: h, database: d, user: u, password: 12345678}}\n"
        "sizes: {s: {spark: {spark.hadoop.fs.s3a.secret.key: hunter2}}}\n"
    )
    lines = "\n".join(files.lines())
    assert "secrets.t must be one reference to a secret" in lines
    assert "connections.d.password must be one reference to a secret" in lines
    shown = str(load_config(files.root, "local", process={}))
    assert "hunter2" not in lines + shown
    assert "12345678" not in lines + shown


def test_faults_are_misconfigured(files) -> None:
    """Exit code 64, and each fault names its file and line."""
    with pytest.raises(MisconfiguredError) as caught:
        files.write(local="nonsense: 1\n").load()
    assert caught.value.outcome is Outcome.MISCONFIGURED
    assert caught.value.faults[0].where == Where(file="configs/local.yml", line=1)


CASES: dict[str, dict[str, str]] = {
    "unknown_key": {"local": "projet: x\nstores: {lake: {uri: a, regoin: b}}\n"},
    "missing": {"base": "stores: {lake: {}, raw: {}}\n", "local": "stores: {lake: {uri: a}}\n"},
    "types": {
        "local": 'example_interval: 2013\nproject: "a b"\ndatasets:\n  a: {source: on, format: delto}\n'
        "  b: [1]\n  c: {options: {x: {y: 1}}}\n  d e: {}\n  f: {location: ''}\nversion: 2\n"
    },
    "jobs": {
        "local": "sizes: {small: {}}\njobs:\n  a: {size: smal}\n  b: {timeout: 1:30}\n  c: {timeout: 90}\n"
        "  d: {timeout: 0m}\n  e: {role: jobs}\n"
        "schedules:\n  n: {cron: '1 2', select: x}\n  m: {cron: '1 2 * * *', select: [], timezone: Mars}\n"
    },
    "meaning": {
        "local": "sizes:\n  s:\n    spark:\n      spark.sql.ansi.enabled: false\n"
        "      spark.sql.session.timezone: CET\n"
        "      spark.hadoop.fs.s3a.committer.name: directory\n      spark.sql.files.ignoreMissingFiles: on\n"
        "      executor.memory: 2g\n      spark.sql.session.timeZone: UTC\n      spark.executor.memory: 2g\n"
    },
    "places": {
        "local": "stores:\n  lake: {uri: gs://x}\n  b: {uri: 's3://'}\n  c: {uri: ~/x}\n  d: {uri: 'a[1]'}\n"
        "  e: {uri: x, region: eu}\n  f: {uri: s3://b, access_key_id: k}\nstate: '{lak}/s'\n"
        "datasets:\n  a: {location: '{lake}/{dataset}/{nope}'}\n  b: {location: '{lake'}\n"
        "  c: {connection: d}\n"
    },
    "references": {
        "local": 'state: "{lake}/${env:NOPE}"\nproject: "${secret:env:X}"\nexample_interval: "${aws:x}"\n'
        'stores:\n  lake: {uri: "${env:A${env:B}}"}\n'
        'secrets:\n  a: "x${secret:env:A}"\n  b: "${secret:vault:a}"\n'
    },
    "secret_in_a_location_variable": {"local": 'state: "{lake}/${env:BRACE}"\n'},
    "extends_circle": {"local": "extends: a\n", "a": "extends: b\n", "b": "extends: a\n"},
    "extends_wrong": {"local": "extends: [a, b]\ninputs_from: emr\n"},
    "extends_base": {"local": "extends: base\n"},
    "extends_unknown": {"local": "extends: emrr\n", "emr": "version: 1\n"},
    "base_extends": {
        "base": "version: 1\nproject: p\nextends: emr\nstores: {}\n",
        "emr": "version: 1\n",
    },
    "yaml": {"base": "version: 1\nversion: 2\n", "local": "a:\n\tb: 1\n"},
    "redshift": {"local": "datasets:\n  a: {format: redshift}\n"},
    "redshift_connections": {
        "local": "connections:\n  a: {type: redshift, database: d}\n"
        "  b: {type: redshift, database: d, password: plain-text, host: h}\n"
        "  c: {type: redshift, database: d, cluster: c, workgroup: w}\n"
        "  d: {type: redshift, database: d, workgroup: w, user: u, tls: false}\n"
        "  e: {type: redshift, database: d, host: far.example, user: u, tls: false, copy_role: copy,\n"
        "      password: '${secret:env:P}'}\n"
    },
    "redshift_datasets": {
        "local": "connections:\n"
        "  d: {type: redshift, database: d, host: h, user: u, password: '${secret:env:P}'}\n"
        "datasets:\n  a: {format: redshift, connection: d, table: t}\n"
        "  b: {format: redshift, connection: d, table: s.t, query: DROP TABLE x}\n"
        "  c: {format: redshift, connection: d, table: s.t, diststyle: key}\n"
        "  d: {format: redshift, connection: d, table: s.t, diststyle: all, distkey: day}\n"
        "  e: {format: redshift, connection: d, query: SELECT 1}\n"
    },
    "redshift_values": {
        "local": "connections:\n  d: {type: postgres, port: 99999, statement_timeout: 5}\n"
        "datasets:\n  a: {diststyle: some, lengths: {name: 0}, sortkey: day}\n"
    },
    "example": {"local": "example_interval: yesterday\n"},
}


@pytest.mark.parametrize("case", CASES)
def test_errors_read_well(case: str, files, golden: Callable[[str, str], None]) -> None:
    """Every fault of every file, one line each with a hint, as a person sees it."""
    golden(case, "\n".join(files.write(**CASES[case]).lines(process={"BRACE": "{x}"})) + "\n")


def test_an_unknown_environment_lists_those_that_exist(files) -> None:
    """Whoever mistypes one sees them all; base is none."""
    files.write(emr="version: 1\n")
    assert files.lines("emrr") == [
        'configs  there is no environment "emrr"\n    Hint: did you mean "emr"? Environments: emr, local'
    ]
    assert 'there is no environment "base"' in files.lines("base")[0]


def test_a_project_without_configuration(tmp_path: Path, files) -> None:
    """No configs folder: the one thing to do is said."""
    (tmp_path / "configs" / "base.yml").unlink()
    (tmp_path / "configs" / "local.yml").unlink()
    assert files.lines() == ['configs  there is no environment "local"\n    Hint: make configs/local.yml']


def test_a_file_that_is_no_text(files) -> None:
    """Latin-1 is a fault with its file, and a byte order mark is none."""
    path = files.root / "configs" / "local.yml"
    path.write_bytes("example_interval: ü\n".encode("latin-1"))
    assert files.lines() == ["configs/local.yml:1  not UTF-8 text"]
    path.write_bytes(b"\xef\xbb\xbfexample_interval: 2013-02\n")
    assert files.load().example_interval == "2013-02"
