"""Missing walls are said at the start and on the health page, not only at a query."""

import json
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

import worker
from demo import readying
from kernel.i18n import speaking
from kernel.settings import Settings
from sandbox.engines import isolation
from sandbox.engines.isolation import Wall
from sandbox.queries import runner

NONE = "本机缺少查询隔离，暂不能执行查询，未扣隐私预算。请管理员安装 bubblewrap 后重试。"
ONE = (
    "查询隔离：有文件访问限制（Landlock），缺命名空间隔离（bubblewrap）。"
    "查询照常执行；两层都有更好。"
)
Build = Callable[..., None]


@pytest.fixture
def walls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    """walls(bubblewrap=..., landlock=...): what this machine lets us build."""

    def build(*, bubblewrap: bool, landlock: bool) -> None:
        isolation.decisive_walls.cache_clear()
        monkeypatch.setattr(isolation, "_namespaces", lambda: ("bwrap",) if bubblewrap else ())
        monkeypatch.setattr(isolation, "_has_landlock", lambda: landlock)

    yield build
    isolation.decisive_walls.cache_clear()


@pytest.mark.parametrize(
    ("bubblewrap", "landlock", "words"),
    [(False, False, NONE), (False, True, ONE), (True, True, "")],
)
def test_worker_make_run_and_console_say_the_same_and_the_public_nothing(
    client: FlaskClient,
    settings: Settings,
    walls: Build,
    bubblewrap: bool,
    landlock: bool,
    words: str,
) -> None:
    walls(bubblewrap=bubblewrap, landlock=landlock)
    said: list[str] = []

    with capture_logs() as logged:
        worker._say_walls()
    readying.introduce(settings, said.append)
    told = client.application.test_cli_runner().invoke(args=["health", "show"])

    expected = [words] if words else []
    assert [entry["remark"] for entry in logged if "remark" in entry] == expected
    assert [line for line in said if "隔离" in line] == expected
    assert json.loads(told.output)["remarks"] == expected
    assert client.get("/readyz").get_json() == {"ready": True}


def test_the_remark_is_said_in_english_too(walls: Build) -> None:
    walls(bubblewrap=False, landlock=False)

    with speaking("en"):
        assert "bubblewrap" in isolation.remark()
        assert isolation.remark().isascii()


def test_what_is_found_without_an_engine_is_what_a_child_finds() -> None:
    isolation.decisive_walls.cache_clear()
    child = isolation.start_child()
    try:
        child.line.settimeout(runner.START_SECONDS)
        found = runner._walls(child)
    finally:
        child.kill()

    assert set(isolation.decisive_walls()) == {
        wall for wall in found if wall in {Wall.BUBBLEWRAP, Wall.LANDLOCK}
    }
