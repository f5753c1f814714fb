"""Prints the settings with which a session of ours starts a local Spark, for spark-submit.

    local_settings.py [JOB FILE OR FOLDER [ARGUMENTS]...]

One `key=value` after the other, each ended by a NUL byte. Of the arguments, which were checked
before, only the environment counts: with a store on S3 Spark is started with what it needs for it.
Access settings are not among the output, since everybody may read a command line.
"""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from framework.environment.load import load_environment
from framework.project.load import find_root
from framework.stage.session import local_settings
from framework.stage.settings import has_s3


def main(arguments: list[str]) -> None:
    """Print the settings for these arguments of spark-submit."""
    if arguments and Path(arguments[0]).name == "application.py":
        arguments = arguments[1:]
    s3 = bool(arguments) and _has_s3(arguments)
    for key, value in local_settings({}, s3=s3).items():
        sys.stdout.write(f"{key}={value}\0")


def _has_s3(arguments: list[str]) -> bool:
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--env", default="local")
    env = parser.parse_known_args(arguments[1:])[0].env
    root = find_root(Path(arguments[0]).resolve())
    return has_s3(load_environment(root, env, process=os.environ))


if __name__ == "__main__":
    main(sys.argv[1:])
