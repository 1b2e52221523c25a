"""Which walls stand around the process that reads rows, and how is it started?"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kernel.errors import Unavailable
from kernel.i18n import N_, Labelled, say

CHILD = Path(__file__).with_name("child.py")
KILL_SECONDS = 5
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Wall(Labelled):
    """One layer of isolation. Two of them always stand: limits, and DuckDB's own lock."""

    BUBBLEWRAP = "bubblewrap", N_("命名空间隔离（bubblewrap）")
    LANDLOCK = "landlock", N_("文件访问限制（Landlock）")
    SECCOMP = "seccomp", N_("系统调用限制（seccomp）")
    LIMITS = "limits", N_("内存、时间与文件上限")
    LOCK = "lock", N_("数据库引擎锁定")


@dataclass(eq=False)
class IsolationMissing(Unavailable):
    """Nothing on this machine keeps a query from other files: queries do not run here."""

    code = "isolation-missing"
    message = N_("本机缺少查询隔离，暂不能执行查询，未扣隐私预算。请管理员安装 bubblewrap 后重试。")


# Either of these keeps a query from other files; where neither stands, none runs.
DECISIVE = (Wall.BUBBLEWRAP, Wall.LANDLOCK)


@dataclass
class Child:
    """A started process and our end of its socket."""

    process: "subprocess.Popen[bytes]"
    line: socket.socket
    in_namespaces: bool

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """End it and everything below it, at once, leaving nothing for others to bury.

        Bubblewrap's outer process is spared: it ends when its inner one does, and reaps it.
        """
        self.line.close()
        inner = _children_of(self.process.pid) if self.in_namespaces else []
        for pid in inner or [self.process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            self.process.wait(timeout=KILL_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def start_child() -> Child:
    """Start a process that warms up and waits for one job. It ends when our socket closes."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own fixed words
            [*_namespaces(), _interpreter(), "-I", _child_path()],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": PATH},
            start_new_session=True,
        )
    return Child(process, ours, in_namespaces=bool(_namespaces()))


def _interpreter() -> str:
    return str(Path(sys.prefix).resolve() / "bin" / "python")


def _child_path() -> str:
    return "/child.py" if _namespaces() else str(CHILD)


@cache
def decisive_walls() -> tuple[Wall, ...]:
    """Which of the decisive walls this machine lets us build; starts no engine."""
    can_stand = {Wall.BUBBLEWRAP: bool(_namespaces()), Wall.LANDLOCK: _has_landlock()}
    return tuple(wall for wall in DECISIVE if can_stand[wall])


def remark() -> str:
    """What operations must know of the walls here, in the reader's language; "" if all stand."""
    standing = decisive_walls()
    if not standing:
        return say(IsolationMissing.message)
    missing = [wall for wall in DECISIVE if wall not in standing]
    text = N_("查询隔离：有{standing}，缺{missing}。查询照常执行；两层都有更好。")
    return say(text, standing=standing, missing=missing) if missing else ""


def _has_landlock() -> bool:
    create_ruleset, ask_version = 444, 1
    return int(ctypes.CDLL(None).syscall(create_ruleset, None, 0, ask_version)) > 0


@cache
def _namespaces() -> tuple[str, ...]:
    """The bubblewrap command, or nothing where it is absent or may not make namespaces."""
    program = shutil.which("bwrap", path=PATH)
    if program is None:
        return ()
    command = (program, *_bubble())
    trial = subprocess.run(  # noqa: S603 - our own fixed words
        [*command, "/usr/bin/env", "true"], check=False, capture_output=True, timeout=20
    )
    return command if trial.returncode == 0 else ()


def _bubble() -> list[str]:
    """No network, no other process, no capability; read-only: the interpreter and libraries.

    The data file is not among them: it arrives as an open descriptor.
    """
    prefixes = {str(Path(prefix).resolve()) for prefix in (sys.prefix, sys.base_prefix)}
    words = ["--unshare-all", "--cap-drop", "ALL", "--clearenv", "--setenv", "PATH", PATH]
    words += ["--ro-bind", "/usr", "/usr", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    for folder in ("/bin", "/sbin", "/lib", "/lib64"):
        path = Path(folder)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), folder]
        elif path.exists():
            words += ["--ro-bind", folder, folder]
    for prefix in sorted(prefixes):
        words += ["--ro-bind", prefix, prefix]
    return [*words, "--ro-bind", str(CHILD), "/child.py", "--proc", "/proc", "--dev", "/dev"]
