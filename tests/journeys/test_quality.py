"""A clerk of the bureau goes from a file to a badge, and writes no code."""

import pytest
from playwright.sync_api import Page, expect

from kernel import jobs
from kernel.db import transaction
from market.accounts.roles import Role
from market.catalogue import actions as catalogue
from market.catalogue.rules import VerdictKind, VerdictState
from market.datasets import reads as datasets
from market.quality import reads as quality
from tests.factories.catalogue import make_product
from tests.factories.data import SYSTEM, make_dataset, make_delivery
from tests.factories.market import actor_of, stored
from tests.journeys.conftest import Site, enter
from tests.market.proposals.test_proposals import COLUMNS, plain_file

pytestmark = pytest.mark.browser


@pytest.fixture
def delivered(site: Site) -> str:
    """A delivered, loaded and checked data set."""
    with transaction() as session:
        officer = stored(session, actor_of("bureau_officer"))
        dataset = make_dataset(
            session,
            officer,
            columns=[column for column in COLUMNS if column.name != "phone"],
            update_cycle="monthly",
        )
        make_delivery(session, dataset, officer, data=without_phones(), encoding="utf-8")
        found = str(dataset.id)
    jobs.run_everything()
    return found


def without_phones() -> bytes:
    lines = plain_file().decode().splitlines()
    kept = [",".join(line.split(",")[:3] + line.split(",")[4:]) for line in lines]
    return ("\n".join(kept) + "\n").encode()


def put_on_sale(dataset_id: str) -> None:
    with transaction() as session:
        dataset = datasets.find_dataset(session, dataset_id)
        version = datasets.latest_version(session, dataset_id)
        run = quality.latest_verdict(session, version.id)
        make_product(session, dataset)
        catalogue.push_verdict(
            session,
            SYSTEM,
            kind=VerdictKind.QUALITY,
            subject_id=dataset_id,
            state=VerdictState.HOLDS,
            clause="quality §2",
            facts={"version_id": version.id, "run_id": run.id},
            event_id="",
        )


def test_from_a_file_to_a_badge_without_code(page: Page, site: Site, delivered: str):
    enter(page, site, Role.BUREAU_OFFICER)
    page.goto(f"{site.address}/quality/datasets/{delivered}")
    page.get_by_role("link", name="质量规则：查看、建议和修改").click()
    page.get_by_role("button", name="分析最新一版，提出建议").click()
    expect(page.get_by_text("正在逐列分析最新一版")).to_be_visible()
    jobs.run_everything()
    page.reload()
    expect(page.get_by_text("60 条的值各不相同，像是编号。").first).to_be_visible()

    page.locator("#rules-0 summary").click()
    page.locator("#rules-0-p-min_value").fill("50")
    page.get_by_role("button", name="保存勾选的规则").click()
    expect(page.get_by_text("记录数在 50 到 — 条之间")).to_be_visible()
    page.get_by_role("button", name="用它检查最新一版").click()
    jobs.run_everything()
    page.reload()

    expect(page.get_by_text("政务实践的五项指标")).to_be_visible()
    put_on_sale(delivered)
    page.goto(f"{site.address}/open/quality/{delivered}")
    expect(page.get_by_role("heading", name="徽章")).to_be_visible()
    badge = page.request.get(f"{site.address}/open/quality/{delivered}/badge.svg")
    assert badge.ok
    assert "数据质量" in badge.text()
