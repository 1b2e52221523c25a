"""The demo city is loaded once, by one, and never left half."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from demo import loading
from demo.loading import alone, bring_in
from kernel.actor import Actor
from kernel.db import transaction
from kernel.events import EventLog, record
from kernel.settings import Settings
from kernel.startup import Process
from tests.kernel.test_relay import BellRung


@pytest.fixture
def process(own_database: Engine, tmp_path: Path) -> Process:
    """A process on a database of its own that it takes for the embedded one."""
    address = own_database.url.render_as_string(hide_password=False)
    return Process(Settings(data_folder=tmp_path), own_database, address, None)


def ring(bell: str, *, breaks_off: bool = False) -> Callable[[], None]:
    def load() -> None:
        with transaction() as session:
            record(session, Actor.system("test"), BellRung(bell))
        if breaks_off:
            raise KeyboardInterrupt

    return load


def bells() -> list[str]:
    with transaction() as session:
        return [row.payload["bell_id"] for row in session.query(EventLog).order_by(EventLog.seq)]


def test_an_empty_database_is_filled_and_a_used_one_is_left_alone(process: Process) -> None:
    said: list[str] = []

    bring_in(process, said.append, ring("first"))
    bring_in(process, said.append, ring("second"))

    assert bells() == ["first"]
    assert said == [loading.EMPTY]


def test_a_city_whose_loading_was_broken_off_is_cleared_and_loaded_anew(
    process: Process, tmp_path: Path
) -> None:
    said: list[str] = []
    half = tmp_path / "objects" / "half"
    half.parent.mkdir()
    half.touch()
    with pytest.raises(KeyboardInterrupt):
        bring_in(process, said.append, ring("half", breaks_off=True))

    bring_in(process, said.append, ring("whole"))
    bring_in(process, said.append, ring("never"))

    assert bells() == ["whole"]
    assert said == [loading.EMPTY, loading.HALF]
    assert not half.exists()


def test_half_a_city_in_a_database_of_others_is_said_and_not_touched(
    process: Process, tmp_path: Path
) -> None:
    (tmp_path / "city.loading").touch()
    settings = process.settings.model_copy(update={"database_url": process.owner_url})
    theirs = Process(settings, process.engine, process.owner_url, None)
    said: list[str] = []

    bring_in(theirs, said.append, ring("never"))

    assert bells() == []
    assert "DATABASE_URL" in said[0]
    with process.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM event_log")).scalar() == 0


def test_two_that_start_at_once_load_one_city(process: Process, tmp_path: Path) -> None:
    said: list[str] = []
    is_loading, may_end = threading.Event(), threading.Event()

    def slowly() -> None:
        is_loading.set()
        may_end.wait(10)
        ring("one")()

    def start(load: Callable[[], None]) -> None:
        with alone(tmp_path, said.append):
            bring_in(process, said.append, load)

    first = threading.Thread(target=start, args=(slowly,))
    first.start()
    is_loading.wait(10)
    second = threading.Thread(target=start, args=(ring("two"),))
    second.start()
    while loading.WAITING not in said:
        second.join(0.01)
    may_end.set()
    first.join()
    second.join()

    assert bells() == ["one"]
