"""Manifests as canonical JSON: equal manifests give equal bytes."""

import json
from collections.abc import Mapping

from pydantic import TypeAdapter

from framework.manifest.model import Document, Index, JobDocument, Manifest

INDEX = "index.json"
"""The index's file, below the manifest's folder."""


def render_manifest(manifest: Manifest) -> str:
    """The whole manifest as one JSON text."""
    return _text(manifest)


def render_documents(manifest: Manifest) -> Mapping[str, str]:
    """The manifest's files: the text of the index and of every job, by path below its folder."""
    documents: dict[str, Document] = {INDEX: manifest.index}
    for name, job in manifest.jobs.items():
        documents[manifest.index.jobs[name].document] = job
    return {path: _text(document) for path, document in documents.items()}


def render_schema() -> str:
    """The JSON Schema (draft 2020-12) that a manifest, a job's document and an index each fulfil."""
    documents: TypeAdapter[Manifest | JobDocument | Index] = TypeAdapter(Manifest | JobDocument | Index)
    schema = documents.json_schema(mode="serialization")
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(whole, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _text(document: Document) -> str:
    """Fields in the order of the models; maps are sorted where they are built."""
    return document.model_dump_json(indent=2) + "\n"
