"""A child waits at the gate, goes on with what it is given, and ends when nobody opens it."""

import os
import subprocess
import sys

from demo.gate import VARIABLE, Gate

CHILD = (
    "from demo import gate; import os; gate.wait(); print(os.environ.get('GIVEN'), flush=True);"
    "gate.wait(); print('passed')"
)


def start(gate: Gate | None) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    return subprocess.Popen(  # noqa: S603 - this very test
        [sys.executable, "-c", CHILD],
        env=environment | (gate.environment if gate else {}),
        pass_fds=(gate.inherited,) if gate else (),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_what_is_given_at_the_gate_is_in_the_environment_and_it_is_passed_once() -> None:
    with Gate() as gate, start(gate) as child:
        gate.open({"GIVEN": "中文 and\nlines"})
        told, _ = child.communicate()

    assert (told, child.returncode) == ("中文 and\nlines\npassed\n", 0)


def test_whose_parent_gives_up_ends_without_a_word() -> None:
    with Gate() as gate:
        child = start(gate)
    told, _ = child.communicate()

    assert (told, child.returncode) == ("", 0)


def test_without_a_gate_nobody_waits() -> None:
    with start(None) as child:
        told, _ = child.communicate()

    assert told == "None\npassed\n"
