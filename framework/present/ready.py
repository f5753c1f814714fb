"""Whether the inputs of what is asked for are there, as lines and as JSON values."""

from framework.plan.explain import Explanation, explain
from framework.plan.steps import Plan
from framework.present.table import count, render_table


def render_ready(plan: Plan) -> str:
    """A line for each stretch of a job that waits, then how many jobs wait for nothing."""
    lines = list(explain(plan))
    waiting = [line for line in lines if not _is_ready(line)]
    rows = [[line.job, "not ready", line.reason, line.extent] for line in waiting]
    jobs = dict.fromkeys(line.job for line in lines)
    ready = len(jobs) - len({line.job for line in waiting})
    hints = dict.fromkeys(f"Hint: {line.hint}" for line in waiting if line.hint)
    closing = f"{ready} of {count(len(jobs), 'job')} ready"
    return "\n".join([*([render_table(rows)] if rows else []), *hints, closing])


def build_ready_document(plan: Plan) -> list[dict[str, object]]:
    """The stretches of each job for `--json`."""
    return [
        {
            "job": line.job,
            "interval": line.span.key,
            "ready": _is_ready(line),
            "reason": None if _is_ready(line) else line.reason,
        }
        for line in explain(plan)
    ]


def _is_ready(line: Explanation) -> bool:
    return line.action != "blocked"
