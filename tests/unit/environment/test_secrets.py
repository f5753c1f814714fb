"""Secrets: values that never print."""

import copy
import json
import pickle
import traceback
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.environment import redaction
from framework.environment.fetch import build_secret
from framework.environment.redaction import redact
from framework.environment.secrets import Secret
from framework.errors import MisconfiguredError

VALUE = "p@ss w/örd'\"\n& <x>"


@pytest.fixture(autouse=True)
def _known_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test has its own: generated values are words of the framework too, which others look for."""
    monkeypatch.setattr(redaction, "_revealed", set())
    redaction._ordered.cache_clear()
    yield
    redaction._ordered.cache_clear()


@pytest.fixture
def secret() -> Secret:
    """A secret with every awkward character."""
    return Secret("${secret:env:TOKEN}", lambda: VALUE)


def test_every_way_to_print_shows_stars(secret: Secret) -> None:
    """str, repr, format, f-string, % and a container print `***`, before and after revealing."""
    for _ in range(2):
        shown = [str(secret), repr(secret), f"{secret}", "%s" % secret, f"{secret!r}", f"{secret:>3}"]  # noqa: UP031
        assert set(shown) == {"***"}
        assert str({"token": [secret]}) == "{'token': [***]}"
        assert json.dumps({"token": secret}, default=str) == '{"token": "***"}'
        assert secret.reveal() == VALUE


def test_it_does_not_travel(secret: Secret) -> None:
    """Pickling and plain JSON are refused; a copy is the same object."""
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert copy.copy(secret) is secret
    assert copy.deepcopy({"a": secret})["a"] is secret
    with pytest.raises(TypeError):
        vars(secret)


def test_it_is_fetched_once_and_late() -> None:
    """Nothing is fetched before it is revealed, and then once."""
    calls: list[int] = []

    def fetch() -> str:
        calls.append(1)
        return "lateandonce"

    secret = Secret("r", fetch)
    assert (secret == Secret("r", str), calls) == (True, [])
    assert (secret.reveal(), secret.reveal(), calls) == ("lateandonce", "lateandonce", [1])


def test_redact_finds_every_spelling(secret: Secret) -> None:
    """Quoted, escaped and URL-encoded spellings are replaced too."""
    value = secret.reveal()
    spellings = [
        value,
        repr(value),
        repr(value.encode()),
        json.dumps(value),
        quote(value),
        quote(value, safe=""),
    ]
    text = redact(" | ".join([*spellings, quote(value, safe="").lower()]))
    assert "ss" not in text.replace("***", "")


def test_redact_cleans_a_traceback() -> None:
    """A user's exception that holds the value is printed without it."""
    value = Secret("r", lambda: "tok-123-abc").reveal()
    try:
        raise ValueError({"header": f"Bearer {value}"})  # noqa: TRY301 - as a user's code does
    except ValueError:
        text = redact(traceback.format_exc())
    assert "tok-123" not in text
    assert "Bearer ***" in text


def test_short_secrets_are_replaced_where_they_stand_alone() -> None:
    """A secret of two letters does not make every word that contains them unreadable."""
    Secret("r", lambda: "qz").reveal()
    assert redact("key=qz; 'qz' aqzb") == "key=***; '***' aqzb"


def test_the_longer_of_two_secrets_goes_whole() -> None:
    """When one secret begins another, nothing of the longer one is left over."""
    for value in ("sesame", "sesame-street"):
        Secret("r", lambda value=value: value).reveal()  # type: ignore[misc]
    assert redact("sesame-street sesame") == "*** ***"


@given(st.text(min_size=4, max_size=20).filter(lambda text: "*" not in text), st.text(max_size=10))
@settings(max_examples=15)
def test_no_revealed_value_survives_redaction(value: str, around: str) -> None:
    """Whatever the secret is made of, the redacted text does not contain it."""
    Secret("r", lambda: value).reveal()
    assert value not in redact(f"{around}{value}{around}")


def test_an_environment_variable_that_is_not_set() -> None:
    """The fault names the variable; a variable that is empty counts as not set."""
    for process in ({}, {"TOKEN": ""}):
        with pytest.raises(MisconfiguredError, match="TOKEN, which holds a secret, is not set"):
            build_secret("${secret:env:TOKEN}", process=process, where=None).reveal()
    assert build_secret("${secret:env:TOKEN}", process={"TOKEN": "abcd"}, where=None).reveal() == "abcd"


@pytest.mark.parametrize("bad", ["env:", "env:a b", "env:A#k", "aws-sm:", "aws-sm:#k", "vault:x", ""])
def test_a_reference_to_nothing(bad: str) -> None:
    """Other sources and empty names are refused when the configuration is read."""
    with pytest.raises(ValueError, match="neither"):
        build_secret(f"${{secret:{bad}}}", process={}, where=None)
