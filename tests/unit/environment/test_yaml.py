"""YAML 1.2 with lines, and without its traps."""

import pytest

from framework.environment.merge import leaves, plain
from framework.environment.yaml import MAX_BYTES, parse_yaml


def values(text: str) -> object:
    """The values of a text without faults."""
    node, faults = parse_yaml(text, "f.yml")
    assert faults == ()
    assert node is not None
    return plain(node)


def faults(text: str) -> list[str]:
    """The faults of a text, without hints."""
    return [str(fault) for fault in parse_yaml(text, "f.yml")[1]]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("on", "on"),
        ("NO", "NO"),
        ("y", "y"),
        ("1:30", "1:30"),
        ("2013-01", "2013-01"),
        ("2013-01-03", "2013-01-03"),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0x1F", 31),
        ("0o17", 15),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("'12'", "12"),
        ('"true"', "true"),
        ("''", ""),
        ("0", 0),
    ],
)
def test_words_are_resolved_by_the_core_schema(word: str, value: object) -> None:
    """YAML 1.1's surprises are text; quotes make text of anything."""
    found = values(f"a: {word}\n")
    assert found == {"a": value}
    assert type(found["a"]) is type(value)  # type: ignore[index]


def test_every_value_knows_the_line_of_its_key() -> None:
    """Nested maps, lists, flow style and block texts point at where a person would look."""
    text = "a:\n  b: 1\n  c:\n    - x\n    - y\nd: {e: 1,\n  f: 2}\ng: |\n  long\n  text\n"
    node, _ = parse_yaml(text, "f.yml")
    assert node is not None
    assert {path: leaf.where.line for path, leaf in leaves(node)} == {
        ("a", "b"): 2,
        ("a", "c", 0): 4,
        ("a", "c", 1): 5,
        ("d", "e"): 6,
        ("d", "f"): 7,
        ("g",): 8,
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "f.yml:1  the file is empty"),
        ("# only a comment\n", "f.yml:1  the file is empty"),
        ("---\n", "f.yml:1  the file is empty"),
        ("- a\n", "f.yml:1  the file is not a map of settings"),
        ("text\n", "f.yml:1  the file is not a map of settings"),
        ("a: 1\nb: 2\na: 3\n", 'f.yml:3  duplicate key "a" (first at line 1)'),
        ("a: &x 1\n", "f.yml:1  an anchor: &x"),
        ("a: !!str 1\n", "f.yml:1  a tag: tag:yaml.org,2002:str"),
        ("a: !python/object:os.system x\n", "f.yml:1  a tag: !python/object:os.system"),
        ("a:\n\tb: 1\n", "f.yml:2  a tab where blanks are needed"),
        ("a: 012\n", "f.yml:1  012 may be read as a decimal or an octal number"),
        ("1: a\n", "f.yml:1  a key that is not text"),
        ("? {a: b}\n: 1\n", "f.yml:1  a key that is not text"),
        ("%YAML 1.1\n---\na: 1\n", "f.yml:2  a YAML directive (%)"),
        ("a: 1\n---\nb: 1\n", "f.yml:2  a second document starts here"),
        ("a: " + "[" * 20 + "]" * 20, "f.yml:1  nested more than 16 levels deep"),
        ("a: x" + "x" * MAX_BYTES, "f.yml:1  the file is larger than 256 KB"),
    ],
)
def test_traps_are_faults(text: str, fault: str) -> None:
    """Each surprise of YAML is one fault with its line."""
    assert faults(text) == [fault]


def test_an_alias_is_refused_without_being_followed() -> None:
    """A bomb of aliases costs nothing."""
    lines = [
        "a: &a [x, x]",
        *(
            f"{key}: &{key} [*{before}, *{before}]"
            for before, key in zip("abcdefgh", "bcdefghi", strict=True)
        ),
    ]
    found = faults("\n".join(lines) + "\n")
    assert "f.yml:2  an alias: *a" in found
    assert len(found) == 9 + 16


def test_syntax_errors_have_their_line() -> None:
    """What is no YAML at all stops at the first error, in words."""
    (fault,) = faults("a: 1\nb: [1, 2\nc: 3\n")
    assert fault.startswith("f.yml:3  not YAML: ")
    (fault,) = faults("a: 'x\n")
    assert fault.startswith(("f.yml:1  not YAML: ", "f.yml:2  not YAML: "))
    (fault,) = faults("a: \x00\n")
    assert "not YAML" in fault


def test_all_traps_of_a_file_at_once() -> None:
    """One reading tells of every trap."""
    assert len(faults("a: 012\nb: &x 1\nc: *x\na: 2\n")) == 4
