"""The one place where an error becomes text on stderr and an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence

import click

from framework.errors import Fault, SparkjobError
from framework.outcome import Outcome
from framework.present.faults import render_faults


def exit_code_of(command: click.Command, arguments: Sequence[str] | None, *, name: str) -> int:
    """Run `command`; its exit code. click's own usage errors are 64, like every mistake of a caller."""
    try:
        code = command.main(arguments, prog_name=name, standalone_mode=False)
    except click.exceptions.Abort:
        return Outcome.RETRY.exit_code
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        # Without arguments a group's message is the help itself.
        is_help = isinstance(error, click.exceptions.NoArgsIsHelpError)
        hint = None if is_help else f"{context.command_path if context else name} --help"
        print_faults([Fault(what=error.format_message(), hint=hint)])
        return Outcome.MISCONFIGURED.exit_code
    except SparkjobError as error:
        print_faults(error.faults)
        return error.outcome.exit_code
    except BrokenPipeError:  # `sparkjob plan | head`: the reader has gone, that is no error
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  # for the interpreter's last flush
        return 0
    except Exception as error:  # noqa: BLE001  # an unforeseen error is a bug, and says so
        print_traceback()
        print_faults(
            [Fault(what=f"{type(error).__name__} in sparkjob itself: a bug; please report the lines above")]
        )
        return Outcome.FAILED.exit_code
    return code if isinstance(code, int) else 0


def print_faults(faults: Sequence[Fault]) -> None:
    """Faults on stderr, secrets replaced."""
    from framework.environment.redaction import redact

    sys.stderr.write(f"{redact(render_faults(faults))}\n")


def print_traceback() -> None:
    """The current traceback on stderr, secrets replaced."""
    from framework.environment.redaction import redact

    sys.stderr.write(redact(traceback.format_exc()))
