"""Runs one statement on one file and dies: the only process that ever holds rows.

Started as a script of its own (python -I child.py), it imports nothing of the house. It warms up,
says which walls it can build, waits for one job on its standard input (a socket), shuts itself in
and only then opens the file, whose descriptor came with the job. It answers with whole numbers or
with one of a few fixed words; no text of an engine ever leaves it.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import struct
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

MAX_JOB_BYTES = 4_000_000
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # the same on every machine
READ_FILE = 1 << 2
CLONE_THREAD = 0x10000
SET_NO_NEW_PRIVILEGES = 38

# What DuckDB and the interpreter need once everything is loaded. Everything else answers EPERM:
# no new socket, no program, no process, no file outside the one that Landlock leaves.
ALLOWED_CALLS = """
    read write readv writev pread64 pwrite64 lseek close openat open fstat newfstatat stat lstat
    statx fstatfs statfs access faccessat faccessat2 readlink readlinkat fcntl ioctl dup getcwd
    mmap munmap mprotect madvise mremap brk mincore futex sched_yield sched_getaffinity getcpu
    set_robust_list rseq rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall
    clock_gettime clock_nanosleep clock_getres gettimeofday nanosleep times getrusage
    getpid gettid getppid getuid geteuid getgid getegid uname sysinfo getrandom prlimit64
    sendto recvfrom sendmsg recvmsg poll ppoll exit exit_group membarrier get_mempolicy
    sched_getparam sched_getscheduler prctl arch_prctl set_tid_address fadvise64 getdents64
""".split()  # noqa: SIM905 - ninety words read better so


def main() -> None:
    """Warm up, report, take one job, answer it."""
    parent = socket.socket(fileno=os.dup(0))
    connection = _warm_up()
    _say(parent, {"ready": True, "walls": _walls()})
    job, file = _receive(parent)
    if job is None or file is None:
        return
    _limit(job["limits"])
    walls = _shut_in(file)
    if not set(job["walls"]) <= set(walls):
        _say(parent, {"failed": "walls"})
        return
    _say(parent, {"reading": True})
    _say(parent, _run(connection, job, file))


def _warm_up() -> duckdb.DuckDBPyConnection:
    """Load everything a query needs, so that nothing is opened or imported behind the walls.

    With these two settings DuckDB starts no thread of its own; they come later, born inside.
    """
    connection = duckdb.connect(":memory:", config={"threads": 1, "async_threads": 0})
    civil = datetime(2000, 1, 1)  # noqa: DTZ001 - as the columns hold it
    connection.execute("SELECT ?, ?, count(*)", [civil.date(), civil])
    connection.fetchall()
    return connection


def _walls() -> list[str]:
    """The walls this machine lets us build."""
    found = []
    if _system_call(LANDLOCK_CREATE, None, 0, 1) > 0:
        found.append("landlock")
    if _seccomp() is not None:
        found.append("seccomp")
    return found


def _seccomp() -> Any:
    try:
        import pyseccomp  # noqa: PLC0415 - absent where libseccomp is not installed
    except (ImportError, OSError, RuntimeError):
        return None
    return pyseccomp


def _system_call(number: int, *arguments: Any) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))


def _receive(parent: socket.socket) -> tuple[dict[str, Any] | None, int | None]:
    """One job: four bytes of length with the file's descriptor, then JSON."""
    head, descriptors, _, _ = socket.recv_fds(parent, 4, 1)
    if len(head) < 4 or not descriptors:
        return None, None
    (length,) = struct.unpack("!I", head)
    if length > MAX_JOB_BYTES:
        return None, None
    body = b""
    while len(body) < length:
        part = parent.recv(min(65536, length - len(body)))
        if not part:
            return None, None
        body += part
    return json.loads(body), descriptors[0]


def _limit(limits: dict[str, int]) -> None:
    """Bounds that the kernel keeps: processor time, memory, no file written, few files open."""
    for name, value in (
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_AS, limits["address_bytes"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(name, (value, value))
    signal.alarm(limits["wall_seconds"])  # also ends an orphan whose parent was killed


def _shut_in(file: int) -> list[str]:
    """Build the walls before any thread exists: they bind this thread and those it makes."""
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        return []
    pyseccomp = _seccomp()
    ctypes.CDLL(None).prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    built = []
    if _landlock(file):
        built.append("landlock")
    if pyseccomp is not None and _filter_calls(pyseccomp):
        built.append("seccomp")
    return built


def _landlock(file: int) -> bool:
    """Nothing on any file system but reading this one file; no TCP."""
    version = _system_call(LANDLOCK_CREATE, None, 0, 1)
    if version <= 0:
        return False
    rights = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    network = 3 if version >= 4 else 0
    attributes = struct.pack("QQ", rights, network)[: 16 if version >= 4 else 8]
    ruleset = _system_call(LANDLOCK_CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    rule = struct.pack("=Qi", READ_FILE, file)
    if _system_call(LANDLOCK_ADD, ruleset, 1, rule, 0) != 0:
        return False
    is_restricted = _system_call(LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return is_restricted


def _filter_calls(pyseccomp: Any) -> bool:
    """Allow the named system calls and threads; refuse the rest with EPERM."""
    calls = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED_CALLS:
        try:
            calls.add_rule(pyseccomp.ALLOW, name)
        except (ValueError, OSError, RuntimeError):  # not a call of this kind of machine
            continue
    thread_only = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, CLONE_THREAD)
    calls.add_rule(pyseccomp.ALLOW, "clone", thread_only)
    calls.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags cannot be seen: use clone
    calls.load()
    return True


def _run(connection: duckdb.DuckDBPyConnection, job: dict[str, Any], file: int) -> dict[str, Any]:
    """The rows of the one statement, or a fixed word."""
    limits = job["limits"]
    try:
        _lock(connection, f"/proc/self/fd/{file}", limits)
        connection.execute(job["sql"], [_value(value) for value in job["parameters"]])
        rows = connection.fetchmany(limits["rows"] + 1)
    except (duckdb.OutOfMemoryException, MemoryError):
        return {"failed": "memory"}
    except duckdb.Error:
        return {"failed": "engine"}
    return {"rows": rows} if len(rows) <= limits["rows"] else {"failed": "rows"}


def _lock(connection: duckdb.DuckDBPyConnection, path: str, limits: dict[str, int]) -> None:
    """One view on one file, then every setting that could open anything else, then the lock."""
    connection.execute(f"SET threads = {limits['threads']}")
    connection.execute(f"SET memory_limit = '{limits['memory_megabytes']}MB'")
    connection.execute(f"CREATE VIEW extract AS SELECT * FROM read_parquet('{path}')")
    for setting in (
        "python_enable_replacements = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "allow_unsigned_extensions = false",
        "allow_persistent_secrets = false",
        "max_temp_directory_size = '0KB'",
        "temp_directory = ''",
        "max_expression_depth = 200",
        f"allowed_paths = ['{path}']",
        "enable_external_access = false",
        "disabled_filesystems = 'HTTPFileSystem'",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


def _value(tagged: list[Any]) -> Any:
    kind, value = tagged
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "moment":
        return datetime.fromisoformat(value)
    return value


def _say(parent: socket.socket, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    parent.sendall(struct.pack("!I", len(body)) + body)


if __name__ == "__main__":
    sys.tracebacklimit = 0
    main()
