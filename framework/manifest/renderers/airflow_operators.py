"""The three ways in which a DAG starts our jobs: the text of their operators, and what they import.

Each operator is a small class in the DAG file itself, because a scheduler's machine has nothing of
ours. It raises `AirflowFailException`, which Airflow never retries, for the outcomes that a retry
does not change, and lets all else be retried.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from framework.manifest.deployment import Deployment
from framework.manifest.renderers.commands import remote_state
from framework.manifest.renderers.python_text import literal


@dataclass(frozen=True, kw_only=True)
class Operator:
    """`imports` and `text`: lines of the DAG file, which define `run`. `python`: see `spark_settings`."""

    imports: tuple[str, ...]
    text: str
    python: tuple[str, ...]
    conf: Mapping[str, str] = field(default_factory=dict)


TELL = '''
def tell(context, result=None):
    """Say of which interval the datasets are, for DAGs that they trigger."""
    interval = context["task"].render_template(INTERVAL, context)
    for asset in context["task"].outlets:
        context["outlet_events"][asset].extra = {"interval": interval}
'''
"""Text of the function that every task calls at its end."""

_BY_EXIT_CODE = '''
class SparkJob(SparkSubmitOperator):
    """A job by spark-submit, whose exit code is the job's: it is retried only where that helps."""

    def execute(self, context):
        try:
            super().execute(context)
        except Exception as error:
            code = getattr(getattr(self._hook, "_submit_sp", None), "returncode", None)
            if code in FINAL:
                raise AirflowFailException(f"{FINAL[code]} (exit code {code})") from error
            raise
