"""Can an operator check and hand out the log from a terminal?"""

from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.events import ActRefused, record
from supervision.transparency import tasks
from supervision.transparency.reads import count_leaves

HOUSE = Actor.system("test")


@pytest.fixture
def command(client_as) -> FlaskCliRunner:
    return client_as(None).application.test_cli_runner()


def happen(session: Session, count: int) -> None:
    for _ in range(count):
        record(session, HOUSE, ActRefused("prd_1", "act", "code", "PR-04", "原因"))
    session.commit()


def test_extending_prints_the_new_checkpoint(session: Session, command: FlaskCliRunner):
    happen(session, 3)

    result = command.invoke(args=["transparency", "extend"])

    assert result.exit_code == 0
    assert "\n3\n" in result.output


def test_the_task_extends_the_log_once(session: Session, command: FlaskCliRunner):
    happen(session, 3)

    tasks.extend_log()
    tasks.extend_log()

    assert count_leaves(session) == 3


def test_a_sound_log_is_called_sound_and_a_changed_one_is_not(
    session: Session, command: FlaskCliRunner
):
    happen(session, 3)
    command.invoke(args=["transparency", "extend"])
    sound = command.invoke(args=["transparency", "verify"])
    session.execute(text("ALTER TABLE event_log DISABLE TRIGGER USER"))
    session.execute(text("UPDATE event_log SET actor_id = 'usr_somebody_else'"))
    session.commit()

    broken = command.invoke(args=["transparency", "verify"])

    assert (sound.exit_code, broken.exit_code) == (0, 1)
    assert "3 条记录" in sound.output
    assert broken.output.count("记录的各列与其正文不符") == 3


def test_the_export_is_a_complete_static_log(
    session: Session, command: FlaskCliRunner, tmp_path: Path
):
    happen(session, 300)
    command.invoke(args=["transparency", "extend"])

    result = command.invoke(args=["transparency", "export", str(tmp_path / "log")])

    assert result.exit_code == 0
    written = {
        str(path.relative_to(tmp_path / "log")): path.stat().st_size
        for path in (tmp_path / "log").rglob("*")
        if path.is_file()
    }
    assert set(written) == {
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
    }
    assert written["tile/0/000"] == 8192
