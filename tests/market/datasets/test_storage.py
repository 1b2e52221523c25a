"""Does an upload arrive whole or not at all, and is a file too large refused before it is read?"""

import base64
import hashlib
import io

import pytest

from kernel.objects import ObjectMissing
from kernel.objects import store as object_store
from market.datasets.encodings import HEAD_BYTES, Encoding, FileKind, Guess
from market.datasets.storage import (
    Announced,
    DigestMalformed,
    FileKindUnknown,
    UploadAltered,
    UploadCutShort,
    UploadEmpty,
    UploadTooLarge,
    announced_sha256,
    head_key,
    received,
)

DATA = "代码,名称\n1,甲\n".encode()
HASH = hashlib.sha256(DATA).hexdigest()


class Unreadable(io.RawIOBase):
    """A stream that must not be touched."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the upload was read")


def receive(data: bytes, announced: Announced, limit: int = 1000):
    with received(io.BytesIO(data), "data.csv", announced, limit=limit) as upload:
        return upload


def test_a_whole_upload_is_kept_with_its_hash_kind_and_guess(store):
    upload = receive(DATA, Announced(len(DATA), HASH))

    assert (upload.stored.size, upload.stored.sha256) == (len(DATA), HASH)
    assert (upload.kind, upload.guess) == (FileKind.CSV, Guess(Encoding.UTF_8, is_sure=True))
    assert object_store().read(upload.stored.key) == DATA
    assert object_store().read(head_key(upload.id)) == DATA


def test_a_file_of_the_limit_is_refused_by_its_announced_size_without_being_read(store):
    with (
        pytest.raises(UploadTooLarge),
        received(Unreadable(), "big.csv", Announced(2_000_000_000), limit=2_000_000_000),
    ):
        pass


def test_one_byte_below_the_limit_is_taken(store):
    assert receive(DATA, Announced(len(DATA)), limit=len(DATA) + 1).stored.size == len(DATA)


def test_a_stream_that_says_no_size_is_cut_off_at_the_limit(store):
    with pytest.raises(UploadTooLarge):
        receive(DATA, Announced(), limit=len(DATA))
    assert list_objects(store) == []


def test_an_upload_cut_in_the_middle_is_refused_and_nothing_is_kept(store):
    with pytest.raises(UploadCutShort) as refused:
        receive(DATA[:-3], Announced(len(DATA)))

    assert (refused.value.received, refused.value.expected) == (len(DATA) - 3, len(DATA))
    assert list_objects(store) == []


def test_an_upload_changed_on_the_way_is_refused_and_nothing_is_kept(store):
    with pytest.raises(UploadAltered):
        receive(DATA.replace(b"1", b"2"), Announced(len(DATA), HASH))
    assert list_objects(store) == []


def test_no_byte_at_all_is_refused(store):
    with pytest.raises(UploadEmpty):
        receive(b"", Announced(0))


def test_a_file_of_another_kind_is_refused(store):
    with pytest.raises(FileKindUnknown):
        receive(b"%PDF-1.7 ...", Announced())
    assert list_objects(store) == []


def test_an_upload_is_forgotten_when_what_follows_fails(store):
    with (
        pytest.raises(RuntimeError, match="no version"),
        received(io.BytesIO(DATA), "data.csv", Announced(), limit=1000),
    ):
        raise RuntimeError("no version")
    assert list_objects(store) == []


def test_of_a_long_text_only_the_head_is_kept_for_the_preview(store):
    data = b"a\n" * HEAD_BYTES

    upload = receive(data, Announced(), limit=10 * HEAD_BYTES)

    assert len(object_store().read(head_key(upload.id))) == HEAD_BYTES


def test_a_workbook_has_no_head(store):
    upload = receive(b"PK\x03\x04rest", Announced())

    assert upload.kind is FileKind.XLSX
    with pytest.raises(ObjectMissing):
        object_store().read(head_key(upload.id))


def test_an_announced_digest_is_read_as_rfc_9530_writes_it():
    text = base64.b64encode(hashlib.sha256(DATA).digest()).decode()

    assert announced_sha256(f"sha-256=:{text}:") == HASH
    assert announced_sha256("") == ""


@pytest.mark.parametrize(
    "header", ["md5=:abc=:", "sha-256=abc", "sha-256=:not base64:", "sha-256=:YWJj:"]
)
def test_a_malformed_digest_is_refused(header):
    with pytest.raises(DigestMalformed):
        announced_sha256(header)


def list_objects(store) -> list:
    folder = store._folder
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
