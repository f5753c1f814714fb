"""All that was ever published into the tables of `shop`, read from logs and pointers, and judged.

Whatever happens to runs, of every table this holds:
- a publish leaves each of its days whole: every key once, all of one value (no row lost, doubled or mixed);
- it leaves other days as they were;
- a day's generations are numbered 1, 2, 3, …: of those who would make the next one, one did;
- a newer generation has values that are no older: values come in order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.faults.publishers.onlooker import Options, Rows, objects, read_delta, read_pointed, state_of

NOTES = "sparkjob"
State = Mapping[str, list[tuple[str, int]]]


def whole(v: int, keys: int) -> list[tuple[str, int]]:
    """A day with the value `v`."""
    return [(f"key{key}", v) for key in range(keys)]


@dataclass
class Book:
    """One table. `published`: the values of each day's generations, from the first on."""

    form: str
    uri: str
    options: Options
    keys: int
    published: dict[str, list[int]] = field(default_factory=dict)
    others_wrote: bool = False
    _known: int = 0
    _state: State = field(default_factory=dict)

    def read_on(self) -> None:
        """Judge what was published since the last time."""
        if self.form == "delta":
            self._read_log()
        else:
            self._read_pointers()

    def now(self) -> State:
        """What a reader sees now."""
        return self._state

    def _read_log(self) -> None:
        log = {
            int(p[:20]): text
            for p, text in objects(self.uri, self.options, "_delta_log").items()
            if p[:20].isdigit()
        }
        for version in sorted(number for number in log if number >= self._known):
            actions = [json.loads(line) for line in log[version].splitlines()]
            info = next((each["commitInfo"] for each in actions if "commitInfo" in each), {})
            after = state_of(read_delta(self.uri, self.options, version))
            if NOTES in info:
                of = json.loads(info[NOTES])["generations"]
                self._judge({key[:10]: note["number"] for key, note in of.items()}, after)
            elif not self.others_wrote:
                assert after == self._state, f"{self.uri}@{version} has changed rows, and is nobody's"
            self._state, self._known = after, version + 1

    def _read_pointers(self) -> None:
        found = []
        for path, text in objects(self.uri, self.options, "_published").items():
            folder, _, name = path.rpartition("/")
            if folder and not folder.rpartition("/")[2].startswith("_"):
                found.append((int(name.removesuffix(".json")), json.loads(text)))
        for number, pointer in sorted(found, key=lambda each: each[0]):
            day = pointer["interval"][:10]
            if number > len(self.published.get(day, [])):
                rows: Rows = read_pointed(self.uri, self.options, pointer)
                after = {**{d: s for d, s in self._state.items() if d != day}, **state_of(rows)}
                self._judge({day: number}, after)
                self._state = after

    def _judge(self, numbers: Mapping[str, int], after: State) -> None:
        for day, number in numbers.items():
            rows, earlier = after.get(day, []), self.published.setdefault(day, [])
            values = {v for _, v in rows}
            assert len(values) == 1, f"{self.uri} {day} #{number}: rows lost or mixed: {rows}"
            (v,) = values
            assert rows == whole(v, self.keys), f"{self.uri} {day} #{number}: rows lost or doubled: {rows}"
            assert number == len(earlier) + 1, f"{self.uri} {day}: #{number} after #{len(earlier)}"
            assert not earlier or v >= earlier[-1], f"{self.uri} {day} #{number}: {v} after {earlier}"
            earlier.append(v)
        rest = {day: rows for day, rows in after.items() if day not in numbers}
        before = {day: rows for day, rows in self._state.items() if day not in numbers}
        assert rest == before, f"{self.uri}: a publish of {list(numbers)} has changed other days"
