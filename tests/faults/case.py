"""A fault in the middle of a run, and what must hold after the next."""

from collections.abc import Mapping
from pathlib import Path

from tests.faults.processes import Plain, Resident
from tests.faults.world import TABLES, expected, history, rows, tiny_project, whole


class Case:
    """A project with or without earlier data, watched by plain Spark until it is checked."""

    def __init__(
        self,
        root: Path,
        resident: Resident,
        plain: Plain,
        *,
        earlier: bool,
        files: Mapping[str, str] | None = None,
    ) -> None:
        self.project = tiny_project(root, files)
        self.new = 2 if earlier else 1
        self._resident = resident
        self._plain = plain
        if earlier:
            assert resident.run(self.project, "split").code == 0
            self.project.write_readings(2)
        plain.watch(*map(self.project.table, TABLES))

    def run_again_and_check(self) -> None:
        """After the fault: the rows of one clean run, no reader saw a mix, then nothing is left to do."""
        again = self._resident.run(self.project, "split")
        assert again.code == 0, again.out + again.err
        looks = self._plain.seen()
        for dataset in TABLES:
            assert rows(self.project, dataset) == expected(dataset, self.new)
            allowed = whole(dataset, *range(1, self.new + 1))
            assert set(looks[self.project.table(dataset)]) <= allowed
            assert set(history(self.project, dataset)) <= allowed
        third = self._resident.run(self.project, "split")
        assert third.code == 0, third.out + third.err
        assert "1 unchanged" in third.out
