"""Where are papers while they are handed in? Kept before the transaction, or not at all."""

import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import IO, Protocol

from kernel.errors import FieldProblem, InvalidFields
from kernel.ids import new_id
from kernel.objects import store
from market.registrations.schemas import KeptPaper
from market.verifications.rules import (
    EXTENSIONS,
    LARGEST_DOCUMENT_BYTES,
    DocumentProblem,
    document_problem,
    media_type,
)

FILENAME_LENGTH = 120


class Upload(Protocol):
    """A file as the web framework hands it over."""

    filename: str | None
    stream: IO[bytes]


@contextmanager
def kept(uploads: Mapping[str, Sequence[Upload]]) -> Iterator[list[KeptPaper]]:
    """Keep papers in the object store, by form field; forget them when the request fails.

    Raises: InvalidFields, one problem per paper that is not accepted, or when there is none.
    """
    papers = _checked(uploads)
    folder = f"registrations/{new_id('pap')}"
    held: list[KeptPaper] = []
    try:
        for kind, filename, content in papers:
            held.append(_keep(folder, kind, filename, content))
        yield held
    except BaseException:
        for paper in held:
            store().delete(paper.key)
        raise


def _checked(uploads: Mapping[str, Sequence[Upload]]) -> list[tuple[str, str, bytes]]:
    papers: list[tuple[str, str, bytes]] = []
    problems: list[FieldProblem] = []
    for kind, files in uploads.items():
        for file in files:
            if not file.filename:
                continue
            # One byte more than is accepted tells too large from just right.
            content = file.stream.read(LARGEST_DOCUMENT_BYTES + 1)
            problem = document_problem(content[:16], len(content))
            if problem is not None:
                problems.append(FieldProblem(kind, problem.label))
            papers.append((kind, file.filename, content))
    if not papers:
        problems.append(FieldProblem(next(iter(uploads)), DocumentProblem.MISSING.label))
    if problems:
        raise InvalidFields(problems, len(problems))
    return papers


def _keep(folder: str, kind: str, filename: str, content: bytes) -> KeptPaper:
    found = media_type(content[:16]) or ""
    held = store().put(f"{folder}/{secrets.token_hex(8)}.{EXTENSIONS[found]}", io.BytesIO(content))
    return KeptPaper(
        kind=kind,
        filename=PurePath(filename.replace("\\", "/")).name[:FILENAME_LENGTH],
        media_type=found,
        key=held.key,
        size_bytes=held.size,
        sha256=held.sha256,
    )
