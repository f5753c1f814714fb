"""External jobs as tasks of a DAG: each kind of runner by Airflow's own operator."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from framework.manifest.model import ApplicationEntry, CommandEntry, EcsEntry, LambdaEntry, StartEntry
from framework.manifest.renderers.commands import INTERVAL, shell_line
from framework.manifest.renderers.python_text import literal, unrendered

_IMPORTS = {
    "command": ("from airflow.providers.standard.operators.bash import BashOperator",),
    "ecs": ("from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator",),
    "lambda": (
        "import json",
        "from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator",
    ),
    "spark": ("from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator",),
}


def external_imports(starts: Iterable[StartEntry], version: str) -> tuple[str, ...]:
    """The import lines that the tasks of these runners need."""
    lines = {line for start in starts for line in _IMPORTS[start.kind]}
    if version != "3":
        lines = {
            line.replace("airflow.providers.standard.operators.bash", "airflow.operators.bash")
            for line in lines
        }
    return tuple(sorted(lines))


def external_task(name: str, start: StartEntry, options: Mapping[str, str]) -> str:
    """The lines of one task; `options` are those of `run`, as Python source."""
    match start:
        case CommandEntry():
            operator, own = "BashOperator", _command(start)
        case EcsEntry():
            operator, own = "EcsRunTaskOperator", _ecs(start)
        case LambdaEntry():
            operator, own = "LambdaInvokeFunctionOperator", _lambda(start)
        case ApplicationEntry():
            operator, own = "SparkSubmitOperator", _spark(start)
    shared = {"execution_timeout": "timeout", "outlets": "outlets", "owner": "owner", "doc": "doc"}
    given = [f"{argument}={options[key]}" for argument, key in shared.items() if key in options]
    given.append("post_execute=tell")
    lines = [f"        {line}," for line in [f"task_id={literal(name)}", *own, *given]]
    task = f"task[{literal(name)}]"
    after = [f"    {task}.set_upstream({options['after']})"] if "after" in options else []
    return "\n".join([f"    {task} = {operator}(", *lines, "    )", *after])


def _command(start: CommandEntry) -> Iterator[str]:
    # The shell gets the interval, which may come from a person, as a variable. The blank at the end
    # is for Airflow, which takes a text that ends with .sh for the name of a file.
    yield f"bash_command={literal(unrendered(shell_line(start.words)) + ' ')}"
    yield 'env={"INTERVAL": INTERVAL}'
    yield "append_env=True"


def _ecs(start: EcsEntry) -> Iterator[str]:
    yield f"cluster={_text(start.cluster)}"
    yield f"task_definition={_text(start.definition)}"
    yield 'launch_type="FARGATE"'
    container = [f'"name": {_text(start.container)}']
    if start.command:
        container.append(f'"command": {_texts(start.command)}')
    yield f'overrides={{"containerOverrides": [{{{", ".join(container)}}}]}}'
    public_ip = "ENABLED" if start.public_ip else "DISABLED"
    network = f'"subnets": {_texts(start.subnets)}, "securityGroups": {_texts(start.security_groups)}'
    network += f', "assignPublicIp": "{public_ip}"'
    yield f'network_configuration={{"awsvpcConfiguration": {{{network}}}}}'


def _lambda(start: LambdaEntry) -> Iterator[str]:
    yield f"function_name={_text(start.function)}"
    pairs = ", ".join(f"{_text(key)}: {_text(value)}" for key, value in start.payload.items())
    yield f"payload=json.dumps({{{pairs}}})"
    # By default botocore gives up after a minute and calls again; a function has 15 at most.
    yield 'botocore_config={"read_timeout": 900, "retries": {"max_attempts": 0}}'


def _spark(start: ApplicationEntry) -> Iterator[str]:
    yield f"application={_text(start.application)}"
    yield f"application_args={_texts(start.arguments)}"
    if start.java_class is not None:
        yield f"java_class={literal(start.java_class)}"


def _texts(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    """Python source of the text; where it holds the interval, with Airflow's template in its place."""
    parts = [literal(unrendered(part)) if part else "" for part in text.split(INTERVAL)]
    if len(parts) == 1:
        return parts[0] or '""'
    joined = " + INTERVAL + ".join(part or "''" for part in parts)
    return joined.replace("'' + ", "").replace(" + ''", "")
