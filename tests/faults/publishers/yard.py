"""Runs of `shop`, each a process that can be held or killed before any of its touches (`traced.py`).

A line of standard input is a command, and a line of standard output its answer, both JSON:
    {"do": "open", "root": …, "form": …, "lake": uri, "options": {…}}    from now on, there
    {"do": "start", "name": "A", "days": [0, 1], "full": bytes}    a run that has not begun
    {"do": "go", "names": ["A", "B"], "hold": 3 or null}    until each ended, or has made 3 touches more
    {"do": "kill", "name": "A"}
With `full` no file can grow beyond so many bytes, as on a disk that is full.
The answer tells of each named run `{"code": … or null, "touches": …, "last": …}`.
"""

import json
import os
import resource
import signal
import sys
from functools import partial
from pathlib import Path

import deltalake
import obstore
import pyarrow.pandas_compat
import pyarrow.parquet
import tenacity

from framework.environment.location import Location
from framework.publish.delta import publisher as _delta
from framework.publish.parquet import publisher as _parquet
from framework.run import guard
from framework.tables import files, published
from framework.tables.delta import reader as _delta_reader
from framework.tables.parquet import reader as _parquet_reader
from tests.faults.publishers.shop import DAYS, Shop
from tests.faults.publishers.traced import Traced, Tracer

LOADED = (
    *(deltalake, obstore, pyarrow.pandas_compat, pyarrow.parquet, tenacity),
    *(_delta, _parquet, files, published, _delta_reader, _parquet_reader),
)
"""Imported once, before any child; what starts threads must not be called here."""


def _work(shop: Shop, days: list[int], said: int, full: int | None) -> int:
    # As a process that was started by this one.
    guard._STARTERS = guard.starters()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(said, 2)
    if full is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (full, full))
    return shop.exit(tuple(DAYS[n] for n in days))


def _told(run: Traced) -> dict[str, object]:
    return {"code": run.code, "touches": run.touches, "last": run.last}


def main() -> None:
    """Answer until standard input ends; children end with this process."""
    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    runs: dict[str, Traced] = {}
    logs: dict[str, int] = {}
    shop: Shop | None = None
    tracer = Tracer(None)
    for line in sys.stdin:
        asked = json.loads(line)
        names = asked.get("names", [asked.get("name")])
        match asked["do"]:
            case "open":
                for run in runs.values():
                    tracer.kill(run)
                for read in logs.values():
                    os.close(read)
                runs, logs, names = {}, {}, []
                root = Path(asked["root"])
                shop = Shop(root, asked["form"], Location(uri=asked["lake"], options=asked["options"]))
                tracer = Tracer(None if asked["lake"].startswith("s3://") else root)
            case "start":
                assert shop is not None
                # A pipe, which no full disk concerns; it takes more than a run says.
                logs[asked["name"]], said = os.pipe()
                work = partial(_work, shop, asked["days"], said, asked.get("full"))
                runs[asked["name"]] = tracer.start(work)
                os.close(said)
            case "go":
                for name in names:
                    more = asked["hold"]
                    runs[name].hold = None if more is None else runs[name].touches + more
                tracer.go_on([runs[name] for name in names])
            case "kill":
                tracer.kill(runs[asked["name"]])
        for name in [name for name in logs if runs[name].code is not None]:
            assert shop is not None
            with os.fdopen(logs.pop(name), "rb") as said_by:
                shop.root.with_name(f"{name}.log").write_bytes(said_by.read())
        sys.stdout.write(json.dumps({name: _told(runs[name]) for name in names}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
