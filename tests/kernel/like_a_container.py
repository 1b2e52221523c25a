"""Run a command as the root of a container is: it may change users, but make no user namespaces.

Run by root as `python like_a_container.py COMMAND...`.
"""

import ctypes
import os
import sys
from pathlib import Path

NEW_USERS_AND_MOUNTS = 0x10000000 | 0x00020000  # CLONE_NEWUSER | CLONE_NEWNS

is_apart, say_apart = os.pipe()
is_mapped, say_mapped = os.pipe()
child = os.fork()
if child == 0:
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_USERS_AND_MOUNTS):
        os._exit(1)
    os.write(say_apart, b".")
    os.read(is_mapped, 1)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command is what this file is for
os.close(say_apart)
if os.read(is_apart, 1):
    for users in ("uid_map", "gid_map"):
        Path(f"/proc/{child}/{users}").write_text("0 0 65536")
    os.write(say_mapped, b".")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
