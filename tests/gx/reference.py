"""The reference: one run of Great Expectations over a Spark frame, and what it says of each expectation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from great_expectations.datasource.fluent.interfaces import Batch
    from pyspark.sql import DataFrame

_FREE_OF_ROWS = "BOOLEAN_ONLY"
"""The format whose metrics are counts alone: the rows, a Spark job for each rule, are not asked for."""


@dataclass(frozen=True)
class Answer:
    """What Great Expectations says. `raised`: it gave up on the rule, with the error's first line."""

    success: bool
    unexpected: int | None = None
    considered: int | None = None
    observed: object = None
    details: object = None
    raised: str | None = None


class GreatExpectations:
    """An ephemeral context with a Spark data source. Nothing is cached, persisted, written or sent."""

    def __init__(self) -> None:
        import great_expectations as gx

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_spark("tables", persist=False)
        asset = source.add_dataframe_asset("table")
        self._definition = asset.add_batch_definition_whole_dataframe("whole")
        self._context = context

    def answers(self, frame: "DataFrame", rules: Sequence[tuple[str, Mapping[str, object]]]) -> list[Answer]:
        """What it says of each rule, given by type (without `expect_`) and arguments; one run for all."""
        batch = self._definition.get_batch({"dataframe": frame})
        expectations = [_expectation(type_, arguments) for type_, arguments in rules]
        valid = [each for each in expectations if not isinstance(each, Answer)]
        results = iter(_validate(batch, valid))
        return [each if isinstance(each, Answer) else next(results) for each in expectations]


def known_types() -> set[str]:
    """The types of its core expectations that it evaluates with Spark, without `expect_`."""
    from great_expectations.expectations import core
    from great_expectations.expectations.registry import (
        _registered_metrics,
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    found = set()
    for name in list_registered_expectation_implementations():
        declared = get_expectation_impl(name)
        metric = getattr(declared, "map_metric", None)
        providers = _registered_metrics.get(f"{metric}.condition", {}).get("providers", {})
        # Those that choose their metrics by the engine do without a provider of their own.
        chooses = metric is None or "get_validation_dependencies" in vars(declared)
        if hasattr(core, _class_name(name)) and (chooses or "SparkDFExecutionEngine" in providers):
            found.add(name.removeprefix("expect_"))
    return found


def _class_name(type_: str) -> str:
    return "".join(part.capitalize() for part in type_.split("_"))


def gx_type(type_: str) -> str:
    """The name under which Great Expectations registers a type of ours."""
    return type_ if type_ == "unexpected_rows_expectation" else f"expect_{type_}"


def _expectation(type_: str, arguments: Mapping[str, object]) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    given = dict(arguments)
    if isinstance(given.get("row_condition"), str):
        given["condition_parser"] = "spark"
    try:
        return get_expectation_impl(gx_type(type_))(**given)
    except Exception as error:  # noqa: BLE001  # whatever it refuses with is its answer
        return Answer(success=False, raised=f"refused: {_line(error)}")


def _validate(batch: "Batch", expectations: Sequence[Any]) -> list[Answer]:
    """Resolve the metrics of all at once, then let each expectation judge and describe them.

    `Batch.validate` does the same; but its formats that tell counts collect unexpected rows as well.
    """
    from great_expectations.validator.v1_validator import Validator

    validator = Validator(
        batch_definition=batch.data_asset.get_batch_definition("whole"),
        batch_parameters={"dataframe": batch.data.dataframe},
        result_format=_FREE_OF_ROWS,
    )
    configurations = [each.configuration for each in expectations]
    for number, each in enumerate(configurations):
        each.meta = {"number": number}
    results = validator._validate_expectation_configs(configurations)
    engine = validator._wrapped_validator.execution_engine
    found: dict[int, Answer] = {}
    for result in results:
        raised = _raised(result.exception_info)
        number = result.expectation_config.meta["number"]
        if raised is not None:
            found[number] = Answer(success=False, raised=raised)
        else:
            found[number] = _answer(bool(result.success), _described(result.expectation_config, engine))
    return [found[number] for number in range(len(expectations))]


def _described(configuration: Any, engine: Any) -> Mapping[str, object]:
    from great_expectations.core import ExpectationValidationResult

    expectation = configuration.to_domain_obj()
    needed = expectation.get_validation_dependencies(engine, {"result_format": _FREE_OF_ROWS})
    metrics = {name: engine._metric_cache[m.id] for name, m in needed.metric_configurations.items()}
    format_ = {"result_format": "BASIC", "partial_unexpected_count": 20, "include_unexpected_rows": False}
    said = expectation._validate(metrics, {"result_format": format_}, engine)
    result = said.result if isinstance(said, ExpectationValidationResult) else said.get("result")
    return result or {}


def _answer(success: bool, result: Mapping[str, Any]) -> Answer:
    rows, missing = result.get("element_count"), result.get("missing_count", 0)
    return Answer(
        success=success,
        unexpected=result.get("unexpected_count"),
        considered=None if rows is None or missing is None else rows - missing,
        observed=result.get("observed_value"),
        details=result.get("details"),
    )


def _raised(info: Mapping[str, Any] | None) -> str | None:
    if not info:
        return None
    if "raised_exception" in info:
        return _line(info.get("exception_message")) if info["raised_exception"] else None
    return next((_line(each.get("exception_message")) for each in info.values()), None)


def _line(error: object) -> str:
    return str(error).strip().split("\n", 1)[0][:200]
