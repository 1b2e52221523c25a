"""The market served on loopback with its stand-ins, a clock that tests put, and who calls it."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

import worker
import wsgi
from demo import neighbours
from demo.story import BEGINS
from demo.world import StoryClock
from kernel import clock, jobs, startup
from kernel.settings import Settings
from kernel.web.limits import limiter
from supervision.transparency import tasks as log_tasks
from tests.journeys.by_api.callers import Caller, Door


@dataclass
class City:
    """people: signed in at the provider. programs: with tokens. ids: what was made, by name.

    figures: what later steps and the end are held to, by name. rows: loaded of what was delivered.
    bundle, key: a fact with its proof, and the log's key.
    """

    door: Door
    app: Flask
    clock: StoryClock
    people: dict[str, Caller] = field(default_factory=dict)
    programs: dict[str, Caller] = field(default_factory=dict)
    clients: dict[str, tuple[str, str]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    bundle: str = ""
    key: str = ""

    def today(self) -> date:
        """The civil day of the story."""
        with clock.told_by(self.clock):
            return clock.today()

    def settle(self) -> None:
        """The workers do what waits; the only thing besides the clock that is no request."""
        with clock.told_by(self.clock):
            jobs.run_everything()

    def extend_log(self) -> None:
        """The worker's timer comes round: facts are delivered, then numbered and signed."""
        self.settle()
        with clock.told_by(self.clock):
            log_tasks.extend_log()

    def command(self, *words: str) -> str:
        """What somebody types at the console of the machine."""
        with clock.told_by(self.clock):
            done = self.app.test_cli_runner().invoke(args=list(words))
        assert done.exit_code == 0, done.output
        return done.output


@contextmanager
def opened(database: str, folder: Path) -> Iterator[City]:
    """Serve the whole application on a free port; payment and identity providers beside it."""
    worker.load_tasks()
    story_clock = StoryClock(datetime.now(UTC) - BEGINS)
    with ExitStack() as stack:
        server = make_server("127.0.0.1", 0, _nothing, threaded=True, request_handler=_Quiet)
        stack.callback(server.server_close)
        given = Settings(data_folder=folder, database_url=database, database_owner_url=database)
        settings = neighbours.stand_in(given, stack, server.server_port)
        stack.callback(startup.open_process(settings).close)
        app = wsgi.create_app(settings, opens_process=False)
        limiter.reset()
        server.app = _timed(app, story_clock)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        stack.callback(thread.join, 5)
        stack.callback(server.shutdown)
        yield City(Door(settings.public_url), app, story_clock)


def _timed(app: Flask, source: StoryClock) -> Any:
    """Each request, in a thread of its own, takes its time from the story's clock."""

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with clock.told_by(source):
            return app(environ, start_response)

    return serve


def _nothing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Stands in until the port is known, which the application's settings name."""
    del environ, start_response
    return []


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None: ...
