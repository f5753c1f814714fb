"""A driver that stays: runs `sparkjob` command lines one after the other, each a whole invocation.

For what comes before and after a fault, and for races of many rounds: only Spark's start is spared.
A line of standard input is `{"root": folder, "arguments": [...], "hold": event or null}`, the answer
a line `{"code": …, "out": …, "err": …}`. With `hold` the process stops itself at that event.
"""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import cast

from framework.cli.faults import exit_code_of
from framework.cli.main import cli
from tests.faults.answers import take_stdout
from tests.faults.held import HeldAt

answer = take_stdout()
for line in sys.stdin:
    asked = json.loads(line)
    os.chdir(asked["root"])
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(cast("io.StringIO", HeldAt(err, asked["hold"]))):
        code = exit_code_of(cli, asked["arguments"], name="sparkjob")
    answer({"code": code, "out": out.getvalue(), "err": err.getvalue()})
