"""The story on awkward days: the last minute of a leap day, and New Year in Shanghai alone.

With a smaller city: three data sets, of which the largest is cut to its first rows.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine

from demo import story
from demo.chapters import authorization, data, products
from demo.city import CITY, Offer
from demo.world import Present
from kernel.db import transaction
from kernel.events import EventLog
from kernel.periods import civil_day
from kernel.settings import Settings

SOLD = ("inspections", "flights", "weather")
ROWS = 2_000
DAYS = ("2028-02-29T23:59:00+08:00", "2026-12-31T16:30:00+00:00")


def present_at(moment: str) -> Present:
    """A clock that shows this moment now and goes on from there."""
    shift = datetime.fromisoformat(moment) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + shift


def small(offer: Offer, folder: Path) -> Offer:
    """The same offer; a Parquet file is cut to its first rows."""
    if offer.path.suffix != ".parquet":
        return offer
    cut = folder / offer.path.name
    pq.write_table(pq.read_table(offer.path).slice(0, ROWS), cut)
    return replace(offer, file=str(cut))


@pytest.fixture
def settings_of_story(own_database: Engine, tmp_path: Path) -> Settings:
    address = own_database.url.render_as_string(hide_password=False)
    return Settings(data_folder=tmp_path, database_url=address, database_owner_url=address)


@pytest.mark.parametrize("moment", DAYS)
def test_the_story_goes_as_it_must_on_an_awkward_day(
    settings_of_story: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    city = tuple(small(offer, tmp_path) for offer in CITY if offer.key in SOLD)
    for chapter in (authorization, data, products):
        monkeypatch.setattr(chapter, "CITY", city)
    said: list[str] = []

    summary = story.run(
        settings_of_story, said.append, worker_child=False, present=present_at(moment)
    )

    assert (summary.products_listed, summary.licences_active) == (3, 3)
    assert (summary.payments_settled, summary.ledger_sum_fen) == (2, 0)
    assert (summary.queries_released, summary.assets_booked) == (4, 1)
    assert summary.checkpoint_size == summary.events
    today = civil_day(datetime.fromisoformat(moment))
    charged = [line for line in said if "计提摊销" in line and "#" not in line]
    assert f"{today:%Y-%m}" in charged[-1] or today.day == 1
    with transaction() as session:
        days = {civil_day(row.occurred_at) for row in session.query(EventLog)}
    assert min(days) == today - timedelta(days=120)
    assert max(days) in {today, today + timedelta(days=1)}
