"""Each new version is held beside the one before it, for those who keep the data."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel import jobs, objects, relay
from kernel.actor import Actor, MissingPermission
from kernel.errors import NotFound
from kernel.events import EventLog
from market.comparisons import actions, reads, tasks
from market.datasets.actions import confirm_reading
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.schemas import ReadingChoice
from market.datasets.tasks import load_version
from tests.factories.data import GOOD_CSV, make_dataset, make_delivery
from tests.factories.market import actor_of, sign_in_as, stored

LATER_CSV = "code,name,score\n001,第一食堂,90\n002,第二食堂,88\n004,第四食堂,70\n".encode()


def deliver_two(session: Session, keeper: Actor) -> tuple[Dataset, list[DatasetVersion]]:
    dataset = make_dataset(session, keeper)
    versions = []
    for data in (GOOD_CSV, LATER_CSV):
        version = make_delivery(session, dataset, keeper, data)
        confirm_reading(session, keeper, version.id, ReadingChoice(encoding="utf-8"))
        session.commit()
        load_version(version.id)
        session.refresh(version)
        assert version.is_ready
        versions.append(version)
    return dataset, versions


def compare_what_waits() -> None:
    relay.deliver(f"{tasks.__name__}.compare_new_version")
    jobs.run_everything()


def test_a_new_version_is_compared_by_itself_once(
    session: Session, store: objects.ObjectStore, bureau_officer: Actor
) -> None:
    dataset, (first, second) = deliver_two(session, bureau_officer)
    compare_what_waits()

    found = reads.get_comparison(session, bureau_officer, dataset.id, first.id, second.id)
    assert (found.added, found.removed, found.changed, found.unchanged) == (1, 1, 1, 1)
    assert found.changed_cells == {"score": 1}
    assert not found.is_breaking
    again = actions.request_comparison(session, bureau_officer, dataset.id, second.id, first.id)
    assert again.id == found.id
    tasks.compare(found.id)
    told = session.query(EventLog).filter_by(name="market.versions_compared").all()
    assert len(told) == 1


def test_exact_counts_are_for_the_keepers_only(
    session: Session, store: objects.ObjectStore, bureau_officer: Actor, operator: Actor
) -> None:
    dataset, (first, second) = deliver_two(session, bureau_officer)
    compare_what_waits()

    stranger = stored(
        session, actor_of("bureau_officer", organization_id="org_other", id="usr_other")
    )
    for reader in (stranger, operator):
        with pytest.raises(NotFound):
            reads.get_comparison(session, reader, dataset.id, first.id, second.id)
    with pytest.raises((NotFound, MissingPermission)):
        actions.request_comparison(session, stranger, dataset.id, first.id, second.id)
    with pytest.raises(NotFound):
        reads.get_comparison(session, bureau_officer, dataset.id, first.id, first.id)


def test_page_and_interface_show_the_same(
    client: FlaskClient, session: Session, bureau_officer: Actor
) -> None:
    dataset, (first, second) = deliver_two(session, bureau_officer)
    sign_in_as(client, bureau_officer)
    pair = {"earlier": first.id, "later": second.id}

    before = client.get(f"/datasets/{dataset.id}/comparison")
    assert "开始比较" in before.text
    address = f"/api/datasets/{dataset.id}/comparison"
    assert client.get(address, query_string=pair).status_code == 404
    compare_what_waits()
    page = client.get(f"/datasets/{dataset.id}/comparison")
    told = client.get(address, query_string=pair).json

    assert "结构没有变化" in page.text
    assert "按主键逐行比较" in page.text
    assert (told["added"], told["removed"], told["changed"]) == (1, 1, 1)
    assert told["is_breaking"] is False


def test_one_version_alone_says_what_happens_next(
    client: FlaskClient, session: Session, bureau_officer: Actor
) -> None:
    dataset = make_dataset(session, bureau_officer)
    session.commit()
    sign_in_as(client, bureau_officer)

    assert "还没有两版可以比较" in client.get(f"/datasets/{dataset.id}/comparison").text
