"""Planning on the world as it is now: the same way for `plan`, `status` and `run`."""

from collections.abc import Callable, Mapping, Sequence

from framework.environment.environment import Binding, Environment
from framework.interval import Interval
from framework.plan.build import build_plan
from framework.plan.needs import collect_needs
from framework.plan.steps import Plan, Request
from framework.project.project import Project, datasets_of
from framework.tables.protocol import TableReader
from framework.tables.published import read_published
from framework.tables.readers import reader_of


def plan_now(
    project: Project,
    environment: Environment,
    request: Request,
    *,
    reader: Callable[[Binding], TableReader] = reader_of,
    unfinished: Mapping[str, Sequence[Interval]] | None = None,
) -> Plan:
    """Read what `request` depends on, without a JVM, and plan it. `unfinished`: see `build_plan`."""
    environment = making(project, environment, request)
    published = read_published(environment, collect_needs(project, request), reader)
    return build_plan(project, environment, request, published, unfinished=unfinished)


def making(project: Project, environment: Environment, request: Request) -> Environment:
    """The environment for what `request` makes: in a sandbox that is read back, and not the other's."""
    jobs = (project.jobs[name] for name in request.intervals)
    return environment.making(dataset for job in jobs for dataset in datasets_of(job))
