"""What the pages show is what the repository has; what can only be seen by running is in tests/spark/docs."""

import ast
import re
from pathlib import Path
from textwrap import dedent

import pytest
from ruamel.yaml import YAML

from tests.unit.docs.blocks import ROOT, blocks_of, differences, pages

each_page = pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file of the repository finds it, and its heading."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        target, _, heading = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {_anchor(text) for text in headings}, link


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@each_page
def test_shown_files_are_the_repository_s(page: Path) -> None:
    """A block that shows a file is that file, or a part of it, to the letter."""
    for block in blocks_of(page):
        if block.mark == "file":
            assert block.value is not None
            assert block.text in (ROOT / block.value).read_text(encoding="utf-8"), block.value


@each_page
def test_blocks_parse(page: Path) -> None:
    """Python is Python, YAML is YAML, and a console block begins with a command."""
    for block in blocks_of(page):
        match block.language:
            case "python":
                ast.parse(dedent(block.text))
            case "yaml":
                YAML(typ="safe").load(block.text)
            case "console":
                assert block.text.startswith("$ "), block.text
            case language:
                assert language in ("sql", "text"), f"{page}: a block of {language or 'nothing'}"


@each_page
def test_shown_make_targets_exist(page: Path) -> None:
    """Whoever types a `make` command from a page finds its target."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|\$ )make ([a-z-]+)", page.read_text(encoding="utf-8")):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_only_what_changes_is_ignored() -> None:
    """Times and ids may differ between a page and a run, a number of rows may not."""
    shown = "a  published  27,004 rows   20 checks   13.5 s\nrun 01M81TQ7PAXJXZ2MYM2M7WJKT8\n"
    again = "a  published  27,004 rows  20 checks  1.5 s\nrun 01M81TPD4W8ZD2RXHHGQV4KEJ2\n"
    assert differences([(shown, again)]) == [False]
    assert differences([(shown, again.replace("27,004", "27,005"))]) == [True]
    assert differences([("one\n…\nlast\n", "one\ntwo\nthree\nlast\n")]) == [False]
    assert differences([("one\n…\nlast\n", "one\ntwo\n")]) == [True]


def test_ids_of_several_runs_are_not_mixed() -> None:
    """What is one run in what was printed is one run on the page, also from one command to the next."""
    one, two, other = (
        "01M81TQ7PAXJXZ2MYM2M7WJKT8\n",
        "01M81TPD4W8ZD2RXHHGQV4KEJ2\n",
        "01M81Y252M890HZQPRMDB81YSJ\n",
    )
    assert differences([(one, other), (one, other)]) == [False, False]
    assert differences([(one, other), (two, other)]) == [False, True]
    assert differences([(one, other), (one, two)]) == [False, True]
