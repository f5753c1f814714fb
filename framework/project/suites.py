"""Puts the expectations of suite files in the place of their placeholders."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from framework.contract.suggest import suggest
from framework.contract.suite import parse_suite
from framework.contract.types import SUITE, Expectation, Input, Job, Output
from framework.errors import Fault, Where

_Declared = TypeVar("_Declared", Input, Output)


class Suites:
    """The suite files of one project; each is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[Path, tuple[tuple[Expectation, ...], tuple[Fault, ...]]] = {}

    def load_into(self, job: Job) -> tuple[Job, tuple[Fault, ...]]:
        """`job` (places relative to the root) with its suites' expectations, and the faults of their files.

        A suite's file stands beside the file that names it. Expectations keep their order and
        have the suite's file and line as their place.
        """
        faults: list[Fault] = []
        inputs = {name: self._filled(declared, faults) for name, declared in job.inputs.items()}
        outputs = {name: self._filled(output, faults) for name, output in job.outputs.items()}
        return replace(job, inputs=inputs, outputs=outputs), tuple(dict.fromkeys(faults))

    def _filled(self, declared: _Declared, faults: list[Fault]) -> _Declared:
        if not any(_is_suite(expectation) for expectation in declared.expectations):
            return declared
        found: list[Expectation] = []
        for expectation in declared.expectations:
            if _is_suite(expectation):
                loaded, wrong = self._load(expectation, expectation.where or declared.where)
                found += loaded
                faults += wrong
            else:
                found.append(expectation)
        filled = copy(declared)
        object.__setattr__(filled, "expectations", tuple(found))
        return filled

    def _load(self, placeholder: Expectation, where: Where) -> tuple[Sequence[Expectation], Sequence[Fault]]:
        name: object = placeholder.arguments.get("file")
        if not isinstance(name, str) or not name:
            hint = 'Write the file\'s name, like "suites/daily.json"'
            return (), (Fault(what=f"{name!r} names no suite", where=where, hint=hint),)
        path = ((self._root / where.file).parent / name).resolve()
        if not path.is_relative_to(self._root):
            hint = "Keep it in the project, so that a release has it"
            return (), (Fault(what=f'suite "{name}" is outside the project', where=where, hint=hint),)
        shown = path.relative_to(self._root).as_posix()
        if not path.is_file():
            beside = sorted(p.name for p in path.parent.glob("*.json"))
            hint_ = suggest(path.name, beside, kind="Files", limit=12)
            return (), (Fault(what=f'suite "{name}" is not there ({shown})', where=where, hint=hint_),)
        if path not in self._read:
            self._read[path] = _parsed(path, shown)
        return self._read[path]


def _parsed(path: Path, shown: str) -> tuple[tuple[Expectation, ...], tuple[Fault, ...]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        where = Where(file=shown, line=1)
        return (), (Fault(what="not JSON: it is not UTF-8", where=where, hint="Save it as UTF-8"),)
    except OSError as error:
        return (), (Fault(what=f"cannot be read: {error.strerror}", where=Where(file=shown, line=1)),)
    return parse_suite(text, shown)


def _is_suite(expectation: object) -> bool:
    return isinstance(expectation, Expectation) and expectation.type == SUITE
