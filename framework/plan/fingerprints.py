"""What decides the rows of (output, interval), hashed part by part."""

import json
from collections.abc import Mapping

from framework.contract.quarantine import declared_output
from framework.contract.types import Job, Output, Scalar
from framework.environment.environment import Environment
from framework.generation import Fingerprint, Pin, digest
from framework.interval import Interval
from framework.plan.inputs import inputs_digest
from framework.project.digests import checks_digest, contract_digest, reads_digest
from framework.project.project import Project


def build_fingerprint(
    project: Project,
    environment: Environment,
    job: Job,
    output: Output,
    interval: Interval,
    *,
    pins: Mapping[str, Pin] | None,
    parameters: Mapping[str, Scalar],
) -> Fingerprint:
    """The fingerprint that publishing `output` for `interval` with these pins would carry.

    Without pins it says nothing of the inputs.
    """
    options = {d.dataset: dict(environment.input(d.dataset).options) for d in job.inputs.values()}
    return Fingerprint(
        code=project.hashes[job.name],
        contract=contract_part(job, output),
        checks=checks_digest(job, declared_output(job, output.dataset) or output),
        parameters=digest(
            (json.dumps(dict(parameters), sort_keys=True), json.dumps(options, sort_keys=True))
        ),
        inputs=None if pins is None else inputs_digest(project, job, interval, pins),
    )


def contract_part(job: Job, output: Output) -> str:
    """The part of a fingerprint that the contract decides."""
    return digest((contract_digest(job, output), reads_digest(job)))
