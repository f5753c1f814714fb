"""`sparkjob checks import`."""

from pathlib import Path

import click

from framework.cli.checks.export import warn
from framework.contract.catalogue import CATALOGUE
from framework.contract.suggest import close_to
from framework.contract.suite import parse_suite
from framework.contract.types import Expectation
from framework.errors import Fault, MisconfiguredError
from framework.exchange.code import render_expectations, render_outputs
from framework.exchange.odcs.parse import parse_contract


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["gx", "odcs"]),
    help="A Great Expectations 1.x suite (what a .json is), or an ODCS 3.x data contract (everything else).",
)
def import_(file: Path, format_: str | None) -> None:
    """Print a suite, or a data contract with its columns, as Python for a job file.

    What cannot be said in it is named on stderr. A suite needs no import to be used: name the file in
    `Output(expectations=…)`.
    """
    text = _read(file)
    if (format_ or ("gx" if file.suffix == ".json" else "odcs")) == "gx":
        expectations, faults = parse_suite(text, str(file))
        if faults and not expectations:
            raise MisconfiguredError(faults)
        known = [each for each in expectations if each.type in CATALOGUE]
        code = render_expectations(known)
        left = (*faults, *(_unknown(each) for each in expectations if each.type not in CATALOGUE))
    else:
        outputs, left = parse_contract(text, str(file))
        code = render_outputs(outputs)
    click.echo(code, nl=False)
    warn(tuple(sorted(left, key=lambda fault: fault.place)))


def _unknown(expectation: Expectation) -> Fault:
    what = f'unknown expectation "{expectation.type}"'
    return Fault(what=what, where=expectation.where, hint=close_to(expectation.type, CATALOGUE))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise MisconfiguredError("it is not UTF-8", where=str(file)) from None
    except OSError as error:
        raise MisconfiguredError(f"cannot be read: {error.strerror}", where=str(file)) from None
