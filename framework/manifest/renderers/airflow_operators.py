"""The three ways in which a DAG starts our jobs: the text of their operators, and what they import.

Each operator is a small class in the DAG file itself, because a scheduler's machine has nothing of
ours. It raises `AirflowFailException`, which Airflow never retries, for the outcomes that a retry
does not change, and lets all else be retried.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from framework.manifest.deployment import Deployment
from framework.manifest.renderers.commands import remote_state
from framework.manifest.renderers.emr_request import CLUSTER_MODE, JAR, SERVERLESS_PYTHON, YARN_PYTHON
from framework.manifest.renderers.python_text import literal


@dataclass(frozen=True, kw_only=True)
class Operator:
    """`imports` and `text`: lines of the DAG file, which define `run`. `python`: see `spark_settings`.

    `roles`: whether `run` takes a job's role.
    """

    imports: tuple[str, ...]
    text: str
    python: tuple[str, ...]
    conf: Mapping[str, str] = field(default_factory=dict)
    roles: bool = False


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
def outcome_of(uri):
    """How the run ended, by its result; None when there is none, so that it is retried."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        return json.loads(S3Hook().get_key(key, bucket).get()["Body"].read())["outcome"]
    except ClientError:
        return None
'''

_STEP = '''
class Step(EmrAddStepsOperator):
    """A step that ends with its task: killed, over its time or out of patience, it is cancelled."""

    template_ext = ()  # a text that ends with .json is no file
    step = None

    def execute(self, context):
        (self.step,) = super().execute(context)
        try:
            wait(
                waiter=self.hook.conn.get_waiter("step_complete"),
                waiter_delay=self.waiter_delay,
                waiter_max_attempts=self.waiter_max_attempts,
                args={"ClusterId": self.job_flow_id, "StepId": self.step},
                failure_message="The step failed",
                status_message="The step is",
                status_args=["Step.Status.State", "Step.Status.FailureDetails"],
            )
        except Exception:
            self.on_kill()  # nothing happens to a step that is over
            raise

    def on_kill(self):
        if self.step is not None:
            self.hook.conn.cancel_steps(
                ClusterId=self.job_flow_id, StepIds=[self.step], StepCancellationOption="SEND_INTERRUPT"
            )
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
            outcome = outcome_of(self.result)
            if outcome in FINAL.values():
                raise AirflowFailException(f"{{outcome}}: {{self.result}}") from error
            raise
'''

_RUN = '''
def run(name, file, *, size, outlets, after=(), timeout=None{role}, owner="airflow", doc=None):
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
_ATTEMPTS = "waiter_max_attempts=int((timeout or timedelta(days=1)).total_seconds()) // 30 + 2,"
_WAITING = "# Not deferred: who waits here can also cancel, and read the outcome."


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
        return Operator(imports=(imports,), text=f"{_BY_EXIT_CODE}\n{_run(options, [])}", python=YARN_PYTHON)
    if settings["airflow"] == "3":
        # The default, True, raises for YARN unless its REST API is configured too.
        options.append("durable=False,")
    options.append("result=result,")
    return Operator(
        imports=(*_AWS, imports),
        text=_by_result("SparkSubmitOperator", "in cluster mode", options, [_place(deployment)]),
        python=YARN_PYTHON,
        conf=CLUSTER_MODE,
    )


def _emr_steps(deployment: Deployment, settings: Mapping[str, str]) -> Operator:
    options = [
        f"job_flow_id={literal(settings['cluster-id'])},",
        "steps=[",
        "    {",
        '        "Name": name,',
        '        "ActionOnFailure": "CONTINUE",',
        f'        "HadoopJarStep": {{"Jar": {literal(JAR)}, "Args": [*words, *arguments]}},',
        "    }",
        "],",
        "execution_role_arn=role,",
        _WAITING,
        "deferrable=False,",
        "waiter_delay=30,",
        _ATTEMPTS,
        "result=result,",
    ]
    before = [
        _place(deployment),
        f"arguments = {_REPORTING}",
        'words = ["spark-submit", "--deploy-mode", "cluster", "--name", f"'
        + deployment.project
        + '.{name}"]',
        "for key, value in CONF[size].items():",
        '    words += ["--conf", f"{key}={value}"]',
        'words.append(f"{ROOT}/{file}")',
    ]
    return Operator(
        imports=(
            *_AWS,
            "from airflow.providers.amazon.aws.operators.emr import EmrAddStepsOperator",
            "from airflow.providers.amazon.aws.utils.waiter_with_logging import wait",
        ),
        text=f"{_STEP}\n{_by_result('Step', 'as a step on EMR', options, before, roles=True)}",
        python=YARN_PYTHON,
        conf=CLUSTER_MODE,
        roles=True,
    )


def _emr_serverless(deployment: Deployment, settings: Mapping[str, str]) -> Operator:
    default = f" or {literal(settings['execution-role'])}" if settings["execution-role"] else ""
    options = [
        f'name="{deployment.project}." + name,',
        f"application_id={literal(settings['application-id'])},",
        f"execution_role_arn=role{default},",
        "job_driver={",
        '    "sparkSubmit": {',
        '        "entryPoint": f"{ROOT}/{file}",',
        '        "entryPointArguments": arguments,',
        '        "sparkSubmitParameters": shlex.join(words),',
        "    }",
        "},",
        'config={"executionTimeoutMinutes": ceil(timeout / timedelta(minutes=1))} if timeout else {},',
        _WAITING,
        "deferrable=False,",
        "# Its own default gives up after 25 minutes.",
        "waiter_delay=30,",
        _ATTEMPTS,
        "result=result,",
    ]
    before = [
        _place(deployment),
        f"arguments = {_REPORTING}",
        "words = []",
        "for key, value in CONF[size].items():",
        '    words += ["--conf", f"{key}={value}"]',
    ]
    text = _by_result("EmrServerlessStartJobOperator", "on EMR Serverless", options, before, roles=True)
    return Operator(
        imports=(
            *_AWS,
            "import shlex",
            "from math import ceil",
            "from airflow.providers.amazon.aws.operators.emr import EmrServerlessStartJobOperator",
        ),
        text=text,
        python=SERVERLESS_PYTHON,
        roles=True,
    )


def _by_result(
    operator: str, where: str, options: list[str], before: list[str], *, roles: bool = False
) -> str:
    run = _run(options, before, roles=roles)
    return f"{_RESULT}\n{_BY_RESULT.format(operator=operator, where=where)}\n{run}"


def _place(deployment: Deployment) -> str:
    # With the number of the try, so that no try reads the result of the one before.
    state = literal(f"{remote_state(deployment, 'Airflow')}/results/")
    return f'result = {state} + "{{{{ dag.dag_id }}}}/{{{{ run_id }}}}/" + name + "/{{{{ ti.try_number }}}}"'


def _run(options: list[str], before: list[str], *, roles: bool = False) -> str:
    role = ", role=None" if roles else ""
    first = "".join(f"    {line}\n" for line in before)
    return _RUN.format(before=first, role=role, options="\n".join(f"        {line}" for line in options))


OPERATORS: Mapping[str, Callable[[Deployment, Mapping[str, str]], Operator]] = {
    "spark-submit": _spark_submit,
    "emr-steps": _emr_steps,
    "emr-serverless": _emr_serverless,
}
"""Operators by the value of `--operator`."""
