"""Does data enter the catalogue only whole, declared, classified and by whom it may?"""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from kernel.actor import MissingPermission
from kernel.errors import NotFound
from kernel.events import EventLog
from kernel.jobs import Job
from kernel.objects import StoredObject
from kernel.objects import store as object_store
from market.datasets import actions, corrections, reads
from market.datasets.actions import (
    BoundUnreadable,
    ClassificationContradicts,
    ColumnUnknown,
    DeliveredTwice,
    DictionaryUnusable,
    ReadingSettled,
)
from market.datasets.classification import ClassificationFault
from market.datasets.encodings import Encoding
from market.datasets.files import FileFault, FileProblem, Place
from market.datasets.rules import DictionaryFault, Sensitivity, TypeCode, VersionState
from market.datasets.schemas import (
    ColumnDraft,
    DeliveryNote,
    ReadingChoice,
    Reclassification,
)
from tests.factories.data import (
    GOOD_CSV,
    SYSTEM,
    make_dataset,
    make_dataset_draft,
    make_delivery,
    make_upload,
    make_version,
)
from tests.factories.market import actor_of, stored


def events(session, name: str) -> list[dict]:
    rows = session.scalars(select(EventLog).where(EventLog.name == name).order_by(EventLog.seq))
    return [row.payload for row in rows]


def test_a_registered_data_set_keeps_its_dictionary_in_order_and_is_recorded(
    session, bureau_officer
):
    dataset = make_dataset(session, bureau_officer)

    assert [column.name for column in dataset.columns] == ["code", "name", "score"]
    assert dataset.organization_id == bureau_officer.organization_id
    assert dataset.provider_id == dataset.organization_id
    assert events(session, "market.dataset_registered") == [
        {"dataset_id": dataset.id, "title": "餐饮卫生检查", "level": "一般数据", "columns": 3}
    ]


def test_registering_needs_the_permission(session, analyst):
    with pytest.raises(MissingPermission):
        actions.register_dataset(session, analyst, make_dataset_draft())


def test_an_unknown_provider_is_refused(session, bureau_officer):
    with pytest.raises(NotFound):
        make_dataset(session, bureau_officer, provider_id="org_nobody")


def test_a_dictionary_that_contradicts_itself_is_refused_with_every_fault(session, bureau_officer):
    columns = (
        ColumnDraft(name="a", title="甲", is_key=True),
        ColumnDraft(name="A", title="乙", type=TypeCode.INTEGER, longest=3),
    )

    with pytest.raises(DictionaryUnusable) as refused:
        make_dataset(session, bureau_officer, columns=columns)

    assert set(refused.value.faults) == {
        DictionaryFault.NAME_REPEATED,
        DictionaryFault.KEY_MUST_BE_REQUIRED,
        DictionaryFault.LENGTH_NEEDS_TEXT,
    }
    assert refused.value.columns == ["a", "A"]


def test_a_bound_that_is_no_number_is_refused_by_column(session, bureau_officer):
    column = ColumnDraft(name="n", title="数", type=TypeCode.INTEGER, minimum="many")

    with pytest.raises(BoundUnreadable) as refused:
        make_dataset(session, bureau_officer, columns=(column,))

    assert refused.value.column == "n"


@pytest.mark.parametrize("field", ["time_column", "protected_unit"])
def test_special_columns_must_be_declared(session, bureau_officer, field):
    with pytest.raises(ColumnUnknown):
        make_dataset(session, bureau_officer, **{field: "absent"})


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"sharing": "2"}, ClassificationFault.CONDITION_MISSING),
        ({"is_sample": True}, ClassificationFault.SAMPLE_ORIGIN),
        (
            {"columns": (ColumnDraft(name="p", title="姓名", sensitivity=Sensitivity.PERSONAL),)},
            ClassificationFault.PERSONAL_COLUMN,
        ),
    ],
)
def test_a_classification_that_contradicts_itself_is_refused(
    session, bureau_officer, changes, fault
):
    with pytest.raises(ClassificationContradicts) as refused:
        make_dataset(session, bureau_officer, **changes)

    assert refused.value.faults == [fault]


def test_a_column_is_reclassified_with_a_reason_and_recorded(session, bureau_officer):
    dataset = make_dataset(
        session, bureau_officer, personal_data="with_basis", legal_basis="个人同意"
    )
    change = Reclassification(sensitivity=Sensitivity.PERSONAL, reason="名称可能含业主姓名")

    column = corrections.reclassify_column(session, bureau_officer, dataset.id, "name", change)

    assert column.sensitivity is Sensitivity.PERSONAL
    assert events(session, "market.column_reclassified")[0]["after"] == "个人信息"


