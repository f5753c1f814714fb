"""Great Expectations' Data Docs of runs: static HTML pages, built by Great Expectations itself."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from framework.errors import FailedError, MisconfiguredError
from framework.record.gxresult import build_validation_results
from framework.record.record import RunRecord

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.data_context.store.store import DataDocsSiteConfigTypedDict
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

_SITE = "sparkjob"


def write_data_docs(records: Iterable[RunRecord], directory: Path) -> int:
    """Build the site of `records` in `directory`, `index.html` first; how many pages of results it has.

    Raises `MisconfiguredError` when Great Expectations is not installed, `FailedError` when it cannot
    render a page. It sends nothing anywhere: its analytics are switched off for this process.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when it is imported
    try:
        import great_expectations as gx
        from great_expectations.core.expectation_validation_result import (
            ExpectationSuiteValidationResultSchema,
        )
        from great_expectations.data_context.types.base import (
            DataContextConfig,
            InMemoryStoreBackendDefaults,
            ProgressBarsConfig,
        )
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )
    except ImportError:
        raise MisconfiguredError(
            "Data Docs are built by Great Expectations, which is not installed",
            hint='pip install "sparkjob[gx]"',
        ) from None
    # It tells of every page that it makes, and of types that it does not know.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    config = DataContextConfig(store_backend_defaults=stores, analytics_enabled=False)
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.add_data_docs_site(_SITE, _site(directory))
    number = 0
    for record in records:
        for document in build_validation_results(record):
            assert isinstance(document, dict)
            result = ExpectationSuiteValidationResultSchema().load(document)
            for each in result.results:
                each.expectation_config = _known(each)
            key = ValidationResultIdentifier(
                expectation_suite_identifier=ExpectationSuiteIdentifier(name=result.suite_name),
                run_id={"run_name": record.run_id, "run_time": record.started},
                batch_identifier=result.meta["batch_parameters"]["interval"].replace("/", "_"),
            )
            context.validation_results_store.set(key, result)
            number += 1
    context.build_data_docs(site_names=[_SITE])
    pages = len(list((directory / "validations").rglob("*.html")))
    if pages < number:  # it goes on when one cannot be rendered
        raise FailedError(f"Great Expectations rendered {pages} of {number} pages", where=str(directory))
    return number


def _known(result: "ExpectationValidationResult") -> "ExpectationConfiguration":
    """The rule, or where Great Expectations does not have it one that it has, in our words."""
    from great_expectations.exceptions.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    configuration = result.expectation_config
    assert configuration is not None
    try:
        configuration.to_domain_obj()
    except (ExpectationNotFoundError, ValueError):  # pydantic's errors are ValueErrors
        return ExpectationConfiguration(
            type="unexpected_rows_expectation",
            kwargs={"unexpected_rows_query": "SELECT * FROM {batch}"},
            description=result.meta["sparkjob"]["rule"],
            severity=configuration.severity,
        )
    return configuration


def _site(directory: Path) -> "DataDocsSiteConfigTypedDict":
    return {
        "class_name": "SiteBuilder",
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(directory.resolve()),
        },
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