'''

_RESULT = '''
def outcome_code(uri):
    """The exit code that the run's result tells; None when there is no result, so that it is retried."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        result = json.loads(S3Hook().get_key(key, bucket).get()["Body"].read())
    except ClientError:
        return None
    return {outcome: code for code, outcome in FINAL.items()}.get(result["outcome"])
'''

_BY_RESULT = '''
class SparkJob({operator}):
    """A job {where}, whose exit code is lost there: its result says whether a retry helps."""

    template_fields = (*{operator}.template_fields, "result")

    def __init__(self, *, result, **options):
        super().__init__(**options)
        self.result = result

    def execute(self, context):
        try:
            super().execute(context)
        except Exception as error:
            code = outcome_code(self.result)
            if code in FINAL:
                raise AirflowFailException(f"{{FINAL[code]}}: {{self.result}}") from error
            raise
'''

_RUN = '''
def run(name, file, *, size, outlets, after=(), timeout=None, owner="airflow", doc=None):
    """The task of one job, after those that make what it reads."""
{before}    job = SparkJob(
        task_id=name,
{options}
        outlets=outlets,
        post_execute=tell,
        execution_timeout=timeout,
        owner=owner,
        doc=doc,
    )
    job.set_upstream(list(after))
    return job
'''

_ARGUMENTS = '["--job", name, "--env", ENVIRONMENT, "--interval", INTERVAL]'
_REPORTING = '["--job", name, "--env", ENVIRONMENT, "--interval", INTERVAL, "--result", result]'
_AWS = (
    "import json",
    "from airflow.providers.amazon.aws.hooks.s3 import S3Hook",
    "from botocore.exceptions import ClientError",
)
_YARN_PYTHON = ("spark.executorEnv.PYSPARK_PYTHON", "spark.yarn.appMasterEnv.PYSPARK_PYTHON")


def _spark_submit(deployment: Deployment, settings: Mapping[str, str]) -> Operator:
    cluster = settings["deploy-mode"] == "cluster"
    options = [
        f'name="{deployment.project}." + name,',
        'application=f"{ROOT}/{file}",',
        f"application_args={_REPORTING if cluster else _ARGUMENTS},",
        "conf=CONF[size],",
        f'deploy_mode="{settings["deploy-mode"]}",',
    ]
    imports = "from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator"
    if not cluster:
        return Operator(imports=(imports,), text=f"{_BY_EXIT_CODE}\n{_run(options)}", python=_YARN_PYTHON)
    if settings["airflow"] == "3":
        # The default, True, raises for YARN unless its REST API is configured too.
        options.append("durable=False,")
    options.append("result=result,")
    return Operator(
        imports=(*_AWS, imports),
        text=_by_result("SparkSubmitOperator", "in cluster mode", options, _place(deployment)),
        python=_YARN_PYTHON,
        conf={"spark.yarn.maxAppAttempts": "1"},
    )


def _emr_steps(deployment: Deployment, settings: Mapping[str, str]) -> Operator:
    options = [
        f"job_flow_id={literal(settings['cluster-id'])},",
        "steps=[",
        "    {",
        '        "Name": name,',
        '        "ActionOnFailure": "CONTINUE",',
        '        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": [*words, *arguments]},',
        "    }",
        "],",
        "# One task submits and waits, so that a retry submits again.",
        "wait_for_completion=True,",
        "waiter_delay=30,",
        "waiter_max_attempts=int((timeout or timedelta(days=1)).total_seconds()) // 30 + 1,",
        "result=result,",
    ]
    before = [
        f"arguments = {_REPORTING}",
        'words = ["spark-submit", "--deploy-mode", "cluster", "--name", f"'
        + deployment.project
        + '.{name}"]',
        "for key, value in CONF[size].items():",
        '    words += ["--conf", f"{key}={value}"]',
        'words.append(f"{ROOT}/{file}")',
    ]
    return Operator(
        imports=(*_AWS, "from airflow.providers.amazon.aws.operators.emr import EmrAddStepsOperator"),
        text=_by_result("EmrAddStepsOperator", "as a step on EMR", options, _place(deployment), before),
        python=_YARN_PYTHON,
        conf={"spark.yarn.maxAppAttempts": "1"},
    )


def _emr_serverless(deployment: Deployment, settings: Mapping[str, str]) -> Operator:
    options = [
        f'name="{deployment.project}." + name,',
        f"application_id={literal(settings['application-id'])},",
        f"execution_role_arn={literal(settings['execution-role'])},",
        "job_driver={",
        '    "sparkSubmit": {',
        '        "entryPoint": f"{ROOT}/{file}",',
        '        "entryPointArguments": arguments,',
        '        "sparkSubmitParameters": shlex.join(words),',
        "    }",
        "},",
        "# Its own default gives up after 25 minutes.",
        "waiter_delay=30,",
        "waiter_max_attempts=int((timeout or timedelta(days=1)).total_seconds()) // 30 + 1,",
        "result=result,",
    ]
    before = [
        f"arguments = {_REPORTING}",
        "words = []",
        "for key, value in CONF[size].items():",
        '    words += ["--conf", f"{key}={value}"]',
    ]
    text = _by_result(
        "EmrServerlessStartJobOperator", "on EMR Serverless", options, _place(deployment), before
    )
    return Operator(
        imports=(
            *_AWS,
            "import shlex",
            "from airflow.providers.amazon.aws.operators.emr import EmrServerlessStartJobOperator",
        ),
        text=text,
        python=(
            "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON",
            "spark.emr-serverless.driverEnv.PYSPARK_PYTHON",
            "spark.executorEnv.PYSPARK_PYTHON",
        ),
    )


def _by_result(
    operator: str, where: str, options: list[str], place: str, before: list[str] | None = None
) -> str:
    run = _run(options, [place, *(before or ())])
    return f"{_RESULT}\n{_BY_RESULT.format(operator=operator, where=where)}\n{run}"


def _place(deployment: Deployment) -> str:
    # Without .json at its end, which Airflow would take for the name of a template's file; with the
    # number of the try, so that no try reads the result of the one before.
    state = literal(f"{remote_state(deployment, 'Airflow')}/results/")
    return f'result = {state} + "{{{{ dag.dag_id }}}}/{{{{ run_id }}}}/" + name + "/{{{{ ti.try_number }}}}"'


def _run(options: list[str], before: list[str] | None = None) -> str:
    first = "".join(f"    {line}\n" for line in before or ())
    return _RUN.format(before=first, options="\n".join(f"        {line}" for line in options))


OPERATORS: Mapping[str, Callable[[Deployment, Mapping[str, str]], Operator]] = {
    "spark-submit": _spark_submit,
    "emr-steps": _emr_steps,
    "emr-serverless": _emr_serverless,
}
"""Operators by the value of `--operator`."""
