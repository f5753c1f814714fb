"""Faults that a test asks for, made on a statement's way to the server or on its answer's way back."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from tests.redshift.rig.wire import CYCLE

Kind = Literal["drop", "lose_reply", "linger", "error", "delay"]
How = Literal["fin", "rst"]


@dataclass(kw_only=True)
class Fault:
    """What happens to the `nth` and the following statements, `times` in all, that `match` is found in.

    `drop`: the connection ends before the statement is carried out. `lose_reply`: after it.
    `linger`: the connection ends at once, and the statement is carried out when another session waits
    for a lock of this one. `error`: the server answers with it; of a COMMIT, after it has rolled back.
    `delay`: it takes so many `seconds`. `how`: an orderly end of the connection (FIN) or a reset (RST).
    `load`: what of an `error` SYS_LOAD_ERROR_DETAIL is to say. `then` is called before the client learns
    anything: after the statement, or where it is dropped, in its place.
    """

    match: str
    do: Kind
    how: How = "fin"
    nth: int = 1
    times: int = 1
    seconds: float = 0.0
    state: str = "XX000"
    text: str = "1023"
    detail: str = CYCLE
    load: Mapping[str, str | int] = field(default_factory=dict)
    then: Callable[[], None] | None = None
    seen: int = 0


@dataclass
class Faults:
    """The faults that are asked for, and the statements that came."""

    asked: list[Fault] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def during(self, *faults: Fault) -> Iterator[None]:
        """These faults for the statements of the block."""
        self.asked.extend(faults)
        try:
            yield
        finally:
            for fault in faults:
                self.asked.remove(fault)

    def due(self, sql: str) -> Fault | None:
        """The fault of this statement, which is noted."""
        hit = None
        with self._lock:
            self.statements.append(sql)
            for fault in self.asked:
                if re.search(fault.match, sql, re.IGNORECASE | re.DOTALL):
                    fault.seen += 1
                    if hit is None and fault.nth <= fault.seen < fault.nth + fault.times:
                        hit = fault
        return hit
