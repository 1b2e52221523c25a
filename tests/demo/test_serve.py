"""`make run` serves on loopback, says where, survives a dead child, and leaves nothing behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from demo import serve
from demo.people import CAST, FIVE
from demo.ports import free_near

ROOT = Path(__file__).parents[2]


class Serving:
    """`python -m demo.serve --empty` with a data folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {"DATA_FOLDER": str(folder), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo.serve", "--empty"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                break
        found = [line.split()[-1] for line in self.said if line.startswith("公共数据市场")]
        self.address = found[0] if found else ""

    def descendants(self) -> list[int]:
        """Our children, their children, and the database server with its guardian."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                parents[int(stat.parent.name)] = int(fields[1])
        found = [self.process.pid]
        for one in found:
            found += [child for child, parent in parents.items() if parent == one]
        return found[1:]

    def stop(self, order: signal.Signals) -> int:
        self.process.send_signal(order)
        code = self.process.wait(30)
        assert self.process.stdout
        self.said += self.process.stdout.read().splitlines()
        self.process.stdout.close()
        return code


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    started = Serving(tmp_path / "data", free_port())
    yield started
    if started.process.poll() is None:
        started.stop(signal.SIGTERM)


def free_port() -> int:
    """One whose next is free too: the identity provider wants that."""
    for _ in range(50):
        number = free_near(0)
        if free_near(number + 1) == number + 1:
            return number
    raise AssertionError("no two free ports in a row")


def wait_until(claim: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def is_alive(number: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def server_is_gone(folder: Path) -> bool:
    return not (folder / "postgres/pg/postmaster.pid").exists()


def test_it_serves_and_ends_in_order(serving: Serving, tmp_path: Path) -> None:
    issuer = serving.address.replace("127.0.0.1", "localhost")
    issuer = issuer[: issuer.rindex(":")] + f":{int(issuer.rsplit(':', 1)[1]) + 1}"

    assert requests.get(f"{serving.address}/readyz", timeout=10).json()["ready"] is True
    assert requests.get(f"{serving.address}/static/market.css", timeout=10).status_code == 200
    found = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
    assert found["issuer"] == issuer
    introduced = [one.name for line in serving.said for one in CAST if one.name in line]
    assert introduced == [one.name for one in CAST]
    also = next(n for n, line in enumerate(serving.said) if "also" in line)
    assert [one.name in serving.said[also - len(FIVE) + n] for n, one in enumerate(FIVE)] == (
        [True] * len(FIVE)
    )

    wait_until(lambda: len(serving.descendants()) >= 4)
    started = serving.descendants()
    assert serving.stop(signal.SIGTERM) == 0
    assert "已全部停止" in serving.said[-1]
    assert not [one for one in started if is_alive(one)]
    assert server_is_gone(tmp_path / "data")


def test_an_order_to_stop_in_the_middle_of_a_print_is_obeyed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A handler that prints would fail inside a print that it interrupts."""
    before = {order: signal.getsignal(order) for order in serve.STOP_ORDERS}

    with pytest.raises(KeyboardInterrupt):
        serve._stop_once(signal.SIGINT, None)

    ignored = {signal.getsignal(order) for order in serve.STOP_ORDERS}
    for order, handler in before.items():
        signal.signal(order, handler)
    assert ignored == {signal.SIG_IGN}
    assert capsys.readouterr().out == ""


def test_killed_it_leaves_nothing_and_the_next_start_minds_a_taken_port(
    serving: Serving, tmp_path: Path
) -> None:
    wait_until(lambda: len(serving.descendants()) >= 4)  # gunicorn and its two, the worker
    started = serving.descendants()
    serving.stop(signal.SIGKILL)
    wait_until(lambda: not [one for one in started if is_alive(one)])
    wait_until(lambda: server_is_gone(tmp_path / "data"))

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        second = Serving(tmp_path / "data", port)

        assert any(f"{port} 已被占用" in line for line in second.said)
        assert second.address
        assert not second.address.endswith(f":{port}")
        assert requests.get(f"{second.address}/healthz", timeout=10).status_code == 200
        assert second.stop(signal.SIGINT) == 0
