"""Can a wrong dictionary be put right, without a loaded version ever being contradicted?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.actor import MissingPermission
from kernel.errors import NotFound
from market.datasets import actions, corrections, reads
from market.datasets.actions import ClassificationContradicts, ColumnUnknown, DictionaryUnusable
from market.datasets.contradictions import CorrectionFault, contradictions
from market.datasets.corrections import CorrectionContradicts, DictionaryUnchanged, LoadingUnderWay
from market.datasets.dictionaries import parse_dictionary, table_of
from market.datasets.encodings import Encoding
from market.datasets.files import FileFault, FileProblem
from market.datasets.rules import ColumnSpec, Sensitivity, TypeCode
from market.datasets.schemas import ColumnDraft, DictionaryCorrection, ReadingChoice
from tests.factories.data import (
    COLUMNS,
    SYSTEM,
    make_dataset,
    make_delivery,
    make_version,
)
from tests.factories.market import actor_of, sign_in_as
from tests.market.datasets.test_actions import events

SENSITIVITIES = list(Sensitivity)


def corrected(columns=COLUMNS, reason: str = "字典抄错了", **named: str) -> DictionaryCorrection:
    return DictionaryCorrection(columns=columns, reason=reason, **named)


def changed(place: int, **values: object) -> tuple[ColumnDraft, ...]:
    columns = list(COLUMNS)
    columns[place] = columns[place].model_copy(update=values)
    return tuple(columns)


def test_before_any_version_the_whole_dictionary_may_be_corrected(session, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    columns = (
        ColumnDraft(name="grade", title="等级", codes=("A", "B")),
        *changed(2, type=TypeCode.NUMERIC)[::2],
    )

    corrections.correct_dictionary(
        session, bureau_officer, dataset.id, corrected(columns, protected_unit="code")
    )

    found = reads.find_dataset(session, dataset.id)
    assert [(c.name, c.type, c.position) for c in found.columns] == [
        ("grade", "C", 1),
        ("code", "C", 2),
        ("score", "N", 3),
    ]
    assert found.protected_unit == "code"
    assert events(session, "market.dictionary_corrected") == [
        {
            "dataset_id": dataset.id,
            "title": "餐饮卫生检查",
            "columns": "name、score、grade、code",
            "reason": "字典抄错了",
        }
    ]


def test_a_refused_delivery_leaves_the_dictionary_open(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    delivered = make_delivery(session, dataset, bureau_officer, encoding=Encoding.UTF_8)
    actions.begin_loading(session, delivered.id)
    actions.refuse_version(session, SYSTEM, delivered.id, FileProblem(FileFault.WRONG_TYPES))

    corrections.correct_dictionary(
        session, bureau_officer, dataset.id, corrected(changed(2, type=TypeCode.TEXT, minimum=""))
    )

    assert reads.data_dictionary(session, dataset.id)[2].type is TypeCode.TEXT


def test_a_delivery_that_still_waits_is_loaded_by_the_corrected_dictionary(
    session, store, bureau_officer
):
    dataset = make_dataset(session, bureau_officer)
    delivered = make_delivery(session, dataset, bureau_officer)
    corrections.correct_dictionary(
        session, bureau_officer, dataset.id, corrected(changed(1, title="店名"))
    )
    actions.confirm_reading(
        session, bureau_officer, delivered.id, ReadingChoice(encoding=Encoding.UTF_8)
    )

    version = actions.begin_loading(session, delivered.id)

    assert reads.dictionary_of(version)[1].title == "店名"


def test_while_a_version_is_loaded_its_dictionary_waits(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    make_delivery(session, dataset, bureau_officer, encoding=Encoding.UTF_8)

    with pytest.raises(LoadingUnderWay) as refused:
        corrections.correct_dictionary(
            session, bureau_officer, dataset.id, corrected(changed(1, title="店名"))
        )

    assert refused.value.number == 1


def test_with_versions_meaning_unit_and_stricter_sensitivity_may_be_corrected(
    session, bureau_officer
):
    dataset = make_dataset(session, bureau_officer)
    version = make_version(session, dataset)
    columns = changed(
        2, title="总分", description="满分一百", unit="百分", sensitivity=Sensitivity.INTERNAL
    )

    corrections.correct_dictionary(session, bureau_officer, dataset.id, corrected(columns))

    score = reads.data_dictionary(session, dataset.id)[2]
    assert (score.title, score.unit, score.sensitivity) == ("总分", "百分", Sensitivity.INTERNAL)
    assert reads.dictionary_of(version)[2].title == "得分"


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ((*COLUMNS, ColumnDraft(name="new", title="新")), CorrectionFault.COLUMN_ADDED),
        (COLUMNS[:2], CorrectionFault.COLUMN_REMOVED),
        (changed(2, type=TypeCode.NUMERIC), CorrectionFault.TYPE_CHANGED),
        (changed(2, minimum="1"), CorrectionFault.DEMAND_CHANGED),
        (changed(1, is_required=False), CorrectionFault.DEMAND_CHANGED),
    ],
)
def test_with_versions_what_contradicts_them_is_refused_by_name(
    session, bureau_officer, columns, fault
):
    dataset = make_dataset(session, bureau_officer)
    make_version(session, dataset)

    with pytest.raises(CorrectionContradicts) as refused:
        corrections.correct_dictionary(session, bureau_officer, dataset.id, corrected(columns))

    assert refused.value.faults == [fault]
    assert refused.value.number == 1


def test_with_versions_the_protected_unit_stands(session, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    make_version(session, dataset)

    with pytest.raises(CorrectionContradicts) as refused:
        corrections.correct_dictionary(
            session, bureau_officer, dataset.id, corrected(protected_unit="code")
        )

    assert refused.value.faults == [CorrectionFault.UNIT_OR_TIME_CHANGED]


@given(st.sampled_from(SENSITIVITIES), st.sampled_from(SENSITIVITIES))
def test_sensitivity_only_grows_stricter(before, after):
    found = contradictions(
        [ColumnSpec("a", "甲", TypeCode.TEXT, sensitivity=before)],
        [ColumnSpec("a", "甲", TypeCode.TEXT, sensitivity=after)],
    )

    is_weaker = SENSITIVITIES.index(after) < SENSITIVITIES.index(before)
    assert ([problem.fault for problem in found] == [CorrectionFault.SENSITIVITY_LOWERED]) is (
        is_weaker
    )


def test_a_correction_is_held_to_the_same_rules_as_a_registration(session, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    twice = (*COLUMNS, COLUMNS[0])
    personal = changed(1, sensitivity=Sensitivity.PERSONAL)

    for columns, named, refusal in (
        (twice, {}, DictionaryUnusable),
        (personal, {}, ClassificationContradicts),
        (COLUMNS, {"protected_unit": "absent"}, ColumnUnknown),
        (COLUMNS, {}, DictionaryUnchanged),
    ):
        with pytest.raises(refusal):
            corrections.correct_dictionary(
                session, bureau_officer, dataset.id, corrected(columns, **named)
            )


def test_only_its_keeper_corrects(session, bureau_officer, analyst):
    dataset = make_dataset(session, bureau_officer)

    with pytest.raises(NotFound):
        corrections.correct_dictionary(session, analyst, dataset.id, corrected())
    with pytest.raises(MissingPermission):
        corrections.correct_dictionary(
            session, actor_of("source_department"), dataset.id, corrected()
        )


CELLS = st.text(st.sampled_from("甲乙ab\"'\t\n，、 ;|"), max_size=8).map(str.strip)
CODES = st.text(st.sampled_from("甲乙ab ,;"), min_size=1, max_size=6).map(str.strip).filter(bool)


@given(
    st.builds(
        ColumnDraft,
        name=CELLS.filter(bool),
        title=CELLS.filter(bool),
        type=st.sampled_from(TypeCode),
        unit=CELLS,
        description=CELLS,
        is_required=st.booleans(),
        is_key=st.booleans(),
        sensitivity=st.sampled_from(Sensitivity),
        codes=st.lists(CODES, max_size=4).map(tuple),
        minimum=st.sampled_from(["", "0", "-1.5"]),
        maximum=st.sampled_from(["", "100"]),
        longest=st.none() | st.integers(1, 9),
    )
)
def test_a_dictionary_written_as_a_table_is_read_as_itself(column):
    assert parse_dictionary(table_of([column])) == [column]


FORM = {"reason": "单位写错", "time_column": "", "protected_unit": ""}


def test_the_page_offers_the_dictionary_as_it_stands_and_takes_the_correction(client, session):
    sign_in_as(client, "bureau_officer")
    dataset = make_dataset(session, actor_of("bureau_officer"))
    make_version(session, dataset)
    session.commit()
    assert f"/datasets/{dataset.id}/correction" in client.get(f"/datasets/{dataset.id}").text
    page = client.get(f"/datasets/{dataset.id}/correction").text
    assert "机构编码" in page
    assert "第 1 版" in page

    table = table_of(changed(2, unit="百分"))
    answer = client.post(f"/datasets/{dataset.id}/correction", data={**FORM, "dictionary": table})

    assert answer.status_code == 303
    assert "百分" in client.get(f"/datasets/{dataset.id}").text


def test_the_page_keeps_what_was_typed_when_it_is_refused(client, session):
    sign_in_as(client, "bureau_officer")
    dataset = make_dataset(session, actor_of("bureau_officer"))
    make_version(session, dataset)
    session.commit()

    table = table_of(changed(2, type=TypeCode.NUMERIC))
    answer = client.post(f"/datasets/{dataset.id}/correction", data={**FORM, "dictionary": table})

    assert answer.status_code == 409
    assert "类型" in answer.text
    assert "单位写错" in answer.text


def test_a_program_corrects_too_and_a_stranger_does_not(client, session):
    sign_in_as(client, "bureau_officer")
    dataset = make_dataset(session, actor_of("bureau_officer"))
    session.commit()
    body = corrected(changed(1, title="店名")).model_dump(mode="json")
    address = f"/api/datasets/{dataset.id}/dictionary"
    sign_in_as(client, "operator")
    assert client.put(address, json=body).status_code == 403
    sign_in_as(client, "bureau_officer")

    answer = client.put(address, json=body)

    assert answer.status_code == 200
    assert answer.json["columns"][1]["title"] == "店名"
