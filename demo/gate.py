"""How does a child load its code while what it needs is still being prepared?

It waits at a gate: a pipe on which its environment arrives once everything stands.
"""

import json
import os
from collections.abc import Mapping

VARIABLE = "DEMO_GATE"


class Gate:
    """Held by the parent: give `environment` and `inherited` to the child, then open it once."""

    def __init__(self) -> None:
        self.inherited, self._writer = os.pipe()

    def __enter__(self) -> "Gate":
        return self

    def __exit__(self, *_: object) -> None:
        """Without having been opened, whoever waits there ends."""
        os.close(self.inherited)
        os.close(self._writer)

    @property
    def environment(self) -> dict[str, str]:
        return {VARIABLE: str(self.inherited)}

    def open(self, environment: Mapping[str, str]) -> None:
        """Let the child go on, with these variables besides its own."""
        os.write(self._writer, f"{json.dumps(dict(environment))}\n".encode())


def wait() -> None:
    """In the child: until the gate opens; at once where there is none, as after a restart.

    Raises: SystemExit, when the parent has gone or gave up.
    """
    number = os.environ.pop(VARIABLE, None)
    if number is None:
        return
    with os.fdopen(int(number), encoding="utf-8") as gate:
        given = gate.readline()
    if not given:
        raise SystemExit(0)
    os.environ.update(json.loads(given))
