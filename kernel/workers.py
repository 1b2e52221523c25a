"""How does a worker process listen to its broker, and see to it that messages are sent?"""

import threading
import time
from typing import Any

import structlog
from celery import Celery, bootsteps
from celery.platforms import EX_FAILURE
from celery.worker import state
from kombu.exceptions import KombuError
from sqlalchemy.exc import DBAPIError

from kernel.jobs import DEFAULT_QUEUE, Schedule, dispatch, hand_over, run

POLL_SECONDS = 0.1
DOWN_SECONDS = 2.0
DEAF_SECONDS = 2.0
SCHEDULE_SECONDS = 1.0
PUBLISHING = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2}
_log = structlog.get_logger()


def make_celery(broker_url: str) -> Celery:
    """The Celery app of a worker; an empty address gives it a queue of its own in memory."""
    app = Celery("marketplace", broker=broker_url or "memory://")
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_queue=DEFAULT_QUEUE,
        task_publish_retry_policy=PUBLISHING,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,  # its queue outlives a broken connection, and blocks
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry=False,  # a worker that lost its broker is replaced: worker.py
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_transport_options(broker_url),
        timezone="UTC",
    )
    app.task(name="kernel.run_job")(run)
    app.task(name="kernel.deliver")(hand_over)
    app.steps["worker"].add(RelayStep)
    return app


def _transport_options(broker_url: str) -> dict[str, Any]:
    if not broker_url:
        return {"polling_interval": 0.02}
    if broker_url.startswith(("amqp", "pyamqp")):
        return {"confirm_publish": True}  # else a message may vanish with a broken connection
    return {"visibility_timeout": 7200}


class RelayStep(bootsteps.StartStopStep):  # type: ignore[misc]  # celery is not typed
    """The thread in every worker that moves due rows onto the broker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._heard_at = 0.0

    def start(self, parent: Any) -> None:
        self._thread = threading.Thread(target=self._loop, args=(parent,), daemon=True)
        self._thread.start()

    def stop(self, parent: Any) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(5)

    def _loop(self, worker: Any) -> None:
        app: Celery = worker.app
        wait, looked = POLL_SECONDS, 0.0
        schedules: list[Schedule] = app.conf.get("marketplace_schedules", [])
        passing = _passing_errors(app)
        while not self._stop.wait(wait):
            if self._is_deaf(worker):
                _log.warning("broker_lost")
                state.should_stop = EX_FAILURE  # finish what runs, then end; see worker.py
                return
            is_time = time.monotonic() - looked > SCHEDULE_SECONDS
            looked = time.monotonic() if is_time else looked
            try:
                dispatch(app, schedules if is_time else [])
                wait = POLL_SECONDS
            except passing as error:
                _log.warning("relay_waits", error=repr(error))
                wait = DOWN_SECONDS

    def _is_deaf(self, worker: Any) -> bool:
        """Whether the worker's event loop has lost its connection without noticing.

        An acknowledgement that fails in a thread of the pool takes the broken connection out of
        the loop, which then waits for ever (celery issue 8091, still so in 5.7 with Redis).
        """
        hub = getattr(worker, "hub", None)
        if hub is None or hub.readers:
            self._heard_at = time.monotonic()
            return False
        return self._heard_at > 0 and time.monotonic() - self._heard_at > DEAF_SECONDS


def _passing_errors(app: Celery) -> tuple[type[Exception], ...]:
    """What a database or broker that is away for a while makes of a call."""
    connection = app.connection_for_write()
    errors: tuple[type[Exception], ...] = connection.connection_errors + connection.channel_errors
    return (DBAPIError, OSError, KombuError, *errors)
