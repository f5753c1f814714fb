"""Digests of what a job declares; those of its code are in `project.hashing`.

Owner, tags, descriptions, locations, batch and places in files are in none of them.
"""

import json

from framework.contract.schema import Schema
from framework.contract.types import Expectation, Job, Output
from framework.generation import digest


def contract_digest(job: Job, output: Output) -> str:
    """SHA-256 in hex over schema, key, time, mode, partitioning, and the job's grain and zone.

    And over the name under which the job returns the rows: with two names exchanged, the same
    function gives each dataset the other's rows.
    """
    returned = [name for name, declared in job.outputs.items() if declared.dataset == output.dataset]
    return _digest(
        {
            "returned": returned,
            "schema": _columns(output.schema),
            "key": output.key,
            "time": output.time,
            "mode": output.mode,
            "partition_by": output.partition_columns,
            "sequence_by": output.sequence_by,
            "interval": job.interval,
            "timezone": None if job.interval is None else job.timezone,
        }
    )


def checks_digest(output: Output) -> str:
    """SHA-256 in hex over the expectations, whatever their order."""
    return digest(sorted(_expectation(expectation) for expectation in output.expectations))


def reads_digest(job: Job) -> str:
    """SHA-256 in hex over what each input reads: dataset, window, columns, and the file's schema."""
    return _digest(
        {
            name: {
                "dataset": declared.dataset,
                "window": declared.window,
                "columns": declared.columns,
                "optional": declared.optional,
                "schema": _columns(declared.schema),
            }
            for name, declared in job.inputs.items()
        }
    )


def _columns(schema: Schema | None) -> list[tuple[str, str, bool]] | None:
    return None if schema is None else [(c.name, c.type, c.nullable) for c in schema.columns]


def _expectation(expectation: Expectation) -> str:
    return _json(
        {
            "type": expectation.type,
            "arguments": dict(expectation.arguments),
            "severity": expectation.severity,
            "mostly": float(expectation.mostly),
            "on_fail": expectation.on_fail,
            "scope": expectation.scope,
        }
    )


def _digest(value: object) -> str:
    return digest((_json(value),))


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
