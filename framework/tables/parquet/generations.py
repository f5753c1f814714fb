"""The current generations of a table's intervals, as their pointers tell them."""

from collections.abc import Mapping, Sequence

from framework.environment.location import Location
from framework.generation import Generation
from framework.interval import Interval
from framework.tables.parquet.pointer import Pointer, files_hash
from framework.tables.parquet.table import Names, PointerTable, live_sizes, read_pointers


def read_generations(
    table: PointerTable, names: Names, intervals: Sequence[Interval]
) -> Mapping[Interval, Generation]:
    """The generation of each interval that had one when the names were read."""
    numbers = {interval: number for interval in intervals if (number := names.of(interval))}
    pointers = read_pointers(table, numbers)
    sizes = live_sizes(pointers.values(), table.location)
    return {interval: _generation(table, interval, found, sizes) for interval, found in pointers.items()}


def find_changed(pointers: Sequence[Pointer], location: Location) -> tuple[list[str], list[str]]:
    """The files of these generations that are gone, and those that have another size than they had."""
    sizes = live_sizes(pointers, location)
    files = [file for pointer in pointers for file in pointer.files]
    gone = [file.path for file in files if file.path not in sizes]
    return gone, [file.path for file in files if sizes.get(file.path, file.size) != file.size]


def _generation(
    table: PointerTable, interval: Interval, pointer: Pointer, sizes: Mapping[str, int]
) -> Generation:
    files = pointer.files
    return Generation(
        dataset=table.dataset,
        interval=interval,
        number=pointer.number,
        fingerprint=pointer.fingerprint,
        files=files_hash((file.path, file.size) for file in files),
        live=files_hash((file.path, sizes[file.path]) for file in files if file.path in sizes),
        table_id=table.id,
        run_id=pointer.run_id,
        stage_id=pointer.stage_id,
        parts=pointer.parts,
        restored=pointer.restored,
    )
