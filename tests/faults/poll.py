"""Reads Delta tables by plain delta-spark, again and again, as the readers of a published table do.

Arguments: paths of tables. A JSON line for each look: `{"table": path, "v": {"2013-01-01": {"1": 20}}}`,
rows by day and value of `v`. Ends when its standard input is closed.
"""

import json
import sys
import threading
from pathlib import Path

from framework.stage.session import open_session
from framework.stage.settings import DEFAULTS, DELTA

tables = sys.argv[1:]
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
spark = open_session("poll", spark={**DEFAULTS, **DELTA, "spark.master": "local[1]"})
sys.stdout.write("ready\n")
sys.stdout.flush()
while not ended.is_set():
    for table in tables:
        if not (Path(table) / "_delta_log").exists():
            continue
        seen: dict[str, dict[str, int]] = {}
        for row in spark.read.format("delta").load(table).groupBy("day", "v").count().collect():
            seen.setdefault(str(row["day"]), {})[str(row["v"])] = row["count"]
        sys.stdout.write(json.dumps({"table": table, "v": seen}) + "\n")
        sys.stdout.flush()
