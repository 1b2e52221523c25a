"""Data sets, deliveries and checked versions, said in one line."""

import io

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.ids import new_id
from kernel.objects import StoredObject
from market.datasets import actions
from market.datasets.encodings import FileKind, Guess
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.rules import DatasetVersionId, TypeCode
from market.datasets.schemas import ColumnDraft, DatasetDraft, DeliveryNote
from market.datasets.storage import Announced, Upload, received
from market.quality.actions import Check, begin_check, request_check, store_result
from market.quality.models import QualityRun
from market.quality.rules import Counting, Outcome, Rule
from tests.factories.market import actor_of, stored

SYSTEM = Actor.system("tests")
COLUMNS = (
    ColumnDraft(name="code", title="机构编码", is_key=True, is_required=True, description="编码"),
    ColumnDraft(name="name", title="机构名称", is_required=True, description="名称"),
    ColumnDraft(
        name="score",
        title="得分",
        type=TypeCode.INTEGER,
        unit="分",
        description="得分",
        minimum="0",
    ),
)
GOOD_CSV = "code,name,score\n001,第一食堂,95\n002,第二食堂,88\n003,第三食堂,\n".encode()


def make_dataset_draft(**changes: object) -> DatasetDraft:
    facts: dict[str, object] = {
        "title": "餐饮卫生检查",
        "abstract": "餐饮单位卫生检查结果。",
        "columns": COLUMNS,
    }
    return DatasetDraft.model_validate({**facts, **changes})


def make_dataset(session: Session, actor: Actor | None = None, **changes: object) -> Dataset:
    """A registered data set with three columns, kept by the actor's organisation."""
    keeper = actor or stored(session, actor_of("bureau_officer"))
    dataset = actions.register_dataset(session, keeper, make_dataset_draft(**changes))
    session.flush()
    return dataset


def make_upload(data: bytes = GOOD_CSV, name: str = "data.csv") -> Upload:
    """A whole file in the store in use; needs the `store` fixture."""
    with received(io.BytesIO(data), name, Announced(), limit=1_000_000_000) as upload:
        return upload


def make_delivery(
    session: Session,
    dataset: Dataset,
    actor: Actor | None = None,
    data: bytes = GOOD_CSV,
    **note: object,
) -> DatasetVersion:
    keeper = actor or actor_of("bureau_officer")
    upload = make_upload(data)
    return actions.deliver(session, keeper, dataset.id, upload, DeliveryNote.model_validate(note))


def make_version(session: Session, dataset: Dataset, rows: int = 3) -> DatasetVersion:
    """A ready version without any file behind it, for tests that do not read data."""
    version_id = DatasetVersionId(new_id("dsv"))
    digest = new_id("x").encode().hex().ljust(64, "0")[:64]
    source = StoredObject(f"versions/{version_id}/source", 100, digest)
    upload = Upload(version_id, "data.parquet", source, FileKind.PARQUET, Guess(None, is_sure=True))
    version = actions.deliver(session, SYSTEM, dataset.id, upload, DeliveryNote())
    actions.begin_loading(session, version.id)
    parquet = StoredObject(f"versions/{version_id}/data.parquet", 100, digest)
    actions.add_version(session, SYSTEM, version.id, rows=rows, parquet=parquet, profile=())
    return version


def make_verdict(
    session: Session, version: DatasetVersion, *, failing_share: int = 0
) -> QualityRun:
    """A finished check in which `failing_share` per cent of every rule's elements fail."""
    run = request_check(session, SYSTEM, version.id)
    check = begin_check(session, run.id)
    if check is None:
        raise AssertionError("a fresh check begins")
    outcomes = [_outcome(rule, failing_share) for rule in check.suite.rules]
    finished = store_result(session, SYSTEM, Check(run.id, version, check.suite), outcomes)
    if finished is None:
        raise AssertionError("a fresh check is stored")
    return finished


def _outcome(rule: Rule, failing: int) -> Outcome:
    is_claim = rule.counting is Counting.STATEMENT
    return Outcome(
        rule,
        holds=failing == 0 or is_claim,
        elements=100,
        missing=0,
        unexpected=failing,
        rows=rule.expected_rows or None,
    )
