"""Prints the settings with which a session of ours starts a local Spark, for spark-submit.

One `key=value` after the other, each ended by a NUL byte.
"""

import sys

from framework.stage.session import local_settings

if __name__ == "__main__":
    for key, value in local_settings({}).items():
        sys.stdout.write(f"{key}={value}\0")
