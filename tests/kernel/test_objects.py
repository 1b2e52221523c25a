"""Files are kept whole or not at all, found again, and lent out by signed addresses that expire."""

import io
import time
from collections.abc import Iterator

import pytest
from moto import mock_aws

from kernel import objects
from kernel.objects import AddressExpired, BucketStore, LocalStore, ObjectMissing, ObjectStore

SHA_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketStore]:
    import boto3  # noqa: PLC0415 - only these tests speak S3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="market")
        yield BucketStore("s3://market/some/prefix", "")


@pytest.fixture(params=["local", "bucket"])
def any_store(request: pytest.FixtureRequest, tmp_path) -> ObjectStore:
    if request.param == "local":
        return LocalStore(tmp_path / "objects", "key")
    return request.getfixturevalue("bucket")


def test_what_is_put_is_read_again_with_its_size_and_digest(any_store):
    stored = any_store.put("versions/dsv_1/a.csv", io.BytesIO(b"abc"))

    assert (stored.size, stored.sha256) == (3, SHA_OF_ABC)
    assert any_store.read("versions/dsv_1/a.csv") == b"abc"
    with any_store.local_file("versions/dsv_1/a.csv") as path:
        assert path.read_bytes() == b"abc"


def test_a_later_object_of_the_same_key_replaces_the_earlier(any_store):
    any_store.put("a", io.BytesIO(b"old"))
    any_store.put("a", io.BytesIO(b"new"))

    assert any_store.read("a") == b"new"


def test_what_is_deleted_is_missing_and_may_be_deleted_again(any_store):
    any_store.put("a", io.BytesIO(b"abc"))

    any_store.delete("a")
    any_store.delete("a")

    with pytest.raises(ObjectMissing):
        any_store.read("a")


class Breaking(io.RawIOBase):
    """A stream that ends in the middle by an error."""

    def __init__(self) -> None:
        self._parts = [b"half"]

    def read(self, _size: int = -1) -> bytes:
        if self._parts:
            return self._parts.pop()
        raise ConnectionError("cut")


def test_an_upload_that_breaks_leaves_the_old_object_and_nothing_else(any_store):
    any_store.put("a", io.BytesIO(b"old"))

    with pytest.raises(ConnectionError):
        any_store.put("a", Breaking())
    with pytest.raises(ConnectionError):
        any_store.put("b", Breaking())

    assert any_store.read("a") == b"old"
    with pytest.raises(ObjectMissing):
        any_store.read("b")


def test_a_broken_upload_leaves_no_file_behind(tmp_path):
    store = LocalStore(tmp_path, "key")
    with pytest.raises(ConnectionError):
        store.put("a", Breaking())

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "a/../../secret"])
def test_a_key_never_leaves_the_store(tmp_path, key):
    store = LocalStore(tmp_path / "objects", "key")

    with pytest.raises(ValueError, match="leaves the store"):
        store.put(key, io.BytesIO(b"abc"))


def test_a_bucket_keeps_below_its_prefix_and_gives_presigned_addresses(bucket):
    bucket.put("a", io.BytesIO(b"abc"))

    address = bucket.signed_address("a", seconds=60, filename="数据.csv")

    assert "/some/prefix/a?" in address
    assert "X-Amz-Expires=60" in address or "Expires=" in address
    assert "%25E6%2595%25B0" in address


@pytest.fixture
def lent(store) -> str:
    """The address of a small object that is lent for a minute."""
    store.put("versions/a", io.BytesIO(b"0123456789"))
    return store.signed_address("versions/a", seconds=60, filename="数据.csv")


def test_whoever_holds_an_address_fetches_the_file_again_and_again(client, lent):
    first, second = client.get(lent), client.get(lent)

    assert (
        (first.status_code, first.data)
        == (second.status_code, second.data)
        == (
            200,
            b"0123456789",
        )
    )
    disposition = first.headers["Content-Disposition"]
    assert "attachment" in disposition
    assert "%E6%95%B0%E6%8D%AE.csv" in disposition


def test_a_head_says_the_size_and_sends_nothing(client, lent):
    answer = client.head(lent)

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == "10"
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_a_range_is_answered_with_that_part(client, lent):
    answer = client.get(lent, headers={"Range": "bytes=2-4"})

    assert (answer.status_code, answer.data) == (206, b"234")
    assert answer.headers["Content-Range"] == "bytes 2-4/10"
    assert client.get(lent, headers={"Range": "bytes=50-60"}).status_code == 416


def test_a_tampered_address_opens_nothing(client, lent, store):
    store.put("versions/b", io.BytesIO(b"secret"))
    _, _, token, name = lent.split("/")
    tampered = ("A" if token[5] != "A" else "B").join([token[:5], token[6:]])

    answer = client.get(f"/objects/{tampered}/{name}", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.get_json()["code"]) == (410, "address-expired")


def test_an_address_of_another_installation_opens_nothing(tmp_path):
    theirs = LocalStore(tmp_path, "their key")
    theirs.put("a", io.BytesIO(b"abc"))
    token = theirs.signed_address("a", seconds=60, filename="a").split("/")[2]

    with pytest.raises(AddressExpired):
        LocalStore(tmp_path, "our key").resolve(token)


def test_an_address_ends_with_its_last_second(client, lent, monkeypatch):
    present = time.time()
    monkeypatch.setattr(time, "time", lambda: present + 60)
    assert client.get(lent).status_code == 200

    monkeypatch.setattr(time, "time", lambda: present + 62)

    assert client.get(lent).status_code == 410


def test_an_address_of_what_was_deleted_says_so(client, lent, store):
    store.delete("versions/a")

    answer = client.get(lent, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.get_json()["code"]) == (404, "object-missing")


def test_settings_choose_the_store(settings, bucket):
    assert isinstance(objects.open_store(settings), LocalStore)
    chosen = settings.model_copy(update={"object_store_url": "s3://market/p"})
    assert isinstance(objects.open_store(chosen), BucketStore)
