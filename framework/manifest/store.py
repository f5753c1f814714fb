"""A manifest's folder: `index.json`, `jobs/<name>.json` and `deployments/<environment>.json`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from framework.errors import Fault, MisconfiguredError
from framework.manifest.deployment import Deployment
from framework.manifest.model import Index, JobDocument, Manifest
from framework.manifest.render import INDEX, render_documents

_Model = TypeVar("_Model", Index, JobDocument)
_DEPLOYMENTS = "deployments"
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
            replace_file(folder / path, text)
        replace_file(folder / INDEX, index)
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


def write_deployment(deployment: Deployment, folder: Path) -> Path:
    """Write `deployments/<environment>.json` into the manifest's folder, and say where it is."""
    path = folder / deployment_path(deployment.environment)
    replace_file(path, render_deployment(deployment))
    return path


def deployment_path(environment: str) -> str:
    """Where an environment's deployment is, below the manifest's folder."""
    return f"{_DEPLOYMENTS}/{environment}.json"


def render_deployment(deployment: Deployment) -> str:
    """The deployment as canonical JSON."""
    document = TypeAdapter(Deployment).dump_python(deployment, mode="json")
    return json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def parse_deployment(text: bytes) -> Deployment:
    """What `render_deployment` wrote. Raises pydantic's `ValidationError`."""
    return TypeAdapter(Deployment).validate_json(text)


def load_deployments(folder: Path) -> Mapping[str, Deployment]:
    """What `write_deployment` wrote, by environment. Raises `MisconfiguredError` as `load_manifest` does."""
    found: dict[str, Deployment] = {}
    faults: list[Fault] = []
    for path in sorted((folder / _DEPLOYMENTS).glob("*.json")):
        try:
            found[path.stem] = parse_deployment(path.read_bytes())
        except ValidationError as error:
            faults += _complaints(error, path)
    if faults:
        raise MisconfiguredError(faults)
    return found


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


def replace_file(path: Path, text: str) -> None:
    """Write `text` to `path` as a whole, if it is not there already; makes the folders around it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    with NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=path.parent, delete=False) as file:
        file.write(text)
    written = Path(file.name)
    written.chmod(0o644)  # a temporary file is its maker's alone
    written.replace(path)
