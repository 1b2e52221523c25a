"""What does a whole check find: the suite's rules, and the probes? Holds no transaction."""

import logging
from collections.abc import Callable

from market.datasets import storage
from market.quality.actions import Check
from market.quality.probes import probe
from market.quality.rules import Outcome

MEMORY_MB = 1024
THREADS = 2


def look_at(check: Check, on_progress: Callable[[int], None]) -> list[Outcome]:
    """Everything that one check finds in its version; only in a worker or at the console."""
    # It warns of every metric that this program replaces on purpose.
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    # Great Expectations takes six seconds and 280 MB: it is loaded by a worker's first check.
    from market.quality.runner import run_suite  # noqa: PLC0415

    with storage.open_version(check.version) as parquet:
        found = run_suite(
            check.suite, parquet, memory_mb=MEMORY_MB, threads=THREADS, on_progress=on_progress
        )
        return [*found, *probe(check.versions, check.version, parquet)]
