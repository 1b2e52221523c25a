"""A child of ours is started again when that helps, and ended in any case."""

import os
import sys
import time
from pathlib import Path

import pytest

from demo import children
from demo.children import Child, ChildDied, stop


def child(tmp_path: Path, program: str) -> Child:
    made = Child("it", [sys.executable, "-c", program], os.environ, tmp_path / "logs/it.log")
    made.start()
    return made


def wait(made: Child) -> int:
    assert made.process
    return made.process.wait(20)


def test_one_that_fails_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    made = child(tmp_path, "import sys; sys.exit('the reason')")
    wait(made)

    with pytest.raises(ChildDied, match="the reason"):
        made.keep_alive()


def test_one_that_has_served_a_while_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "SHORTEST_LIFE_SECONDS", 0)
    made = child(tmp_path, "pass")
    wait(made)

    assert made.keep_alive()
    assert wait(made) == 0


def test_one_that_works_is_left_alone(tmp_path: Path) -> None:
    made = child(tmp_path, "import time; time.sleep(60)")

    assert not made.keep_alive()
    stop([made])
    assert wait(made) < 0


def test_one_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "STOP_SECONDS", 0.5)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True)"
    made = child(tmp_path, f"{deaf}; time.sleep(60)")
    while "deaf" not in (tmp_path / "logs/it.log").read_text():
        time.sleep(0.02)

    stop([made])

    assert wait(made) == -9
