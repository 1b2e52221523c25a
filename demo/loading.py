"""Is the whole city in the database? Loaded once, by one, and never left half."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from kernel import startup
from kernel.settings import Settings
from kernel.startup import Process

Report = Callable[[str], None]
WAITING = "另一个 make run 正在这个文件夹里准备数据库，请稍候。 Another one is at it here: waiting."
EMPTY = "数据库是空的，先装入示范城市。 The database is empty: loading the demo city first."
HALF = (
    "上一次装入示范城市没有完成，清空后重新装入。 "
    "The demo city was not loaded to its end last time: clearing it and loading anew."
)
HALF_ELSEWHERE = (
    "上一次装入示范城市没有完成，DATABASE_URL 里只有一部分。请换一个空数据库，再删除 {mark}。\n"
    "The demo city was not loaded to its end and part of it stands in DATABASE_URL: "
    "set an empty database and remove {mark}."
)


@contextmanager
def alone(folder: Path, report: Report) -> Iterator[None]:
    """One at a time prepares the database of a data folder; the others wait."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "preparing.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(WAITING)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bring_in(process: Process, report: Report, load: Callable[[], None]) -> None:
    """Load the city where nothing has ever happened, or where its loading was broken off."""
    mark = process.settings.data_folder / "city.loading"
    if mark.exists() and process.settings.database_url:
        report(HALF_ELSEWHERE.format(mark=mark))
        return
    if mark.exists():
        report(HALF)
        _clear(process)
    if not _is_empty(process):
        return
    if not mark.exists():
        report(EMPTY)
    mark.touch()
    load()
    mark.unlink()


def _is_empty(process: Process) -> bool:
    with process.engine.connect() as connection:
        return not connection.execute(text("SELECT EXISTS (SELECT FROM event_log)")).scalar()


def _clear(process: Process) -> None:
    """The embedded database and its objects, as they were before anything happened."""
    owner = create_engine(process.owner_url)
    with owner.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    owner.dispose()
    _forget_objects(process.settings)
    startup.migrate_if_needed(process)


def _forget_objects(settings: Settings) -> None:
    if not settings.object_store_url:
        shutil.rmtree(settings.data_folder / "objects", ignore_errors=True)
