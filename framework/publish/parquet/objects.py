"""Puts whose fate is known, also when the reply is lost."""

from framework.environment.location import Location
from framework.environment.objects import put_if_absent, read_object
from framework.errors import RetryError


def put_and_look(location: Location, path: str, content: bytes) -> bool:
    """Create an object if there is none; whether this content is now the object.

    When the store did not answer, the object is read: it may have been created all the same. Raises
    `RetryError` when that cannot be told, or it was not.
    """
    try:
        return put_if_absent(location, path, content)
    except RetryError:
        found = read_object(location, path)
        if found is None:
            raise
        return found == content
