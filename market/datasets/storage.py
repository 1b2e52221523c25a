"""Where are delivered files and versions kept, and how does an upload come in whole?

An upload streams through: its size, hash and encoding are known when it ends, and it is never
held in memory.
"""

import base64
import binascii
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kernel.errors import Invalid, LimitReached
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.objects import ObjectMissing, StoredObject, store
from market.datasets.encodings import HEAD_BYTES, EncodingProbe, FileKind, Guess, file_kind
from market.datasets.models import DatasetVersion
from market.datasets.rules import DatasetVersionId

CHUNK = 1024 * 1024


@dataclass(eq=False)
class UploadTooLarge(LimitReached):
    """The file is larger than is accepted; refused before it is read where it says its size."""

    code = "upload-too-large"
    message = N_("文件须小于 {limit} 字节。请按时间或地区拆分后分批交付。")

    limit: int


@dataclass(eq=False)
class UploadCutShort(Invalid):
    """Fewer bytes arrived than were announced."""

    code = "upload-cut-short"
    message = N_(
        "只收到 {received} 字节，应为 {expected} 字节，上传中断了。请重新上传，原文件不受影响。"
    )

    received: int
    expected: int


class UploadAltered(Invalid):
    """The bytes that arrived do not have the hash that was announced."""

    code = "upload-altered"
    message = N_("收到的文件与声明的 SHA-256 不一致，传输中有改动。请重新上传。")


class UploadEmpty(Invalid):
    """No byte arrived."""

    code = "upload-empty"
    message = N_("文件是空的（0 字节）。请检查导出结果后重新上传。")


class FileKindUnknown(Invalid):
    """Not a text table, a workbook or Parquet."""

    code = "file-kind-unknown"
    message = N_("只接收 CSV、XLSX 和 Parquet 文件。旧版 XLS 请另存为 XLSX，压缩包请先解压。")


class DigestMalformed(Invalid):
    """The announced hash is not written as RFC 9530 asks."""

    code = "digest-malformed"
    message = N_("Content-Digest 须写成 sha-256=:Base64:（RFC 9530）。")


@dataclass(frozen=True)
class Announced:
    """What was said about an upload beforehand. sha256: hex, "" for not said."""

    bytes: int | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Upload:
    """A whole file in the store, not yet anybody's version."""

    id: DatasetVersionId
    name: str
    stored: StoredObject
    kind: FileKind
    guess: Guess


class Readable(Protocol):
    """Anything that gives bytes piece by piece; nothing at its end."""

    def read(self, size: int = -1, /) -> bytes: ...


class _Watched(io.RawIOBase):
    """Passes a stream on and looks at it: size, limit, encoding."""

    def __init__(self, source: Readable, limit: int) -> None:
        super().__init__()
        self._source = source
        self._limit = limit
        self.size = 0
        self.probe = EncodingProbe()

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(CHUNK if size < 0 else size)
        self.size += len(chunk)
        if self.size >= self._limit:
            raise UploadTooLarge(self._limit)
        self.probe.feed(chunk)
        return chunk


@contextmanager
def received(source: Readable, name: str, announced: Announced, *, limit: int) -> Iterator[Upload]:
    """Store a stream, whole or not at all; forgotten again when the caller's block fails.

    Raises: UploadTooLarge, UploadCutShort, UploadAltered, UploadEmpty, FileKindUnknown.
    """
    if announced.bytes is not None and announced.bytes >= limit:
        raise UploadTooLarge(limit)
    version_id = DatasetVersionId(new_id("dsv"))
    watched = _Watched(source, limit)
    stored = store().put(source_key(version_id), watched)  # type: ignore[arg-type]  # only read()
    try:
        kind = _checked(watched, stored, announced)
        if kind is FileKind.CSV:
            store().put(head_key(version_id), io.BytesIO(watched.probe.head))
        yield Upload(version_id, name, stored, kind, watched.probe.guess())
    except BaseException:
        store().delete(source_key(version_id))
        store().delete(head_key(version_id))
        raise


def _checked(watched: _Watched, stored: StoredObject, announced: Announced) -> FileKind:
    if announced.bytes is not None and stored.size != announced.bytes:
        raise UploadCutShort(stored.size, announced.bytes)
    if announced.sha256 and stored.sha256 != announced.sha256:
        raise UploadAltered
    if stored.size == 0:
        raise UploadEmpty
    kind = file_kind(watched.probe.head)
    if kind is None:
        raise FileKindUnknown
    return kind


def announced_sha256(content_digest: str) -> str:
    """The hash in a Content-Digest header as hex; "" for an empty header.

    Raises: DigestMalformed.
    """
    if not content_digest:
        return ""
    name, _, value = content_digest.partition("=")
    if name.strip().lower() != "sha-256" or not (value.startswith(":") and value.endswith(":")):
        raise DigestMalformed
    try:
        digest = base64.b64decode(value[1:-1], validate=True)
    except binascii.Error as error:
        raise DigestMalformed from error
    if len(digest) != hashlib.sha256().digest_size:
        raise DigestMalformed
    return digest.hex()


def head_of(version: DatasetVersion) -> bytes:
    """The first bytes of a delivered text file, for its preview."""
    try:
        return store().read(head_key(version.id))[:HEAD_BYTES]
    except ObjectMissing:
        return b""


def open_source(version: DatasetVersion) -> Any:
    """Context manager: a path of this machine that holds the delivered file."""
    return store().local_file(version.source_key)


@contextmanager
def open_version(version: DatasetVersion) -> Iterator[Path]:
    """A path of this machine that holds a ready version's Parquet file; for reading only.

    Raises: ObjectMissing.
    """
    if version.parquet_key is None:
        raise ObjectMissing
    with store().local_file(version.parquet_key) as path:
        yield path


def keep_version(version_id: DatasetVersionId, parquet: Path) -> StoredObject:
    """Put a loaded version's file into the store; again is harmless."""
    with parquet.open("rb") as file:
        return store().put(parquet_key(version_id), file)


def source_key(version_id: DatasetVersionId) -> str:
    return f"versions/{version_id}/source"


def head_key(version_id: DatasetVersionId) -> str:
    return f"versions/{version_id}/head"


def parquet_key(version_id: DatasetVersionId) -> str:
    return f"versions/{version_id}/data.parquet"
