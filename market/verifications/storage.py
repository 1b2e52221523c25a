"""Where are the papers while a request is handed in? Kept before the transaction, or not at all."""

import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import IO, Protocol

from kernel.errors import FieldProblem, InvalidFields
from kernel.ids import new_id
from kernel.objects import store
from market.verifications.rules import (
    EXTENSIONS,
    LARGEST_DOCUMENT_BYTES,
    MOST_DOCUMENTS,
    DocumentKind,
    DocumentProblem,
    document_problem,
    media_type,
)
from market.verifications.schemas import KeptDocument

FILENAME_LENGTH = 120


class Upload(Protocol):
    """A file as the web framework hands it over."""

    filename: str | None
    stream: IO[bytes]


@contextmanager
def kept(uploads: Mapping[DocumentKind, Sequence[Upload]]) -> Iterator[list[KeptDocument]]:
    """Keep papers in the object store; forget them again when the request fails.

    Raises: InvalidFields, one problem per paper that is not accepted.
    """
    papers = _checked(uploads)
    folder = f"verifications/{new_id('pap')}"
    documents: list[KeptDocument] = []
    try:
        for kind, filename, content in papers:
            documents.append(_keep(folder, kind, filename, content))
        yield documents
    except BaseException:
        for document in documents:
            store().delete(document.key)
        raise


def _checked(
    uploads: Mapping[DocumentKind, Sequence[Upload]],
) -> list[tuple[DocumentKind, str, bytes]]:
    papers: list[tuple[DocumentKind, str, bytes]] = []
    problems: list[FieldProblem] = []
    for kind, files in uploads.items():
        for file in files:
            if not file.filename:
                continue
            # One byte more than is accepted tells too large from just right.
            content = file.stream.read(LARGEST_DOCUMENT_BYTES + 1)
            problem = document_problem(content[:16], len(content))
            if problem is not None:
                problems.append(FieldProblem(kind.value, problem.label))
            papers.append((kind, file.filename, content))
    if len(papers) > MOST_DOCUMENTS:
        problems.append(FieldProblem(DocumentKind.OTHER.value, DocumentProblem.TOO_MANY.label))
    if problems:
        raise InvalidFields(problems, len(problems))
    return papers


def _keep(folder: str, kind: DocumentKind, filename: str, content: bytes) -> KeptDocument:
    found = media_type(content[:16]) or ""
    key = f"{folder}/{secrets.token_hex(8)}.{EXTENSIONS[found]}"
    held = store().put(key, io.BytesIO(content))
    return KeptDocument(
        kind=kind,
        filename=PurePath(filename.replace("\\", "/")).name[:FILENAME_LENGTH],
        media_type=found,
        key=held.key,
        size_bytes=held.size,
        sha256=held.sha256,
    )
