"""One build from pinned inputs to staged files: read, call, match columns, write."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.contract.modes import returned_output
from framework.contract.quarantine import published_outputs, quarantine_dataset
from framework.environment.environment import Environment
from framework.errors import FailedError, RejectedError, SparkjobError
from framework.plan.steps import Build
from framework.project.project import Project
from framework.stage.conform import conform
from framework.stage.damage import find_damage
from framework.stage.function import Call, Caller, call_job
from framework.stage.inputcheck import require_unchanged
from framework.stage.inputs import read_inputs
from framework.stage.quarantine import render_broken, stage_quarantine
from framework.stage.staged import Staged
from framework.stage.undeclared import find_undeclared
from framework.stage.usercode import UserCodeError
from framework.stage.write import stage_output, stage_returned

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """What one build staged, in the order of publishing, and what it was made of.

    Of a merged output that is what the function returned; `stage.merging` makes the rows to publish of it.

    `inputs`: the frames that the function got, by name; None for an optional one that is not there.
    `undeclared`: what its plans read without declaring it.
    """

    outputs: tuple[Staged, ...]
    inputs: "Mapping[str, DataFrame | None]"
    undeclared: tuple[str, ...] = ()


def stage(
    spark: "SparkSession",
    build: Build,
    project: Project,
    environment: Environment,
    run_id: str,
    stage_id: str,
    *,
    look: "Callable[[Mapping[str, DataFrame | None]], None] | None" = None,
    caller: Caller = call_job,
) -> StageResult:
    """Stage all outputs of `build`, and beside each the rows of it that break a rule.

    `look` gets the inputs before the function does, and raises when the function must not have
    them; `caller` calls it. Every output's columns are looked at before the first is written.
    Raises `UserCodeError`, `RejectedError` for columns that do not fit and for damaged inputs,
    `RetryError` for inputs that changed or went away, `MisconfiguredError`, and what `look` raises.
    """
    try:
        done = _stage(spark, build, project, environment, run_id, stage_id, look, caller)
    except (FailedError, RejectedError):
        # A file that was replaced while Spark read it may look damaged, or give the function rows
        # that it cannot take.
        require_unchanged(build, environment)
        raise
    require_unchanged(build, environment)
    return done


def _stage(
    spark: "SparkSession",
    build: Build,
    project: Project,
    environment: Environment,
    run_id: str,
    stage_id: str,
    look: "Callable[[Mapping[str, DataFrame | None]], None] | None",
    caller: Caller,
) -> StageResult:
    job = build.job
    inputs = read_inputs(spark, build, project, environment, run_id=run_id)
    if look is not None:
        look(inputs)
    frames = caller(
        spark,
        job,
        Call(
            inputs=inputs,
            interval=build.interval,
            parameters=build.parameters,
            secrets=environment.secrets,
            root=project.root,
        ),
    )
    conformed = _conform(frames, build)
    undeclared = find_undeclared(conformed.values(), inputs.values())
    published = {output.dataset: output for output in published_outputs(job).values()}
    staged: list[Staged] = []
    for name, output in job.outputs.items():
        binding = environment.binding(output.dataset)
        frame = conformed[name]
        try:
            if output.is_merged and not binding.merges_rows:
                rows = stage_returned(frame, build, output, binding, run_id=run_id, stage_id=stage_id)
            else:
                broken = render_broken(output)
                rows = stage_output(
                    frame, build, output, binding, run_id=run_id, stage_id=stage_id, broken=broken
                )
        except SparkjobError:
            raise
        except Exception as error:
            # The user's plan runs only here; its errors are the user's.
            files = [file.uri for pin in build.pins.values() for file in pin.files]
            raise find_damage(error, files) or UserCodeError(job.name, error, project.root) from error
        held = quarantine_dataset(output)
        if held is not None:
            binding = environment.binding(held)
            staged.append(stage_quarantine(spark, rows, build, published[held], binding))
        staged.append(rows)
    return StageResult(outputs=tuple(staged), inputs=inputs, undeclared=undeclared)


def _conform(frames: "dict[str, DataFrame]", build: Build) -> "dict[str, DataFrame]":
    conformed, errors = {}, []
    for name, output in build.job.outputs.items():
        try:
            conformed[name] = conform(frames[name], returned_output(output))
        except SparkjobError as error:
            errors.append(error)
    if errors:
        raise type(errors[0])([fault for error in errors for fault in error.faults])
    return conformed
