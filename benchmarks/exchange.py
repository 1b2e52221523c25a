"""The catalogue in the world's formats: all of it in one answer."""

import json
import resource
from collections.abc import Iterator

from sqlalchemy import create_engine, text

from benchmarks.claims import Bench, Claim, at_most
from benchmarks.worlds import World, fresh_world
from tests.factories.sheets import sheet_of

PRODUCTS = 100_000
KIBIBYTES_IN_MIB = 1024
ADDRESS = "/api/exchange/catalogue/whole.ttl"
# Sheets without the products behind them: only what the documents read.
WITHOUT_PRODUCTS = text(
    "ALTER TABLE product_sheets DROP CONSTRAINT IF EXISTS fk_product_sheets_product_id"
)
FILL = text("""
    INSERT INTO product_sheets (
        product_id, state, title_zh, title_en, title_pinyin, use_sentence, form, scenarios,
        delivery_kinds, department_ids, department_names, themes, level, standing, rows,
        is_sample, published_at, document, sheet, indexed_at
    )
    SELECT name, 'on_sale', name, '', '', '', 'service', '{}', '{}', '{}', '{}', '{}',
        'general', 0, 0, false, now(), '', jsonb_set(:sheet, '{product_id}', to_jsonb(name)), now()
    FROM generate_series(CAST(:first AS int), :last) AS number,
        LATERAL (SELECT 'prd_' || lpad(number::text, 26, '0') AS name) AS named
""")


def streaming() -> Iterator[Claim]:
    """What this process holds at most while it sends a tenth of the catalogue, then all of it."""
    with fresh_world(plays_story=False) as world:
        _fill(world.owner_url, 1, PRODUCTS // 10)
        _read(world)
        at_a_tenth = _most_held()
        _fill(world.owner_url, PRODUCTS // 10 + 1, PRODUCTS)
        sent = _read(world)
        at_all = _most_held()
    if sent < PRODUCTS * 1000:
        raise AssertionError(f"only {sent} bytes")
    yield at_most(
        f"memory for a catalogue of {PRODUCTS:,} products as DCAT-AP, beside a tenth of it",
        at_all,
        "MiB",
        at_a_tenth,
        1.05,
    )


def _fill(owner_url: str, first: int, last: int) -> None:
    engine = create_engine(owner_url)
    sheet = json.dumps(sheet_of().model_dump(mode="json"), ensure_ascii=False)
    with engine.begin() as connection:
        connection.execute(WITHOUT_PRODUCTS)
        connection.execute(FILL, {"sheet": sheet, "first": first, "last": last})
    engine.dispose()


def _read(world: World) -> int:
    """Take the answer piece by piece, as a client does; the bytes that came."""
    answer = world.app.test_client().get(ADDRESS, buffered=False)
    return sum(len(piece) for piece in answer.iter_encoded())


def _most_held() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIBIBYTES_IN_MIB


BENCHES: list[Bench] = [streaming]
