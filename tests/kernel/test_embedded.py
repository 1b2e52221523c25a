"""The bundled server starts in any folder and language, and lets the right people in."""

import stat
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError, ProgrammingError

from kernel import embedded
from tests.kernel.server_processes import (
    User,
    ask,
    change,
    dsn,
    is_running,
    postmaster,
)


def test_a_fresh_folder_gives_a_database_with_both_roles(folder: Path) -> None:
    with embedded.start(folder, settings=embedded.DISPOSABLE) as cluster:
        assert ask(cluster.owner_url, "SELECT current_user || ' ' || current_database()") == (
            "market_owner market"
        )
        assert ask(cluster.app_url, "SELECT current_user") == "market_app"
        assert ask(
            cluster.app_url, "SELECT datlocale FROM pg_database WHERE datname = 'market'"
        ) == ("C.UTF-8")
        assert cluster.remark is None


def test_the_application_may_change_rows_but_no_tables(used_folder: Path) -> None:
    with embedded.start(used_folder, settings=embedded.DISPOSABLE) as cluster:
        change(
            cluster.owner_url,
            "CREATE TABLE facts (n int)",
            "GRANT SELECT, INSERT ON facts TO market_app",
        )
        change(cluster.app_url, "INSERT INTO facts VALUES (1)")

        for statement in (
            "CREATE TABLE mine (n int)",
            "CREATE TEMPORARY TABLE mine (n int)",
            "CREATE SCHEMA mine",
            "ALTER TABLE facts ADD m int",
            "DROP TABLE facts",
            "CREATE ROLE friend",
        ):
            with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
                change(cluster.app_url, statement)


def test_nobody_enters_without_the_password(used_folder: Path) -> None:
    with embedded.start(used_folder, settings=embedded.DISPOSABLE) as cluster:
        for role in ("market_app", "market_owner", "postgres"):
            url = make_url(cluster.app_url).set(username=role)
            without = url.difference_update_query(["passfile"])

            with pytest.raises(OperationalError, match="no password supplied"):
                ask(without.render_as_string(), "SELECT 1")
            with pytest.raises(OperationalError, match="password authentication failed"):
                ask(without.set(password="guess").render_as_string(False), "SELECT 1")
            assert ask(url.render_as_string(), "SELECT current_user") == role


def test_passwords_are_for_the_owner_of_the_folder_alone(folder: Path) -> None:
    with embedded.start(folder, settings=embedded.DISPOSABLE) as cluster:
        assert stat.S_IMODE((folder / "passwords").stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for line in (folder / "passwords").read_text().splitlines():
            assert line.split(":")[4] not in cluster.app_url + (folder / "server.log").read_text()


def test_the_server_listens_on_no_network_address(used_folder: Path) -> None:
    with embedded.start(used_folder, settings=embedded.DISPOSABLE) as cluster:
        assert ask(cluster.app_url, "SELECT current_setting('listen_addresses')") == ""
        opened = Path(f"/proc/{postmaster(used_folder)}/fd").iterdir()
        targets = {str(entry.readlink()) for entry in opened if entry.is_symlink()}
        sockets = {name[8:-1] for name in targets if name.startswith("socket:")}
        tcp = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
        inodes = {line.split()[9] for line in tcp.splitlines() if not line.startswith("  sl")}
        assert sockets
        assert not inodes & sockets


def test_what_was_committed_is_there_at_the_next_start(folder: Path) -> None:
    with embedded.start(folder) as cluster:
        assert ask(cluster.app_url, "SELECT current_setting('fsync')") == "on"
        change(cluster.owner_url, "CREATE TABLE facts AS SELECT 42 AS n")
    assert not is_running(folder)

    with embedded.start(folder, settings=embedded.DISPOSABLE) as cluster:
        assert ask(cluster.app_url, "SELECT current_setting('fsync')") == "off"
        assert ask(cluster.owner_url, "SELECT n FROM facts") == 42


@pytest.mark.parametrize(
    "name",
    [
        "my projects 数据市场",
        "deep/" + "a-folder-with-a-long-name/" * 5,
        "comma,'quote'\"%s$HOME",
        "数据" * 40,
    ],
)
def test_the_server_starts_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "data"

    with embedded.start(folder, settings=embedded.DISPOSABLE) as cluster:
        assert ask(cluster.app_url, "SELECT 1") == 1
        change(cluster.owner_url, "CREATE TABLE facts AS SELECT 1")
        with psycopg.connect(dsn(cluster.app_url)) as c:
            assert c.execute("SELECT current_user").fetchone() == ("market_app",)
    assert not is_running(folder)
    assert not (folder / ".s.PGSQL.5432").exists()


def test_a_link_planted_by_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40) / "data"
    with embedded.start(folder, settings=embedded.DISPOSABLE) as cluster:
        link = Path(str(make_url(cluster.app_url).query["host"]))
    link.unlink()
    link.symlink_to(tmp_path)

    with pytest.raises(embedded.ServerDidNotStart, match="is not our link"):
        embedded.start(folder, settings=embedded.DISPOSABLE)
    link.unlink()


@pytest.mark.parametrize(
    "language", [{"LANG": "xx_YY.UTF-8"}, {"LC_ALL": "zh_CN.GB18030"}, {"LANG": "C"}, {}]
)
def test_the_server_starts_whatever_the_language_is(
    tmp_path: Path, language: dict[str, str]
) -> None:
    folder = tmp_path / "数据 folder"
    user = User(folder, env=language)

    assert ask(user.answer()["app_url"], "SELECT '目录' ~ '^\\w+$'") is True
    user.leave()
    assert not is_running(folder)


def test_a_moved_folder_starts_in_its_new_place(used_folder: Path, tmp_path: Path) -> None:
    with embedded.start(used_folder, settings=embedded.DISPOSABLE) as cluster:
        change(cluster.owner_url, "CREATE TABLE facts AS SELECT 42 AS n")
    used_folder.rename(tmp_path / "elsewhere")

    with embedded.start(tmp_path / "elsewhere", settings=embedded.DISPOSABLE) as cluster:
        assert ask(cluster.owner_url, "SELECT n FROM facts") == 42


def test_a_server_that_cannot_start_says_why(used_folder: Path) -> None:
    with pytest.raises(embedded.ServerDidNotStart, match="no_such_setting"):
        embedded.start(used_folder, settings={"no_such_setting": "1"})
    assert not is_running(used_folder)


def test_missing_passwords_are_named(used_folder: Path) -> None:
    embedded.start(used_folder, settings=embedded.DISPOSABLE).close()
    (used_folder / "passwords").unlink()

    with pytest.raises(embedded.ServerDidNotStart, match="passwords is missing"):
        embedded.start(used_folder, settings=embedded.DISPOSABLE)
