"""Where do files live? A local folder or an S3 bucket, with the same calls."""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import quote, urlsplit

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from kernel.errors import Gone, NotFound
from kernel.i18n import N_
from kernel.settings import Settings

CHUNK = 1024 * 1024


@dataclass(frozen=True)
class StoredObject:
    """What was kept. size: bytes; sha256: hex."""

    key: str
    size: int
    sha256: str


class ObjectMissing(NotFound):
    """No such object is kept."""

    code = "object-missing"
    message = N_("文件不存在或已清除。")


class AddressExpired(Gone):
    """A signed address is past its time, or was changed on the way."""

    code = "address-expired"
    message = N_("下载地址已过期或不完整。请回到原页面重新取得。")


class ObjectStore(Protocol):
    """Keys are relative paths of ours ("versions/dsv_01J…/data.parquet"); never user input."""

    def put(self, key: str, source: IO[bytes]) -> StoredObject:
        """Keep a stream under a key, whole or not at all; an old object of that key is replaced."""
        ...

    def read(self, key: str) -> bytes:
        """All of a small object. Raises ObjectMissing."""
        ...

    def local_file(self, key: str) -> Any:
        """Context manager: a path of this machine that holds the object. Raises ObjectMissing."""
        ...

    def delete(self, key: str) -> None:
        """Forget an object; it may be gone already."""
        ...

    def signed_address(self, key: str, *, seconds: int, filename: str) -> str:
        """An address that gives the object to whoever holds it, many times, until it expires."""
        ...


class LocalStore:
    """Objects as files below one folder; addresses are signed with the installation's key."""

    def __init__(self, folder: Path, signing_key: str) -> None:
        self._folder = folder
        self._signer = URLSafeTimedSerializer(signing_key, salt="kernel.objects")

    def put(self, key: str, source: IO[bytes]) -> StoredObject:
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
        try:
            with fresh.open("wb") as sink:
                size, digest = _copy(source, sink)
                sink.flush()
                os.fsync(sink.fileno())
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
        return StoredObject(key, size, digest)

    def read(self, key: str) -> bytes:
        with self.local_file(key) as path:
            return bytes(path.read_bytes())

    @contextmanager
    def local_file(self, key: str) -> Iterator[Path]:
        path = self._path(key)
        if not path.is_file():
            raise ObjectMissing
        yield path

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def signed_address(self, key: str, *, seconds: int, filename: str) -> str:
        token = self._signer.dumps([key, filename, seconds])
        return f"/objects/{token}/{quote(filename)}"

    def resolve(self, token: str) -> tuple[Path, str]:
        """The file behind a signed address and the name it is saved under.

        Raises: AddressExpired, ObjectMissing.
        """
        try:
            content = self._signer.loads(token)
            self._signer.loads(token, max_age=content[2])
        except (BadSignature, SignatureExpired) as error:
            raise AddressExpired from error
        path = self._path(content[0])
        if not path.is_file():
            raise ObjectMissing
        return path, content[1]

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise ValueError(f"object key leaves the store: {key!r}")
        return path


class BucketStore:
    """Objects in an S3-compatible bucket; addresses are presigned."""

    def __init__(self, address: str, endpoint_url: str) -> None:
        import boto3  # noqa: PLC0415 - loaded only where a bucket is configured (40 MB)

        parts = urlsplit(address)
        self._bucket = parts.netloc
        self._prefix = parts.path.strip("/")
        self._client: Any = boto3.client("s3", endpoint_url=endpoint_url or None)

    def put(self, key: str, source: IO[bytes]) -> StoredObject:
        with tempfile.TemporaryFile() as spool:
            size, digest = _copy(source, spool)
            spool.seek(0)
            self._client.upload_fileobj(spool, self._bucket, self._name(key))
        return StoredObject(key, size, digest)

    def read(self, key: str) -> bytes:
        with self.local_file(key) as path:
            return bytes(path.read_bytes())

    @contextmanager
    def local_file(self, key: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(key).name
            try:
                self._client.download_file(self._bucket, self._name(key), str(path))
            except self._client.exceptions.ClientError as error:
                raise ObjectMissing from error
            yield path

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def signed_address(self, key: str, *, seconds: int, filename: str) -> str:
        parameters = {
            "Bucket": self._bucket,
            "Key": self._name(key),
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(filename)}",
        }
        address = self._client.generate_presigned_url(
            "get_object", Params=parameters, ExpiresIn=seconds
        )
        return str(address)

    def _name(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key


_store: ObjectStore | None = None


def open_store(settings: Settings) -> ObjectStore:
    """The store that this installation is configured for."""
    if settings.object_store_url:
        return BucketStore(settings.object_store_url, settings.s3_endpoint_url)
    return LocalStore(settings.data_folder / "objects", settings.signing_key)


def use(chosen: ObjectStore) -> None:
    """Make store() give this one (composition roots and tests)."""
    global _store  # noqa: PLW0603 - one process, one store
    _store = chosen


def store() -> ObjectStore:
    """The store in use. Raises RuntimeError before use()."""
    if _store is None:
        raise RuntimeError("no object store: a composition root calls kernel.objects.use first")
    return _store


def _copy(source: IO[bytes], sink: IO[bytes]) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        sink.write(chunk)
        size += len(chunk)
    return size, digest.hexdigest()
