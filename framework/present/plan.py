"""A plan as lines, and as JSON values."""

from collections.abc import Iterator

from framework.checks.passes import evaluations, summarise
from framework.contract.types import Job
from framework.interval import Interval
from framework.plan.explain import CURRENT, Explanation, explain
from framework.plan.steps import Build, Plan
from framework.present.table import render_table


def render_plan(plan: Plan) -> str:
    """What will run and why, and what a rollback holds; what is current only as a number."""
    lines = list(explain(plan))
    if not lines:
        return "nothing to do"
    rows = [
        [
            line.job,
            line.action,
            line.reason,
            line.extent,
            f"reads {', '.join(line.reads)}" if line.reads else "",
        ]
        for line in lines
        if not _is_current(line)
    ]
    busy = {line.job for line in lines if not _is_current(line)}
    idle = {line.job for line in lines} - busy
    if idle:
        rows.append([f"{len(idle)} unchanged"])
    hints = dict.fromkeys(f"Hint: {line.hint}" for line in lines if line.hint)
    return "\n".join([render_table(rows), *hints])


def _is_current(line: Explanation) -> bool:
    return line.action == "unchanged" and line.reason == CURRENT


def render_plan_checks(plan: Plan) -> str:
    """How the checks of what will run are to be evaluated, a line an output."""
    rows = [
        [job.name, output.dataset, summarise(evaluations(output, interval))]
        for job, interval in _builds(plan)
        for output in job.outputs.values()
    ]
    return render_table(rows)


def _builds(plan: Plan) -> Iterator[tuple[Job, Interval]]:
    """The jobs that will run, each once, and the first of their intervals."""
    seen = set()
    for step in plan.steps:
        if isinstance(step, Build) and step.job.name not in seen:
            seen.add(step.job.name)
            yield step.job, step.intervals[0]


def build_plan_document(plan: Plan) -> list[dict[str, object]]:
    """The plan's lines for `--json`; `checks` says of what will run how each check is to be evaluated."""
    checks = {job.name: _build_checks(job, interval) for job, interval in _builds(plan)}
    return [
        {
            "job": line.job,
            "action": line.action,
            "reason": line.reason,
            "interval": line.span.key,
            "intervals": [interval.key for interval in line.intervals],
            "reads": list(line.reads),
            **({"checks": checks[line.job]} if line.action == "will run" else {}),
        }
        for line in explain(plan)
    ]


def _build_checks(job: Job, interval: Interval) -> list[dict[str, object]]:
    return [
        {
            "dataset": output.dataset,
            "rule": str(each.expectation),
            "builtin": each.builtin,
            "evaluated": each.kind,
            "detail": each.detail or None,
        }
        for output in job.outputs.values()
        for each in evaluations(output, interval)
    ]
