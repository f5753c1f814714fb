"""How long does one publish take, by the number of its files, and by those that its table has already?

    python bench/commits.py [--quick]

No Spark: the files are one small Parquet file, linked. `deltalake` is the bare minimum beside it, in the
same round: load the table, commit the same files, without looking at anything. A table with live files
has them from ten commits and a checkpoint; they lie in other days than the one that is published.

A publish has a fixed cost, one for each of its files, and one for each file of the table, because
deltalake loads all of a table's files. So three things are compared. Seconds per 1,000 files of a
publish, of 10,000 files by 1,000: they should stay within a factor of 2. (Of 10 files they cannot: that
is the fixed cost alone.) The same 1,000 files into a table of 100,000 files and into one of 10,000; and
the same by deltalake, below which no publish by it can be. Seconds per 1,000 files of table and publish
together, of the larger table by the smaller. The last line is one JSON object.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from framework import Interval, Output
from framework.audit.audit import reaudit_footers
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.generation import Fingerprint
from framework.plan.steps import Target
from framework.publish.delta.commit import no_hooks, strict
from framework.publish.delta.publisher import DeltaPublisher
from framework.stage.staged import Staged, StagedFile, stage_directory
from framework.tables.delta.reader import DeltaReader

OUTPUT = Output("bench.files", schema="day DATE, n BIGINT", time="day")
START = datetime(2024, 1, 1, tzinfo=UTC)
INTERVAL = Interval(start=START, end=START + timedelta(days=1))
DAY = INTERVAL.first_day.isoformat()
STATISTICS = '{"numRecords":1,"minValues":{"n":1},"maxValues":{"n":1},"nullCount":{"n":0}}'
CASES = ((0, 10), (0, 1_000), (0, 10_000), (10_000, 1_000), (100_000, 1_000))
"""Live files of the table, files that are published."""
_COMMITS = 10
_LINKS = 10_000  # a file has a limited number of names


def binding_of(root: Path) -> Binding:
    """The dataset in this folder."""
    return Binding(dataset=OUTPUT.dataset, format="delta", location=Location(uri=str(root)))


def create(root: Path, live: int) -> None:
    """A table of ours with that many live files, as far as the log knows."""
    DeltaPublisher().prepare(OUTPUT, binding_of(root), owner="bench", grain="day")
    for n in range(_COMMITS if live else 0):
        day = (INTERVAL.first_day - timedelta(days=n + 1)).isoformat()
        paths = [f"data/before-{n}/{number}.parquet" for number in range(live // _COMMITS)]
        commit_barely(DeltaTable(str(root)), paths, 700, day)
    if live:
        DeltaTable(str(root)).create_checkpoint()


def commit_barely(table: DeltaTable, paths: Sequence[str], size: int, day: str) -> None:
    """What no publish by deltalake can do without."""
    adds: list[AddAction | RemoveAction] = [
        AddAction(
            path=path,
            size=size,
            partition_values={"day": day},
            modification_time=0,
            data_change=True,
            stats=STATISTICS,
        )
        for path in paths
    ]
    table.create_write_transaction(
        adds,
        mode="overwrite",
        schema=table.schema(),
        partition_by=["day"],
        partition_filters=[("day", "in", [day])],
        commit_properties=strict(),
        post_commithook_properties=no_hooks(),
    )


def stage(root: Path, count: int) -> Staged:
    """That many staged files, looked at by nobody yet."""
    binding, stage_id = binding_of(root), "bench"
    directory = stage_directory(binding, stage_id)
    folder = root / directory
    folder.mkdir(parents=True)
    content = pa.table({"day": pa.array([INTERVAL.first_day]), "n": pa.array([1], pa.int64())})
    for number in range(count):
        first = number - number % _LINKS
        if number == first:
            pq.write_table(content, folder / f"{number}.parquet")
        else:
            os.link(folder / f"{first}.parquet", folder / f"{number}.parquet")
    size = (folder / "0.parquet").stat().st_size
    target = Target(
        output=OUTPUT,
        binding=binding,
        interval=INTERVAL,
        expected=DeltaReader().published(binding, [INTERVAL]).get(INTERVAL),
        fingerprint=Fingerprint(code="", contract="", checks="", parameters="", inputs=""),
    )
    return Staged(
        output=OUTPUT,
        binding=binding,
        targets=(target,),
        run_id="bench",
        stage_id=stage_id,
        directory=directory,
        files=tuple(
            StagedFile(
                path=f"{directory}/{number}.parquet", size=size, interval=INTERVAL, partition={"day": DAY}
            )
            for number in range(count)
        ),
    )


def publish_seconds(root: Path, count: int) -> float:
    """Seconds of our publish of staged and audited files."""
    staged = stage(root, count)
    publisher = DeltaPublisher()
    prepared = publisher.prepare(OUTPUT, staged.binding, owner="bench", grain="day")
    audited = reaudit_footers(staged, ())
    begun = time.perf_counter()
    (receipt,) = publisher.publish(prepared, audited, audited.publishable, wanted=lambda: None)
    seconds = time.perf_counter() - begun
    assert receipt.outcome == "published", receipt
    return seconds


def deltalake_seconds(root: Path, count: int) -> float:
    """Seconds of the bare commit of as many files."""
    begun = time.perf_counter()
    commit_barely(
        DeltaTable(str(root)), [f"data/bench/{number}.parquet" for number in range(count)], 700, DAY
    )
    return time.perf_counter() - begun


def measure(lake: Path, rounds: int) -> dict[str, dict[tuple[int, int], float]]:
    """Median seconds of both ways by case, in alternating order, each on a copy of its table."""
    tables = {live: lake / f"table-{live}" for live, _ in CASES}
    for live, root in tables.items():
        create(root, live)
    ways = {"ours": publish_seconds, "deltalake": deltalake_seconds}
    seconds: dict[str, dict[tuple[int, int], list[float]]] = {
        name: {case: [] for case in CASES} for name in ways
    }
    for turn in range(-1, rounds):
        for case in CASES:
            live, count = case
            for name in ways if turn % 2 else reversed(ways):
                root = lake / "copy"
                shutil.copytree(tables[live], root)
                taken = ways[name](root, count)
                shutil.rmtree(root)
                if turn >= 0:  # the first round loads the libraries
                    seconds[name][case].append(taken)
    return {
        name: {case: statistics.median(times) for case, times in found.items()}
        for name, found in seconds.items()
    }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds; within half a minute")
    rounds = 3 if parser.parse_args().quick else 7
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), rounds)
    ours, bare = found["ours"], found["deltalake"]
    print(f"{rounds} rounds, medians in seconds")
    print(f"{'live files':>10} {'published':>10} {'ours':>7} {'deltalake':>10} {'ours per 1,000':>15}")
    for live, count in CASES:
        each = ours[live, count] / count * 1000
        print(f"{live:>10,} {count:>10,} {ours[live, count]:>7.3f} {bare[live, count]:>10.3f} {each:>15.3f}")
    more = (ours[0, 10_000] - ours[0, 1_000]) / 9
    wider = (ours[100_000, 1_000] - ours[10_000, 1_000]) / 90
    print(
        f"fixed {ours[0, 10]:.3f}; each 1,000 files of a publish {more:.3f}; "
        f"each 1,000 live files {wider:.4f} (deltalake alone "
        f"{(bare[100_000, 1_000] - bare[10_000, 1_000]) / 90:.4f})"
    )
    ratios = {
        "per 1,000 published, 10,000 by 1,000": ours[0, 10_000] / 10 / ours[0, 1_000],
        "1,000 files, into 100,000 by into 10,000": ours[100_000, 1_000] / ours[10_000, 1_000],
        "the same by deltalake alone": bare[100_000, 1_000] / bare[10_000, 1_000],
        "per 1,000 of table and publish, 100,000 by 10,000": ours[100_000, 1_000]
        / 101
        / (ours[10_000, 1_000] / 11),
        "ours by deltalake, into 100,000": ours[100_000, 1_000] / bare[100_000, 1_000],
    }
    print(json.dumps({name: round(ratio, 3) for name, ratio in ratios.items()}))


if __name__ == "__main__":
    main()
