"""Whether files that were written anew hold the very rows of the old ones, in their order."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def are_same_rows(old: Iterable["pa.Table"], new: Iterable["pa.Table"]) -> bool:
    """Compare two streams of rows with equal columns, cut anywhere, value by value."""
    rest = _Stream(iter(new))
    return all(_are_same(part, rest.take(part.num_rows)) for part in old) and rest.is_at_end


class _Stream:
    def __init__(self, parts: "Iterator[pa.Table]") -> None:
        self._parts = parts
        self._open: list[pa.Table] = []

    def take(self, rows: int) -> "pa.Table | None":
        """The next rows; None when fewer are left."""
        import pyarrow as pa

        while sum(part.num_rows for part in self._open) < rows:
            following = next(self._parts, None)
            if following is None:
                return None
            self._open.append(following)
        if not self._open:
            return None if rows else pa.table({})
        whole = pa.concat_tables(self._open)
        self._open = [whole.slice(rows)]
        return whole.slice(0, rows)

    @property
    def is_at_end(self) -> bool:
        """Whether no row is left."""
        return all(not part.num_rows for part in (*self._open, *self._parts))


def _are_same(old: "pa.Table", new: "pa.Table | None") -> bool:
    if new is None:
        return False
    if not old.num_rows:
        return True
    return old.column_names == new.column_names and all(
        are_same_values(before.combine_chunks(), after.combine_chunks())
        for before, after in zip(old.columns, new.columns, strict=True)
    )


def are_same_values(old: "pa.Array", new: "pa.Array") -> bool:
    """Equal values in equal order. A NaN equals a NaN of the same bits, and -0.0 is not 0.0."""
    import pyarrow as pa
    import pyarrow.types as t

    if isinstance(old, pa.ChunkedArray):
        old, new = pa.concat_arrays(old.chunks), pa.concat_arrays(new.chunks)
    if old.type != new.type or not old.is_valid().equals(new.is_valid()):
        return False
    if t.is_floating(old.type):
        bits = {16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[old.type.bit_width]
        return bool(old.view(bits).equals(new.view(bits)))
    if t.is_struct(old.type):
        return all(map(are_same_values, old.flatten(), new.flatten()))
    if t.is_list(old.type) or t.is_large_list(old.type):
        lengths = old.value_lengths(), new.value_lengths()
        return bool(lengths[0].equals(lengths[1])) and are_same_values(old.flatten(), new.flatten())
    if t.is_map(old.type):
        return are_same_values(_entries(old), _entries(new))
    return bool(old.equals(new))


def _entries(maps: "pa.MapArray") -> "pa.ListArray":
    """A map is a list of its entries (Arrow columnar format, "Map Layout")."""
    import pyarrow as pa

    entry = pa.struct([pa.field("key", maps.type.key_type, nullable=False), maps.type.item_field])
    return maps.cast(pa.list_(entry))
