"""The worker process: imports every tasks.py, declares queues, schedule and the outbox relay."""

import importlib
import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path

import structlog
from celery import Celery
from celery.schedules import crontab, schedule

from kernel import jobs, startup, workers
from kernel.settings import Settings
from migrations.tables import load_every_table
from sandbox.engines import isolation

ROOT = Path(__file__).resolve().parent
ROOMS = ("market", "licensing", "sandbox", "billing", "valuation", "supervision")
QUEUES = ("default", "sandbox", "quality")
CONCURRENCY = 2
_log = structlog.get_logger()

SCHEDULES: list[jobs.Schedule] = [
    jobs.Schedule("accounts.forget_ended_sessions", schedule(timedelta(days=1))),
    jobs.Schedule("alerts.check_log", schedule(timedelta(days=1))),
    jobs.Schedule("alerts.watch_log", schedule(timedelta(minutes=10))),
    # The first of each month, ten in the morning in Shanghai.
    jobs.Schedule("assets.month_ends", crontab(minute="0", hour="2", day_of_month="1")),
    jobs.Schedule("authorizations.keep_calendar", schedule(timedelta(minutes=1))),
    jobs.Schedule("catalogue.end_notices", schedule(timedelta(minutes=10))),
    jobs.Schedule("catalogue.suspend_lapsed", schedule(timedelta(minutes=1))),
    jobs.Schedule("datasets.give_up", schedule(timedelta(minutes=5))),
    jobs.Schedule("invoices.issue", schedule(timedelta(hours=1))),
    jobs.Schedule("kernel.forget_deliveries", schedule(timedelta(days=1))),
    jobs.Schedule("kernel.forget_done_jobs", schedule(timedelta(days=1))),
    jobs.Schedule("kernel.forget_submissions", schedule(timedelta(days=1))),
    jobs.Schedule("licensing.end_expired_licences", schedule(timedelta(minutes=1))),
    jobs.Schedule("licensing.lapse_applications", schedule(timedelta(minutes=10))),
    jobs.Schedule("orders.cancel_overdue", schedule(timedelta(hours=1))),
    jobs.Schedule("payments.look_at_open", schedule(timedelta(minutes=1))),
    jobs.Schedule("proposals.give_up", schedule(timedelta(minutes=5))),
    jobs.Schedule("quality.give_up", schedule(timedelta(minutes=5))),
    jobs.Schedule("quarantines.give_up", schedule(timedelta(minutes=5))),
    jobs.Schedule("queries.close_abandoned", schedule(timedelta(minutes=5))),
    jobs.Schedule("registrations.keep_calendar", schedule(timedelta(minutes=10))),
    jobs.Schedule("reviews.escalate_overdue", schedule(timedelta(minutes=10))),
    jobs.Schedule("tokens.forget_dead_tokens", schedule(timedelta(days=1))),
    jobs.Schedule("transparency.extend_log", schedule(timedelta(seconds=15))),
    jobs.Schedule("watches.look_at_the_clock", schedule(timedelta(minutes=10))),
]


def load_tasks() -> None:
    """Import every slice's tasks.py, so that its tasks and subscribers are known.

    Tables refer to each other by name, so all of them are loaded too.
    """
    load_every_table()
    importlib.import_module("kernel.forgetting")
    for room in ROOMS:
        for path in sorted((ROOT / room).glob("*/tasks.py")):
            importlib.import_module(f"{room}.{path.parent.name}.tasks")


def make_worker(settings: Settings) -> Celery:
    """The Celery app of this installation; the caller has opened the process."""
    load_tasks()
    app = workers.make_celery(settings.celery_broker_url)
    app.conf.marketplace_schedules = SCHEDULES
    return app


def main() -> None:
    """Run one worker in the foreground: python worker.py"""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    if _work(Settings.from_environment()) != os.EX_OK:
        # The broker went away; what was running is finished. A worker of threads that Celery
        # connects anew may fall silent, so a new process takes over and waits for the broker.
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - ourselves again


def _work(settings: Settings) -> int:
    """Work until told to stop, or until the broker is lost; the exit code says which."""
    process = startup.open_process(settings)
    try:
        _say_walls()
        worker = make_worker(settings).Worker(
            hostname=f"market-{secrets.token_hex(4)}@%h",  # many may run on one machine
            pool_cls="threads",
            concurrency=CONCURRENCY,
            queues=",".join(QUEUES),
            loglevel="WARNING",
            without_gossip=True,
            without_mingle=True,
            quiet=True,
        )
        worker.start()
        return int(worker.exitcode or os.EX_OK)
    finally:
        process.close()


def _say_walls() -> None:
    """Once at the start, not only when the first query is refused."""
    remark = isolation.remark()
    if remark:
        _log.warning("isolation", remark=remark, standing=isolation.decisive_walls())
    else:
        _log.info("isolation", standing=isolation.decisive_walls())


if __name__ == "__main__":
    main()
