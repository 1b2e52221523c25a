"""Settings come from the environment alone; secrets are kept to their owner."""

import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from kernel import startup
from kernel.settings import Settings, kept_secret

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_explained_on_its_page():
    page = (ROOT / "docs" / "settings.md").read_text()

    missing = [name for name in Settings.model_fields if name.upper() not in page]

    assert missing == []


def test_the_environment_sets_and_others_variables_do_not_matter(monkeypatch):
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "1000")
    monkeypatch.setenv("SOMETHING_ELSE", "1")

    assert Settings.from_environment().upload_limit_bytes == 1000


@pytest.mark.parametrize(
    ("name", "value"), [("UPLOAD_LIMIT_BYTES", "0"), ("DATABASE_POOL_SIZE", "x")]
)
def test_a_value_that_makes_no_sense_stops_the_start(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=name.lower()):
        Settings.from_environment()


def test_secrets_do_not_show_in_print(monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", "sk_live_visible")

    assert "sk_live_visible" not in repr(Settings.from_environment())


def test_a_secret_is_made_once_and_read_by_its_owner_alone(tmp_path):
    path = tmp_path / "keys" / "secret"

    first = kept_secret(path)

    assert len(first) == 64
    assert kept_secret(path) == first
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_processes_that_start_together_agree_on_one_secret(tmp_path):
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(kept_secret(tmp_path / "keys" / "secret")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["secret"]


def test_a_process_opens_its_database_and_store_and_migrates_once(server_url, template, tmp_path):
    from tests.conftest import _on_server, address  # noqa: PLC0415 - words of the fixtures

    name = f"{template}_startup"
    _on_server(server_url, f'CREATE DATABASE "{name}"')
    url = address(server_url, name)
    process = startup.open_process(
        Settings(data_folder=tmp_path, database_url=url, database_owner_url=url)
    )
    try:
        assert process.cluster is None
        assert startup.migrate_if_needed(process)
        assert not startup.migrate_if_needed(process)
    finally:
        process.close()
        _on_server(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')
