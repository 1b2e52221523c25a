"""A privacy policy and its columns, valid by default, said in one line."""

import random
import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import jobs, relay
from kernel.db import transaction
from kernel.objects import store
from market.accounts.roles import Role
from market.catalogue.models import Product
from market.catalogue.reads import get_product
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.rules import TypeCode
from market.datasets.schemas import ColumnDraft
from market.datasets.storage import parquet_key
from sandbox.engines.extraction import write_extract
from sandbox.extracts import tasks as _extract_tasks  # noqa: F401 - declares the work
from sandbox.policies.actions import set_policy
from sandbox.policies.models import PolicyRevision
from sandbox.policies.rules import (
    Caps,
    Clip,
    ColumnKind,
    ColumnRule,
    Domain,
    PrivacyPolicy,
    Unit,
)
from sandbox.queries import tasks as _query_tasks  # noqa: F401 - declares the work
from tests.factories.catalogue import make_product, make_source
from tests.factories.data import make_version
from tests.factories.licensing import make_agreement
from tests.factories.market import actor_of, stored

DISTRICTS = ("东城", "西城", "朝阳", "海淀")
MONTHS = tuple(range(1, 13))
MIDNIGHT = datetime(2024, 1, 1)  # noqa: DTZ001 - civil time, as such columns hold it
AMOUNTS = (float("nan"), float("inf"), -1e300, 0.125, 19.99, 1e300)


def make_columns() -> tuple[ColumnRule, ...]:
    """The unit, three columns to group by, two to sum, five to filter by, one forbidden."""
    return (
        ColumnRule(name="shop", kind=ColumnKind.TEXT),
        ColumnRule(name="区", kind=ColumnKind.TEXT, domain=Domain(values=DISTRICTS)),
        ColumnRule(name="month", kind=ColumnKind.INTEGER, domain=Domain(values=MONTHS)),
        ColumnRule(name="weekend", kind=ColumnKind.TRUTH, domain=Domain(values=(False, True))),
        ColumnRule(
            name="score",
            kind=ColumnKind.INTEGER,
            clip=Clip(low=Decimal(0), high=Decimal(100)),
            is_filter=True,
        ),
        ColumnRule(
            name="金额（元）",
            kind=ColumnKind.NUMBER,
            clip=Clip(low=Decimal("-50"), high=Decimal("200"), places=2),
        ),
        ColumnRule(name="name", kind=ColumnKind.TEXT, is_filter=True),
        ColumnRule(name="day", kind=ColumnKind.DATE, is_filter=True),
        ColumnRule(name="seen", kind=ColumnKind.MOMENT, is_filter=True),
        ColumnRule(name="ratio", kind=ColumnKind.NUMBER, is_filter=True),
        ColumnRule(name="ok", kind=ColumnKind.TRUTH, is_filter=True),
        ColumnRule(name="phone", kind=ColumnKind.TEXT),
    )


def make_policy(**changes: Any) -> PrivacyPolicy:
    """Visits to shops: at most 8 rows a shop, at most 2 in one full cell."""
    facts: dict[str, Any] = {
        "table": "visits",
        "unit": Unit(column="shop", label="店铺"),
        "columns": make_columns(),
        "rows_per_unit": 8,
        "rows_per_cell": 2,
        "query_epsilon": Decimal("0.5"),
        "caps": Caps(
            licence_epsilon=Decimal(2),
            buyer_epsilon=Decimal(4),
            product_epsilon=Decimal(8),
            family_epsilon=Decimal(10),
        ),
    }
    return PrivacyPolicy(**{**facts, **changes})


