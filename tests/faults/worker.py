"""A driver that stays: runs `sparkjob` with the arguments of each line of its standard input.

Answers with a line `exit CODE`. So that two processes can race many rounds at the cost of one
start of Spark each; each round is the command line itself, from planning to the exit code.
"""

import json
import sys

from framework.cli.faults import exit_code_of
from framework.cli.main import cli

for line in sys.stdin:
    code = exit_code_of(cli, json.loads(line), name="sparkjob")
    sys.stdout.write(f"exit {code}\n")
    sys.stdout.flush()
