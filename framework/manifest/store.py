"""A manifest's folder: `index.json` and `jobs/<name>.json`."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

from pydantic import ValidationError

from framework.errors import Fault, MisconfiguredError
from framework.manifest.model import Index, JobDocument, Manifest
from framework.manifest.render import INDEX, render_documents

_Model = TypeVar("_Model", Index, JobDocument)
_HINT = "Make it anew: sparkjob manifest build"


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest's files; those of jobs that are gone are removed.

    Each file is replaced whole, the index last but for the removals: at every moment the index
    names only files that are there. Raises `MisconfiguredError` when the folder cannot be written to.
    """
    documents = dict(render_documents(manifest))
    index = documents.pop(INDEX)
    try:
        for path, text in documents.items():
            _replace(folder / path, text)
        _replace(folder / INDEX, index)
        for stale in (folder / "jobs").glob("*.json"):
            if f"jobs/{stale.name}" not in documents:
                stale.unlink()
    except OSError as error:
        raise MisconfiguredError(
            f"the manifest cannot be written: {error.strerror}",
            where=str(folder),
            hint="Name a folder that can be made and written to.",
        ) from error


def load_manifest(folder: Path) -> Manifest:
    """Read what `write_manifest` wrote.

    Raises `MisconfiguredError` for a file that is missing, or is no document of this version,
    with all faults of all files.
    """
    faults: list[Fault] = []
    index = _load(Index, folder / INDEX, faults)
    entries = {} if index is None else index.jobs
    jobs = {name: _load(JobDocument, folder / entry.document, faults) for name, entry in entries.items()}
    if index is None or faults:
        raise MisconfiguredError(faults)
    return Manifest(jobs={name: job for name, job in jobs.items() if job is not None}, index=index)


def _load(model: type[_Model], path: Path, faults: list[Fault]) -> _Model | None:
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        faults.append(Fault(what="no such file of the manifest", where=str(path), hint=_HINT))
    except ValidationError as error:
        faults += _complaints(error, path)
    return None


def _complaints(error: ValidationError, path: Path) -> Iterator[Fault]:
    # Without pydantic's own text, which repeats the input.
    for detail in error.errors(include_input=False, include_url=False):
        place = ".".join(str(part) for part in detail["loc"])
        yield Fault(
            what=f"{detail['msg']} @ $.{place}" if place else detail["msg"], where=str(path), hint=_HINT
        )


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    with NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=path.parent, delete=False) as file:
        file.write(text)
    written = Path(file.name)
    written.chmod(0o644)  # a temporary file is its maker's alone
    written.replace(path)