def make_rows(count: int = 400, seed: int = 1) -> list[dict[str, Any]]:
    """Visits with all that can go wrong in them: missing, NaN, huge and undeclared values."""
    dice = random.Random(seed)
    day = date(2024, 1, 1)
    return [
        {
            "shop": dice.choice([None, "甲", "乙", "丙", "丁", *(f"s{n}" for n in range(20))]),
            "区": dice.choice([*DISTRICTS, "通州", None]),
            "month": dice.choice([*MONTHS, 13, None]),
            "weekend": dice.choice([True, False, None]),
            "score": dice.choice([None, -5, 0, 50, 99, 100, 1000, 2**62]),
            "金额（元）": dice.choice(
                [None, float("nan"), float("inf"), -1e300, 0.125, 19.99, 1e300]
            ),
            "name": dice.choice([None, "", "饭店", "大饭店%", "a_b", "O'Hara"]),
            "day": dice.choice([None, day, day + timedelta(dice.randrange(366))]),
            "seen": dice.choice([None, MIDNIGHT + timedelta(hours=dice.randrange(24))]),
            "ratio": dice.choice([None, float("nan"), float("-inf"), 0.1, 0.5]),
            "ok": dice.choice([True, False, None]),
            "phone": "13800000000",
        }
        for _ in range(count)
    ]


def write_rows(rows: list[dict[str, Any]], path: Path) -> Path:
    """The rows as a version's Parquet file."""
    kinds = {
        "month": pa.int64(),
        "score": pa.int64(),
        "day": pa.date32(),
        "seen": pa.timestamp("us"),
    }
    truths = dict.fromkeys(("weekend", "ok"), pa.bool_())
    numbers = dict.fromkeys(("金额（元）", "ratio"), pa.float64())
    fields = {**kinds, **truths, **numbers}
    schema = pa.schema([(c.name, fields.get(c.name, pa.string())) for c in make_columns()])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def make_extract(folder: Path, rows: list[dict[str, Any]], policy: PrivacyPolicy) -> Path:
    """The extract of these rows under a policy."""
    source = write_rows(rows, folder / "version.parquet")
    target = folder / "extract.parquet"
    write_extract([source], target, policy, salt=7)
    return target


# In the database

TYPES = {
    ColumnKind.TEXT: TypeCode.TEXT,
    ColumnKind.INTEGER: TypeCode.INTEGER,
    ColumnKind.NUMBER: TypeCode.DOUBLE,
    ColumnKind.DATE: TypeCode.DATE,
    ColumnKind.MOMENT: TypeCode.DATETIME,
    ColumnKind.TRUTH: TypeCode.LOGICAL,
}


def make_visits(session: Session, **changes: Any) -> Product:
    """A product on sale, made from one version of 400 visits; needs the `store` fixture."""
    columns = [
        ColumnDraft(name=c.name, title=c.name, type=TYPES[c.kind], description=c.name)
        for c in make_columns()
    ]
    given = {"title": "到店记录", "columns": columns, "protected_unit": "shop", **changes}
    dataset = make_source(session, **given)
    make_agreement(session, [dataset])
    deliver_visits(session, dataset)
    return make_product(session, dataset, title_zh="到店统计")


def deliver_visits(
    session: Session, dataset: Dataset, rows: list[dict[str, Any]] | None = None
) -> DatasetVersion:
    """One more version of visits, with its file in the store in use."""
    rows = make_rows() if rows is None else rows
    version = make_version(session, dataset, rows=len(rows))
    with tempfile.TemporaryDirectory() as folder:
        path = write_rows(rows, Path(folder) / "version.parquet")
        with path.open("rb") as file:
            store().put(parquet_key(version.id), file)
    return version


def make_queryable(session: Session, policy: PrivacyPolicy | None = None) -> Product:
    """A product with a policy in force and its extract written; commits."""
    product = make_visits(session)
    set_up_queries(session, product, policy or make_policy())
    return get_product(session, product.id)


def set_up_queries(session: Session, product: Product, policy: PrivacyPolicy) -> PolicyRevision:
    """Set a policy and let workers prepare what it needs; commits."""
    officer = stored(session, actor_of(Role.BUREAU_OFFICER))
    revision = set_policy(session, officer, product.id, policy)
    session.commit()
    run_sandbox_work()
    session.expire_all()
    return revision


def run_sandbox_work() -> None:
    """Hand out events and run the sandbox's own jobs until none waits."""
    names = ["extracts.write", "queries.run"]
    while True:
        relay.deliver_everything()
        with transaction() as session:
            waiting = select(jobs.Job.id).where(jobs.Job.task.in_(names))
            found = session.scalars(
                waiting.where(jobs.Job.done_at.is_(None), jobs.Job.failed_at.is_(None))
            ).all()
        for job_id in found:
            jobs.run(job_id)
        if not found:
            return
