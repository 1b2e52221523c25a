"""Data sets are registered and delivered; Great Expectations proves their quality."""

from sqlalchemy import select

from demo.city import CITY, Offer
from demo.world import World
from kernel.db import transaction
from market.datasets import actions as datasets
from market.datasets import storage
from market.datasets.encodings import Encoding
from market.datasets.models import DatasetVersion
from market.datasets.schemas import DeliveryNote
from market.quality import reads as quality


def register(world: World) -> None:
    """The bureau's officer declares dictionary and classification, the source department named."""
    world.report("一  登记数据集：字段、类型、分类分级先行申报")
    officer = world.actor("officer")
    for offer in CITY:
        draft = offer.dataset.model_copy(update={"provider_id": world.ids["health"]})
        with transaction() as session:
            dataset = datasets.register_dataset(session, officer, draft)
            world.ids[f"dataset:{offer.key}"] = dataset.id
        world.report(f"    {offer.dataset.title}：{len(offer.dataset.columns)} 个字段")


def deliver(world: World) -> None:
    """Files arrive, are loaded by their declared types, and are checked."""
    world.report("二  交付文件并检查质量（Great Expectations）")
    for number, offer in enumerate(CITY, start=1):
        _deliver(world, offer)
        world.bar("交付", number, len(CITY))
    world.settle()
    for offer in CITY:
        _show_verdict(world, offer)


def _deliver(world: World, offer: Offer) -> None:
    officer = world.actor("officer")
    note = DeliveryNote(encoding=Encoding(offer.encoding) if offer.encoding else None)
    announced = storage.Announced(bytes=offer.path.stat().st_size)
    with (
        offer.path.open("rb") as file,
        storage.received(
            file, offer.file, announced, limit=world.settings.upload_limit_bytes
        ) as upload,
        transaction() as session,
    ):
        version = datasets.deliver(
            session, officer, world.ids[f"dataset:{offer.key}"], upload, note
        )
        world.ids[f"version:{offer.key}"] = version.id


def _show_verdict(world: World, offer: Offer) -> None:
    with transaction() as session:
        version = session.scalar(
            select(DatasetVersion).where(DatasetVersion.id == world.ids[f"version:{offer.key}"])
        )
        assert version is not None
        verdict = quality.latest_verdict(session, version.id)
    if verdict is None:
        raise AssertionError(f"{offer.key}: {version.state} has no verdict")
    world.report(
        f"    {offer.dataset.title}：{version.rows:,} 行，"
        f"得分 {verdict.score:.3f}，等级 {verdict.grade}，"
        f"{'通过' if verdict.has_passed else '未通过'}"
    )
