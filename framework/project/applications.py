"""Whether a job file can be started by itself."""

import ast
from collections.abc import Iterator

from framework.errors import Fault
from framework.project.project import Project


def find_silent_files(project: Project) -> list[Fault]:
    """Files of jobs that no call of `main` ends: spark-submit would run nothing and say that all is well."""
    first = {job.where.file: job for _, job in sorted(project.jobs.items()) if job.runner is None}
    return [
        Fault(
            what="does not call main, so that nothing runs when a scheduler starts it",
            where=job.where,
            hint=f'End it with: if __name__ == "__main__": main({job.name})',
        )
        for file, job in sorted(first.items())
        if not any(_calls(project, file))
    ]


def _calls(project: Project, file: str) -> Iterator[ast.Call]:
    tree = ast.parse((project.root / file).read_bytes())
    for statement in tree.body:
        for node in ast.walk(statement) if isinstance(statement, ast.If | ast.Expr) else ():
            if isinstance(node, ast.Call) and _name(node.func) == "main":
                yield node


def _name(function: ast.expr) -> str | None:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else None
