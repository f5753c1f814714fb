"""Object operations shared by the rooms, on a disk and in memory."""

import traceback
from pathlib import Path

import pytest
from obstore.exceptions import GenericError, PermissionDeniedError, UnauthenticatedError

from framework.environment.location import Location
from framework.environment.objects import (
    find_object,
    list_objects,
    objects_at,
    put_if_absent,
    put_object,
    read_object,
    store_errors,
)
from framework.errors import MisconfiguredError, RetryError


@pytest.fixture(params=["disk", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """A place that is not there yet."""
    uri = f"{tmp_path}/deep/place" if request.param == "disk" else f"memory://{tmp_path}"
    return Location(uri=uri)


def test_looking_at_nothing(place: Location, tmp_path: Path) -> None:
    """What is not there is None or empty, and looking makes no folder."""
    assert read_object(place, "a") is None
    assert find_object(place, "a") is None
    assert list_objects(place) == ()
    assert objects_at(place) == ()
    assert list(tmp_path.iterdir()) == []


def test_put_if_absent_lets_one_win(place: Location) -> None:
    """The second writer with other content loses, and the first one's content stays."""
    assert put_if_absent(place, "x/fate", b"publish")
    assert not put_if_absent(place, "x/fate", b"clean")
    assert read_object(place, "x/fate") == b"publish"


def test_put_if_absent_knows_its_own_object(place: Location) -> None:
    """A repeated request whose reply was lost meets its own object and has won."""
    assert put_if_absent(place, "x/fate", b"run 1")
    assert put_if_absent(place, "x/fate", b"run 1")


def test_list_gives_sizes_and_etags_in_order(place: Location) -> None:
    """Everything below, sorted by path; a replaced object has another etag."""
    for path in ("b/2", "a", "b/1"):
        put_object(place, path, path.encode())
    assert [(each.path, each.size) for each in list_objects(place)] == [("a", 1), ("b/1", 3), ("b/2", 3)]
    assert [each.path for each in list_objects(place, "b")] == ["b/1", "b/2"]
    before = find_object(place, "a")
    put_object(place, "a", b"longer")
    after = find_object(place, "a")
    assert before is not None
    assert after is not None
    assert after.size == 6
    assert after.etag != before.etag


def test_objects_at_a_file_or_a_folder(tmp_path: Path) -> None:
    """A location may be one file; in a folder, names that Spark skips do not count."""
    root = Location(uri=str(tmp_path))
    for path in ("f.csv", "d/part=1/x", "d/_SUCCESS", "d/.x.crc", "d/_temporary/0/y", "d/_p=1/z"):
        put_object(root, path, b"1")
    assert [each.path for each in objects_at(root.child("f.csv"))] == [""]
    assert [each.path for each in objects_at(root.child("d"))] == ["_p=1/z", "part=1/x"]


def test_a_file_in_the_way_is_said_plainly(tmp_path: Path) -> None:
    """A file where a folder is needed is 64, with the place and a hint."""
    (tmp_path / "lake").write_text("")
    with pytest.raises(MisconfiguredError, match="lake: a file stands where a folder is needed") as caught:
        put_object(Location(uri=f"{tmp_path}/lake"), "x", b"")
    assert caught.value.faults[0].hint


@pytest.mark.parametrize(
    ("error", "ours", "said"),
    [
        (PermissionError(13, "Permission denied (os error 13)"), MisconfiguredError, "permission denied"),
        (OSError("Read-only file system (os error 30)"), MisconfiguredError, "permission denied"),
        (OSError("No space left on device (os error 28)"), RetryError, "No space left on device"),
        (GenericError("HTTP error: Authorization: AKIASECRET"), RetryError, "GenericError"),
        (
            PermissionDeniedError("403 x-amz-security-token: AKIASECRET"),
            MisconfiguredError,
            "permission denied",
        ),
        (UnauthenticatedError("401 AKIASECRET"), MisconfiguredError, "credentials are not accepted"),
        (FileNotFoundError("404 <Code>NoSuchBucket</Code>"), MisconfiguredError, "bucket does not exist"),
        (GenericError("PUT http://169.254.169.254/latest"), MisconfiguredError, "no AWS credentials"),
    ],
)
def test_errors_name_the_place_and_no_credential(error: Exception, ours: type[Exception], said: str) -> None:
    """What a person must change is 64, the rest 75; the library's own text is not passed on."""
    with pytest.raises(ours, match=said) as caught, store_errors(Location(uri="s3://lake/x")):
        raise error
    assert str(caught.value).startswith("s3://lake/x: ")
    assert "AKIA" not in "".join(traceback.format_exception(caught.value))


def test_a_bad_path_is_64(place: Location) -> None:
    """A path with an empty part is no object's name."""
    with pytest.raises(MisconfiguredError, match="no path"):
        put_object(place, "a//b", b"")
