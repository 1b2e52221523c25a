"""The walls, tried from inside: a script shuts itself in as a query does and then misbehaves."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.engines.isolation import CHILD, start_child

ATTEMPTS = {
    "open another file": "open('/etc/hostname').read()",
    "open a file beside": "open(sys.argv[1] + '.other').read()",
    "list a folder": "os.listdir('/tmp')",
    "write a file": "open(sys.argv[1] + '.new', 'w').write('x')",
    "write the file itself": "open(sys.argv[1], 'r+b').write(b'x')",
    "remove a file": "os.unlink(sys.argv[1])",
    "make a socket": "socket.socket()",
    "make a unix socket": "socket.socket(socket.AF_UNIX)",
    "run a program": "os.execv('/bin/true', ['true'])",
    "fork": "os.fork()",
    "signal another process": "os.kill(os.getppid(), 0)",
    "trace": "none_below(libc.ptrace(0, 0, 0, 0))",
    "make a namespace": "none_below(libc.unshare(0x10000000))",
    "mount": "none_below(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))",
}

SCRIPT = """
import ctypes, importlib.util, os, socket, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
def none_below(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
spec = importlib.util.spec_from_file_location("child", {child!r})
child = importlib.util.module_from_spec(spec)
spec.loader.exec_module(child)
file = os.open(sys.argv[1], os.O_RDONLY)
child._warm_up()
print(*child._shut_in(file), flush=True)
assert open(f"/proc/self/fd/{{file}}", "rb").read() == b"rows"
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
def attempt():
    try:
        {attempt}
    except OSError:
        print("refused", flush=True)
    else:
        print("done", flush=True)
{how}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "extract"
    path.write_bytes(b"rows")
    Path(f"{path}.other").write_bytes(b"other rows")
    return path


def try_inside(attempt: str, file: Path, how: str = "attempt()") -> list[str]:
    script = SCRIPT.format(child=str(CHILD), attempt=attempt, how=how)
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, str(file)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout, done.stderr
    return done.stdout.splitlines()


def test_this_machine_builds_both_walls(file):
    assert try_inside("pass", file) == ["landlock seccomp", "done"]


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_from_inside_the_walls_nothing_else_is_reached(attempt, file):
    assert try_inside(attempt, file)[1:] == ["refused"]
    assert file.read_bytes() == b"rows"
    assert not Path(f"{file}.new").exists()


def test_a_thread_born_inside_is_inside(file):
    how = "t = threading.Thread(target=attempt); t.start(); t.join()"

    assert try_inside("open('/etc/hostname').read()", file, how)[1:] == ["refused"]


def test_with_a_thread_already_running_no_wall_is_claimed(file):
    script = SCRIPT.replace(
        "print(*child._shut_in(file), flush=True)",
        "import time; threading.Thread(target=time.sleep, args=(1,)).start();"
        " print(*child._shut_in(file), flush=True); sys.exit()",
    ).format(child=str(CHILD), attempt="pass", how="")
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, str(file)], check=True, capture_output=True, text=True
    )

    assert done.stdout == "\n"


def test_a_child_ends_when_its_parent_hangs_up():
    child = start_child()

    child.line.close()

    child.process.wait(timeout=20)


@pytest.mark.parametrize("is_warm", [False, True])
def test_a_killed_child_is_gone_with_all_that_is_below_it(is_warm):
    child = start_child()
    if is_warm:
        child.line.recv(4)

    child.kill()

    with pytest.raises(ProcessLookupError):  # not even a zombie is left in its group
        os.killpg(child.process.pid, 0)


def test_a_child_sees_no_environment_of_ours(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    child = start_child()
    child.line.recv(4)

    below = subprocess.run(
        ["pgrep", "-g", str(child.process.pid)], check=True, capture_output=True, text=True
    ).stdout.split()
    environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in below]
    child.kill()

    assert environments
    assert not any(b"secret" in environment for environment in environments)


def test_the_socket_pair_is_all_that_a_child_inherits():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not os.get_inheritable(ours.fileno())
