"""Does everybody see the verdict in service, and only of data that is offered?"""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from kernel import clock
from market.badges.drawing import badge_svg
from market.badges.schemas import BadgeOut, BadgeState
from market.catalogue import actions as catalogue
from market.catalogue.rules import ProductState, VerdictKind, VerdictState
from market.quality.rules import Grade
from tests.factories.catalogue import make_product
from tests.factories.data import SYSTEM, make_dataset, make_verdict, make_version


@pytest.fixture
def offered(session, bureau_officer):
    """A data set on sale, with a check in service."""
    dataset = make_dataset(session, bureau_officer, update_cycle="monthly")
    version = make_version(session, dataset)
    run = make_verdict(session, version)
    make_product(session, dataset, state=ProductState.ON_SALE)
    put_in_service(session, dataset, run)
    session.commit()
    return dataset, version, run


def put_in_service(session, dataset, run) -> None:
    catalogue.push_verdict(
        session,
        SYSTEM,
        kind=VerdictKind.QUALITY,
        subject_id=dataset.id,
        state=VerdictState.HOLDS,
        facts={"version_id": run.version_id, "run_id": run.id},
        clause="quality §2",
        event_id="",
    )


def test_nobody_signed_in_reads_the_page_with_rules_and_hashes(client, offered):
    dataset, version, run = offered

    page = client.get(f"/open/quality/{dataset.id}")

    assert page.status_code == 200
    assert "“机构编码”是必填字段，每条记录都有值。" in page.text
    assert version.parquet_sha256 in page.text
    assert run.suite_sha256 in page.text
    assert "badge.svg" in page.text


def test_data_that_is_not_offered_has_no_public_page(client, session, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    make_verdict(session, make_version(session, dataset))
    make_product(session, dataset, state=ProductState.DRAFT)
    session.commit()

    for address in ("", "/badge.svg"):
        assert client.get(f"/open/quality/{dataset.id}{address}").status_code == 404
    assert client.get(f"/api/open/quality/{dataset.id}/badge").status_code == 404


def test_the_badge_is_bound_to_both_hashes(client, offered):
    dataset, version, run = offered

    badge = client.get(f"/api/open/quality/{dataset.id}/badge").json
    picture = client.get(f"/open/quality/{dataset.id}/badge.svg")

    assert badge["state"] == "passed"
    assert badge["version_sha256"] == version.parquet_sha256
    assert badge["suite_sha256"] == run.suite_sha256
    assert picture.mimetype == "image/svg+xml"
    drawn = ET.fromstring(picture.text)  # noqa: S314 - our own drawing
    assert run.suite_sha256 in drawn.findtext("{http://www.w3.org/2000/svg}desc")
    assert "A 级" in picture.text


@pytest.mark.parametrize("name", ["version", "suite"])
def test_a_badge_asked_for_other_hashes_says_so(client, offered, name):
    dataset, version, run = offered
    right = {"version": version.parquet_sha256, "suite": run.suite_sha256}

    same = client.get(f"/api/open/quality/{dataset.id}/badge", query_string=right).json
    other = client.get(
        f"/api/open/quality/{dataset.id}/badge", query_string={**right, name: "0" * 64}
    ).json

    assert (same["state"], other["state"]) == ("passed", "other")


def test_a_badge_is_out_of_date_after_its_last_moment_and_not_before(client, offered):
    dataset, _, run = offered

    def state() -> str:
        return client.get(f"/api/open/quality/{dataset.id}/badge").json["state"]

    with clock.frozen_at(run.valid_until):
        at_the_end = state()
    with clock.frozen_at(run.valid_until + timedelta(seconds=1)):
        after = state()

    assert (at_the_end, after) == ("passed", "stale")


def test_a_picture_that_has_not_changed_is_not_sent_again(client, session, offered):
    dataset, version, _ = offered
    address = f"/open/quality/{dataset.id}/badge.svg"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    make_verdict(session, version, failing_share=30)
    session.commit()

    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, changed.status_code) == (304, 200)
    assert "未通过" in changed.text


def test_a_title_cannot_break_out_of_the_picture():
    badge = BadgeOut(
        dataset_id="d",
        title='<script>"&',
        state=BadgeState.PASSED,
        version_number=1,
        grade=Grade.B,
        score=None,
        version_sha256="",
        suite_sha256="",
        run_id="",
        checked_at=None,
        valid_until=None,
    )

    drawn = ET.fromstring(badge_svg(badge))  # noqa: S314 - our own drawing

    assert drawn.get("aria-label").startswith('<script>"&')
    assert not drawn.findall(".//{http://www.w3.org/2000/svg}script")
