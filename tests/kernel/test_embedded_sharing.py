"""The bundled server is shared, survives kill -9 of anybody, and leaves with its last user."""

import contextlib
import os
import signal
import time
from pathlib import Path

from kernel import embedded
from tests.kernel.server_processes import (
    User,
    ask,
    change,
    guardian,
    is_running,
    kill_server,
    postmaster,
    wait_until,
)


def test_two_instances_run_side_by_side(used_folder: Path, tmp_path: Path) -> None:
    with (
        embedded.start(used_folder, settings=embedded.DISPOSABLE) as one,
        embedded.start(tmp_path / "two", settings=embedded.DISPOSABLE) as two,
    ):
        change(one.owner_url, "CREATE TABLE facts AS SELECT 1")
        assert ask(two.owner_url, "SELECT to_regclass('facts')") is None
    assert not is_running(used_folder)
    assert not is_running(tmp_path / "two")


def test_six_processes_share_one_server_until_the_last_leaves(folder: Path) -> None:
    users = [User(folder) for _ in range(6)]
    urls = [user.answer()["app_url"] for user in users]
    began = {ask(url, "SELECT pg_postmaster_start_time()") for url in urls}

    assert len(began) == 1
    for user in users[:5]:
        user.leave()
    assert ask(urls[5], "SELECT pg_postmaster_start_time()") in began
    users[5].leave()
    assert not is_running(folder)


def test_one_process_may_start_it_twice_and_close_twice(used_folder: Path) -> None:
    first = embedded.start(used_folder, settings=embedded.DISPOSABLE)
    second = embedded.start(used_folder, settings=embedded.DISPOSABLE)

    first.close()
    first.close()
    assert ask(second.app_url, "SELECT 1") == 1
    second.close()
    assert not is_running(used_folder)


def test_a_forked_child_keeps_its_hold_and_takes_none_away(used_folder: Path) -> None:
    cluster = embedded.start(used_folder, settings=embedded.DISPOSABLE)
    child = os.fork()
    if child == 0:
        cluster.close()
        os._exit(0)
    os.waitpid(child, 0)

    assert ask(cluster.app_url, "SELECT 1") == 1
    cluster.close()
    assert not is_running(used_folder)


def test_the_server_stops_when_its_only_user_is_killed(used_folder: Path) -> None:
    user = User(used_folder)
    user.answer()

    user.kill()

    wait_until(lambda: not is_running(used_folder))
    assert not (used_folder / "pg/postmaster.pid").exists()


def test_a_killed_user_takes_nothing_from_the_others(used_folder: Path) -> None:
    first = User(used_folder)
    first.answer()
    with embedded.start(used_folder, settings=embedded.DISPOSABLE) as cluster:
        first.kill()
        time.sleep(0.3)
        assert ask(cluster.app_url, "SELECT 1") == 1
    assert not is_running(used_folder)


def test_after_everything_was_killed_the_next_start_recovers(used_folder: Path) -> None:
    user = User(used_folder, "durable")
    change(user.answer()["owner_url"], "CREATE TABLE facts AS SELECT 42 AS n")
    kill_server(used_folder)
    user.kill()
    assert (used_folder / "pg/postmaster.pid").exists()

    with embedded.start(used_folder, settings=embedded.DISPOSABLE) as cluster:
        assert ask(cluster.owner_url, "SELECT n FROM facts") == 42


def test_a_server_whose_guardian_was_killed_is_adopted_and_stopped(used_folder: Path) -> None:
    user = User(used_folder)
    user.answer()
    keeper = guardian(used_folder)
    assert keeper is not None
    os.kill(keeper, signal.SIGKILL)
    user.kill()
    assert is_running(used_folder)

    with embedded.start(used_folder, settings=embedded.DISPOSABLE) as cluster:
        assert ask(cluster.app_url, "SELECT 1") == 1
    assert not is_running(used_folder)


def test_a_killed_server_comes_back_for_its_users(used_folder: Path) -> None:
    with embedded.start(used_folder, settings=embedded.DISPOSABLE) as cluster:
        time.sleep(2.1)  # one that dies at once is not started again
        old = postmaster(used_folder)
        os.kill(old, signal.SIGKILL)

        wait_until(lambda: postmaster(used_folder) != old)
        with embedded.start(used_folder, settings=embedded.DISPOSABLE):
            assert ask(cluster.app_url, "SELECT 1") == 1
    assert not is_running(used_folder)


def test_a_half_made_cluster_is_made_anew(folder: Path) -> None:
    user = User(folder)
    wait_until((folder / "pg.new/base").exists)
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes()
            if str(folder).encode() in words and b"kernel.guardian" in words:
                os.kill(int(process.name), signal.SIGKILL)
    user.kill()

    with embedded.start(folder, settings=embedded.DISPOSABLE) as cluster:
        assert ask(cluster.app_url, "SELECT 1") == 1
    assert not (folder / "pg.new").exists()


def test_a_stale_note_that_names_a_living_stranger_is_swept(used_folder: Path) -> None:
    with embedded.start(used_folder, settings=embedded.DISPOSABLE):
        note = (used_folder / "pg/postmaster.pid").read_text().splitlines()
    (used_folder / "pg/postmaster.pid").write_text("\n".join([str(os.getpid()), *note[1:], ""]))
    (used_folder / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")

    with embedded.start(used_folder, settings=embedded.DISPOSABLE) as cluster:
        assert ask(cluster.app_url, "SELECT 1") == 1
