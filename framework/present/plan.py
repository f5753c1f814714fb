"""A plan as lines, and as JSON values."""

from framework.plan.explain import explain
from framework.plan.steps import Plan
from framework.present.table import render_table


def render_plan(plan: Plan) -> str:
    """What will run and why; what is unchanged only as a number."""
    lines = list(explain(plan))
    rows = [
        [
            line.job,
            line.action,
            line.reason,
            line.extent,
            f"reads {', '.join(line.reads)}" if line.reads else "",
        ]
        for line in lines
        if line.action != "unchanged"
    ]
    busy = {line.job for line in lines if line.action != "unchanged"}
    idle = {line.job for line in lines} - busy
    if idle:
        rows.append([f"{len(idle)} unchanged"])
    hints = dict.fromkeys(f"Hint: {line.hint}" for line in lines if line.hint)
    return "\n".join([render_table(rows), *hints])


def build_plan_document(plan: Plan) -> list[dict[str, object]]:
    """The plan's lines for `--json`."""
    return [
        {
            "job": line.job,
            "action": line.action,
            "reason": line.reason,
            "interval": line.span.key,
            "intervals": [interval.key for interval in line.intervals],
            "reads": list(line.reads),
        }
        for line in explain(plan)
    ]
