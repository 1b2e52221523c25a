"""Static files travel compressed and stay in the browser as long as they are what they were."""

import gzip
import subprocess
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from flask import Blueprint, Flask, url_for
from flask.testing import FlaskClient

from kernel.web import assets

CONTENT = b"body { color: black }\n" * 40


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor/page.css").write_bytes(CONTENT)
    (tmp_path / "vendor/page.css.br").write_bytes(brotli.compress(CONTENT))
    (tmp_path / "vendor/page.css.gz").write_bytes(gzip.compress(CONTENT))
    (tmp_path / "plain.js").write_bytes(b"1")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    app = Flask("here", static_folder=None)
    app.register_blueprint(
        Blueprint("shell", __name__, static_folder=str(tmp_path), static_url_path="/static")
    )
    assets.install(app, "shell.static")
    with app.test_request_context():
        yield app.test_client()


def address(name: str) -> str:
    return url_for("shell.static", filename=name)


@pytest.mark.parametrize(
    ("accepts", "sent"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None), ("br;q=0, gzip", "gzip")],
)
def test_a_browser_gets_the_best_encoding_it_reads(
    client: FlaskClient, accepts: str, sent: str | None
) -> None:
    answer = client.get(address("vendor/page.css"), headers={"Accept-Encoding": accepts})

    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[sent]
    assert unpack(answer.data) == CONTENT
    assert answer.headers.get("Content-Encoding") == sent
    assert answer.mimetype == "text/css"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_file_without_compressed_twin_is_sent_as_it_is(client: FlaskClient) -> None:
    answer = client.get(address("plain.js"), headers={"Accept-Encoding": "br, gzip"})

    assert answer.data == b"1"
    assert "Content-Encoding" not in answer.headers


def test_an_address_with_the_fingerprint_is_kept_for_a_year(client: FlaskClient) -> None:
    kept = client.get(address("plain.js")).headers["Cache-Control"]
    unversioned = client.get("/static/plain.js").headers["Cache-Control"]
    stale = client.get("/static/plain.js?v=0123456789ab").headers["Cache-Control"]

    assert "max-age=31536000" in kept
    assert "immutable" in kept
    assert "no-cache" not in kept
    assert "immutable" not in unversioned
    assert "immutable" not in stale


def test_a_changed_file_has_a_new_address(client: FlaskClient, tmp_path: Path) -> None:
    before = address("plain.js")

    (tmp_path / "plain.js").write_bytes(b"2")

    assert address("plain.js") != before


@pytest.mark.parametrize("name", ["vendor/none.css", "../secret", "vendor/../../secret"])
def test_what_is_not_there_is_not_found(client: FlaskClient, tmp_path: Path, name: str) -> None:
    (tmp_path.parent / "secret").write_text("no")

    assert client.get(f"/static/{name}").status_code == 404


def test_a_machine_without_node_uses_the_packaged_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    said = subprocess.check_output([*assets.npm(), "--version"], text=True)  # noqa: S603 - the wheel's

    assert int(said.split(".")[0]) >= assets.OLDEST_NPM
