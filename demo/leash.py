"""Run a command that ends when the process it serves ends, however that one ends.

`python -m demo.leash PARENT_ID COMMAND...`: the kernel sends SIGTERM to the command when the
parent has gone, kill -9 included, so nothing is left behind.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, *command: str) -> None:
    """Become the command, on the leash."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() == parent:  # otherwise it had gone before the leash was on
        os.execvp(command[0], command)  # noqa: S606 - the command is what this file is for


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
