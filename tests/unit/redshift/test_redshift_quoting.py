"""Names and texts in statements of Redshift, whatever they hold."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.tables.redshift.quoting import folded, identifier, literal
from tests.redshift.rig.literals import LITERAL, NAME, column_names, unquoted

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))


@given(TEXTS)
def test_a_literal_is_one_and_reads_back(text: str) -> None:
    """The server reads exactly this text, and nothing after it."""
    assert re.fullmatch(LITERAL, literal(text), re.DOTALL)
    assert unquoted(literal(text)) == text


@given(TEXTS.filter(bool))
def test_an_identifier_is_one_and_reads_back(name: str) -> None:
    """The server reads exactly this name, in lower case as it keeps it."""
    assert re.fullmatch(NAME, identifier(name), re.DOTALL)
    assert column_names(identifier(name)) == [folded(name)]


def test_a_nul_is_refused() -> None:
    """No text of Redshift holds one, and a driver would cut there."""
    with pytest.raises(ValueError, match="NUL"):
        literal("a\0b")
