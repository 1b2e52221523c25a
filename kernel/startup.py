"""What does every process of ours open first? Settings, database, object store, logging."""

import atexit
import gc
import logging
import sys
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine, create_engine

from kernel import db, embedded, migrate, objects
from kernel.settings import Settings
from kernel.settings import use as use_settings


@dataclass(frozen=True)
class Process:
    """What a process holds open. owner_url: for migrations; never used by the application."""

    settings: Settings
    engine: Engine
    owner_url: str
    cluster: embedded.Cluster | None

    def close(self) -> None:
        self.engine.dispose()
        if self.cluster:
            self.cluster.close()


def open_process(settings: Settings) -> Process:
    """Connect the database (starting the embedded one where none is configured) and the store."""
    configure_logging()
    atexit.register(gc.freeze)  # else a process that ends first looks through all it has loaded
    use_settings(settings)
    cluster = None
    if settings.database_url:
        app_url = settings.database_url
        owner_url = settings.database_owner_url or settings.database_url
    else:
        cluster = embedded.start(settings.data_folder / "postgres")
        app_url, owner_url = cluster.app_url, cluster.owner_url
    engine = db.connect(app_url, pool_size=settings.database_pool_size)
    objects.use(objects.open_store(settings))
    return Process(settings, engine, owner_url, cluster)


def migrate_if_needed(process: Process) -> bool:
    """Bring the database to the newest structure; True when it was not there yet."""
    owner = create_engine(process.owner_url)
    try:
        with owner.connect() as connection:
            is_current = migrate.is_current(connection)
        if not is_current:
            migrate.upgrade(process.owner_url)
        with owner.connect() as connection:
            migrate.catch_up(connection)
    finally:
        owner.dispose()
    return not is_current


def configure_logging() -> None:
    """One JSON line per event on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
