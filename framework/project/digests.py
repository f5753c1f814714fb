"""Digests of what a job declares; those of its code are in `project.hashing`.

Owner, tags, descriptions, locations, batch and places in files are in none of them.
"""

import json

from framework.contract.modes import tracked_columns
from framework.contract.quarantine import limits_of, quarantine_dataset
from framework.contract.schema import Schema
from framework.contract.types import Expectation, Input, Job, Output
from framework.generation import digest


def contract_digest(job: Job, output: Output) -> str:
    """SHA-256 in hex over schema, key, time, mode, partitioning, and the job's grain and zone.

    And over the name under which the job returns the rows: with two names exchanged, the same
    function gives each dataset the other's rows. A quarantine is returned by the name of its output.
    """
    returned = [
        name
        for name, declared in job.outputs.items()
        if output.dataset in (declared.dataset, quarantine_dataset(declared))
    ]
    return _digest(
        {
            "returned": returned,
            "schema": _columns(output.schema),
            "key": output.key,
            "time": output.time,
            "mode": output.mode,
            "partition_by": output.partition_columns,
            "sequence_by": output.sequence_by,
            **({"delete_when": output.delete_when} if output.is_merged else {}),
            **(
                {"tracked": tracked_columns(output), "validity": output.validity}
                if output.mode == "scd2"
                else {}
            ),
            "interval": job.interval,
            "timezone": None if job.interval is None else job.timezone,
        }
    )


def checks_digest(job: Job, output: Output) -> str:
    """SHA-256 in hex over the expectations, whatever their order, and how many rows they may split off.

    And over those of the job's inputs, for they decide too whether there is an output.
    """
    rules = sorted(_expectation(expectation) for expectation in output.expectations)
    rules += sorted(
        _json({"input": name, "checks": input_checks_digest(declared)})
        for name, declared in job.inputs.items()
        if declared.expectations
    )
    if quarantine_dataset(output) is not None:
        limits = limits_of(output)
        rules.append(_json({"max_rows": limits.max_rows, "max_fraction": limits.max_fraction}))
    return digest(rules)


def input_checks_digest(declared: Input) -> str:
    """SHA-256 in hex over the expectations of an input, whatever their order."""
    return digest(sorted(map(_expectation, declared.expectations)))


def expectation_digest(expectation: Expectation) -> str:
    """SHA-256 in hex over one rule with its options."""
    return digest((_expectation(expectation),))


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
