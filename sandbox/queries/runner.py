"""What are the exact numbers of a question? Runs it in a bounded, isolated process of its own.

One process per question. A spare one is kept started, so that a question does not wait for an
interpreter; it has seen no data and no job before it gets its only one.
"""

import json
import os
import socket
import struct
import threading
import time
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sandbox.engines.duckdb_engine import Exact, ResultMalformed, exact_of, statement_of
from sandbox.engines.isolation import DECISIVE, Child, IsolationMissing, Wall, start_child
from sandbox.plans.rules import MAX_GROUPS, Question, Scalar

MAX_ANSWER_BYTES = 16_000_000
START_SECONDS = 20.0


@dataclass(frozen=True)
class Limits:
    """The bounds of one question. address_bytes covers libraries and stacks besides the engine."""

    wall_seconds: int = 30
    cpu_seconds: int = 60
    memory_megabytes: int = 1024
    address_bytes: int = 6 * 1024**3
    threads: int = 2
    rows: int = MAX_GROUPS


class RunFailed(Exception):
    """The question gave no numbers. word: fixed, never an engine's text.

    has_read: whether any row may have been read; if not, nothing was learnt and nothing is owed.
    """

    def __init__(self, word: str, *, has_read: bool) -> None:
        super().__init__(word)
        self.word = word
        self.has_read = has_read


@dataclass(frozen=True)
class Run:
    """The exact numbers by group, the walls that stood, and how long it took."""

    exact: Exact
    walls: tuple[Wall, ...]
    seconds: float


_spares: list[Child] = []
_lock = threading.Lock()


def run_question(question: Question, extract: Path, limits: Limits | None = None) -> Run:
    """Ask the extract. The numbers that come back are exact: they go to the mechanism only.

    Raises: RunFailed, IsolationMissing.
    """
    bounds = limits or Limits()
    began = time.monotonic()
    child = take_child()
    try:
        child.line.settimeout(START_SECONDS)
        walls = _walls(child)
        _send(child, question, extract, bounds, walls)
        _await_reading(child)
        child.line.settimeout(bounds.wall_seconds)
        exact = _numbers(child, question)
    finally:
        child.kill()
        warm_up()  # only now: while the question runs, both processors are its own
    return Run(exact, (*walls, Wall.LIMITS, Wall.LOCK), time.monotonic() - began)


def take_child() -> Child:
    """The spare process where it is alive, else a fresh one."""
    with _lock:
        while _spares:
            spare = _spares.pop()
            if spare.is_alive():
                return spare
            spare.kill()
    return start_child()


def warm_up() -> None:
    """Start the spare process of this worker, where it has none."""
    with _lock:
        if not _spares:
            _spares.append(start_child())


def cool_down() -> None:
    """End the spare process."""
    with _lock:
        for child in _spares:
            child.kill()
        _spares.clear()


def _walls(child: Child) -> tuple[Wall, ...]:
    """What will stand around this child. Without namespaces or Landlock it gets no job."""
    ready = _hear(child, has_read=False)
    walls = tuple(Wall(name) for name in ready.get("walls", ()))
    if child.in_namespaces:
        walls = (Wall.BUBBLEWRAP, *walls)
    if not set(DECISIVE) & set(walls):
        raise IsolationMissing
    return walls


def _send(
    child: Child, question: Question, extract: Path, limits: Limits, walls: tuple[Wall, ...]
) -> None:
    statement = statement_of(question)
    job = {
        "sql": statement.sql,
        "parameters": [_tagged(value) for value in statement.parameters],
        "limits": asdict(limits),
        "walls": [wall.value for wall in walls if wall is not Wall.BUBBLEWRAP],
    }
    body = json.dumps(job).encode()
    file = os.open(extract, os.O_RDONLY)
    try:
        socket.send_fds(child.line, [struct.pack("!I", len(body))], [file])
        child.line.sendall(body)
    except OSError as error:
        raise RunFailed("start", has_read=False) from error
    finally:
        os.close(file)


def _await_reading(child: Child) -> None:
    answer = _hear(child, has_read=False)
    if answer.get("failed"):
        raise RunFailed(str(answer["failed"]), has_read=False)


def _numbers(child: Child, question: Question) -> Exact:
    answer = _hear(child, has_read=True)
    if "failed" in answer or not isinstance(answer.get("rows"), list):
        raise RunFailed(str(answer.get("failed", "malformed")), has_read=True)
    try:
        return exact_of(answer["rows"], question)
    except ResultMalformed as error:
        raise RunFailed("malformed", has_read=True) from error


def _hear(child: Child, *, has_read: bool) -> dict[str, Any]:
    """One answer: four bytes of length, then JSON.

    Raises: RunFailed when the child is silent too long, dies or says too much.
    """
    try:
        (length,) = struct.unpack("!I", _exactly(child.line, 4))
        if length > MAX_ANSWER_BYTES:
            raise RunFailed("malformed", has_read=has_read)
        answer = json.loads(_exactly(child.line, length))
    except TimeoutError as error:
        raise RunFailed("time", has_read=has_read) from error
    except (OSError, ValueError) as error:
        raise RunFailed("died", has_read=has_read) from error
    return answer if isinstance(answer, dict) else {}


def _exactly(line: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = line.recv(min(1 << 20, length - len(found)))
        if not part:
            raise ConnectionResetError
        found += part
    return found


def _tagged(value: Scalar) -> list[object]:
    match value:
        case datetime():
            return ["moment", value.isoformat()]
        case date():
            return ["date", value.isoformat()]
        case _:
            return ["plain", value]