def test_a_column_becomes_personal_only_where_the_data_set_says_so(session, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    change = Reclassification(sensitivity=Sensitivity.PERSONAL, reason="含姓名")

    with pytest.raises(ClassificationContradicts):
        corrections.reclassify_column(session, bureau_officer, dataset.id, "name", change)


def test_a_text_file_waits_for_its_reading_to_be_confirmed(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)

    version = make_delivery(session, dataset, bureau_officer)

    assert version.state == VersionState.DELIVERED
    assert (version.number, version.encoding, version.is_encoding_sure) == (
        1,
        Encoding.UTF_8,
        True,
    )
    assert events(session, "market.version_delivered")[0]["number"] == 1
    assert session.scalars(select(Job)).all() == []


def test_a_confirmed_reading_is_queued_for_loading(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    version = make_delivery(session, dataset, bureau_officer)
    choice = ReadingChoice(encoding=Encoding.GB18030, delimiter=";")

    actions.confirm_reading(session, bureau_officer, version.id, choice)

    assert version.state == VersionState.QUEUED
    assert (version.encoding, version.delimiter) == (Encoding.GB18030, ";")
    assert session.scalars(select(Job.task)).all() == ["datasets.load_version"]


def test_a_reading_is_confirmed_once(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    version = make_delivery(session, dataset, bureau_officer, encoding="utf-8")

    with pytest.raises(ReadingSettled):
        actions.confirm_reading(
            session, bureau_officer, version.id, ReadingChoice(encoding=Encoding.UTF_8)
        )


def test_the_very_same_file_is_not_taken_twice(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    first = make_delivery(session, dataset, bureau_officer)

    with pytest.raises(DeliveredTwice) as refused:
        make_delivery(session, dataset, bureau_officer)

    assert refused.value.number == first.number


def test_a_refused_file_may_be_delivered_again(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    first = make_delivery(session, dataset, bureau_officer, encoding="utf-8")
    actions.refuse_version(session, SYSTEM, first.id, FileProblem(FileFault.BROKEN))

    assert make_delivery(session, dataset, bureau_officer).number == 2


def test_another_organisation_may_not_deliver(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    stranger = stored(session, actor_of("source_department"))
    upload = make_upload()

    with pytest.raises(MissingPermission):
        actions.deliver(session, stranger, dataset.id, upload, DeliveryNote())


def test_the_named_provider_may_deliver(session, store, bureau_officer, source_department):
    dataset = make_dataset(session, bureau_officer, provider_id=source_department.organization_id)

    assert make_delivery(session, dataset, source_department).number == 1


def test_for_a_buyer_data_sets_do_not_exist(session, bureau_officer, analyst):
    dataset = make_dataset(session, bureau_officer)

    with pytest.raises(NotFound):
        reads.get_dataset(session, analyst, dataset.id)
    assert reads.list_datasets(session, analyst).items == []


def test_an_operator_sees_what_data_exists(session, bureau_officer, operator):
    dataset = make_dataset(session, bureau_officer)

    assert reads.get_dataset(session, operator, dataset.id).title == "餐饮卫生检查"
    assert not reads.may_keep(operator, dataset)


def test_data_sets_are_found_by_words_in_their_title(session, bureau_officer):
    found = make_dataset(session, bureau_officer, title="航班 100% 准点")
    make_dataset(session, bureau_officer, title="航班 1001 明细")

    assert reads.list_datasets(session, bureau_officer, words="100%").items == [found]


def test_a_loaded_version_is_sealed_and_recorded(session, bureau_officer):
    dataset = make_dataset(session, bureau_officer)

    version = make_version(session, dataset, rows=7)

    assert version.is_ready
    assert reads.latest_version(session, dataset.id) is version
    assert [column.name for column in reads.dictionary_of(version)] == ["code", "name", "score"]
    assert events(session, "market.version_arrived")[0]["rows"] == 7


def test_the_database_itself_keeps_a_finished_version_from_changing(session, bureau_officer):
    version = make_version(session, make_dataset(session, bureau_officer))
    session.flush()

    with pytest.raises(DBAPIError, match="never changes"):
        session.execute(
            text("UPDATE dataset_versions SET rows = 8 WHERE id = :id"), {"id": version.id}
        )


def test_a_later_change_of_the_dictionary_leaves_old_versions_as_they_were(session, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    version = make_version(session, dataset)
    change = Reclassification(sensitivity=Sensitivity.INTERNAL, reason="仅供内部")

    corrections.reclassify_column(session, bureau_officer, dataset.id, "name", change)

    assert reads.dictionary_of(version)[1].sensitivity is Sensitivity.PUBLIC
    assert reads.data_dictionary(session, dataset.id)[1].sensitivity is Sensitivity.INTERNAL


def test_a_refused_delivery_keeps_its_report_and_its_file(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    version = make_delivery(session, dataset, bureau_officer, encoding="utf-8")
    problem = FileProblem(FileFault.WRONG_TYPES, {"count": 1}, (Place(2, "score", "x"),))

    actions.refuse_version(session, SYSTEM, version.id, problem)

    report = reads.problem_report(version)
    assert version.state == VersionState.REFUSED
    assert "1" in report.detail
    assert (report.places[0].row, report.places[0].found) == (2, "x")
    assert object_store().read(version.source_key) == GOOD_CSV
    assert events(session, "market.version_refused")[0]["fault"] == "值与类型不符"


def test_sealing_or_refusing_again_changes_nothing(session, bureau_officer):
    version = make_version(session, make_dataset(session, bureau_officer))
    again = StoredObject("elsewhere", 1, "0" * 64)

    assert actions.begin_loading(session, version.id) is None
    assert (
        actions.add_version(session, SYSTEM, version.id, rows=9, parquet=again, profile=()) is None
    )
    assert (
        actions.refuse_version(session, SYSTEM, version.id, FileProblem(FileFault.BROKEN)) is None
    )
    assert version.rows == 3


def test_numbers_of_versions_count_up_over_refusals(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    first = make_version(session, dataset)
    second = make_delivery(session, dataset, bureau_officer, data=GOOD_CSV + b"004,x,1\n")

    assert (first.number, second.number) == (1, 2)
    assert reads.latest_version(session, dataset.id) is first
    assert [version.number for version in reads.list_versions(session, dataset.id)] == [2, 1]
