"""In CI nothing is skipped: a skip there is a failure that names its reason.

Expected failures are no skips: they ran.
"""

import os
from collections.abc import Generator

import pytest

_SKIPS_FAIL = os.environ.get("CI", "") not in ("", "0", "false")


def _fail_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if _SKIPS_FAIL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"In CI nothing is skipped. {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Of one test: `pytest.skip`, `skip` and `skipif` marks."""
    report = yield
    _fail_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Of one module: `importorskip`, `skip(allow_module_level=True)`."""
    report = yield
    _fail_skip(report)
    return report
