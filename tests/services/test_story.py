"""Does the whole story go well on services that are not ours, and through their brokers?"""

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from demo.proof import VERIFIER
from tests.services.conftest import Broker, Database, environment

pytestmark = pytest.mark.services
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 400


@pytest.mark.parametrize("external_database", ["empty"], indirect=True)
def test_the_story_ends_well_on_an_external_database_and_broker(
    external_database: Database, broker: Broker, tmp_path: Path
) -> None:
    surroundings = environment(external_database, broker.url, tmp_path / "data")

    told = subprocess.run(
        [sys.executable, "-m", "demo.story"],
        cwd=tmp_path,
        env=surroundings | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-4000:]
    assert told.stdout.splitlines()[-1].startswith("DEMO OK")
    summary = json.loads((tmp_path / "var" / "demo" / "summary.json").read_text())
    assert summary["products_listed"] >= 6
    assert summary["payments_settled"] >= 1
    assert summary["queries_released"] >= 1
    assert summary["ledger_sum_fen"] == 0
    # `make test` installs the foreign verifier; where it is missing, nothing is called verified.
    assert summary["checkpoint_verified"] is (VERIFIER / "aics_tlog").is_dir()
    assert summary["checkpoint_size"] <= summary["events"]
    assert_it_happened_there(external_database, broker, summary["events"])


def assert_it_happened_there(database: Database, broker: Broker, events: int) -> None:
    """In that database, by the application's own role, and with messages over that broker."""
    with psycopg.connect(database.owner_url.replace("+psycopg", "")) as connection:
        kept = connection.execute("SELECT count(*) FROM event_log").fetchone()
        owners = connection.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        done = connection.execute(
            "SELECT count(*), count(leased_until) FROM jobs WHERE done_at IS NOT NULL"
        ).fetchone()
    assert kept is not None
    assert kept[0] >= events
    assert owners == [("postgres",)]
    assert done is not None
    assert done[1] > 0  # only what went over a broker was ever leased
    assert broker.has_been_used()
