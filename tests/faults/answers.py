"""Standard output for answers alone: the JVM of this process writes there too (VACUUM does)."""

import json
import os
from collections.abc import Callable


def take_stdout() -> Callable[[dict[str, object]], None]:
    """What writes an answer, one line of JSON. Called first of all: a JVM then writes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(told: dict[str, object]) -> None:
        answers.write(json.dumps(told) + "\n")
        answers.flush()

    return answer
