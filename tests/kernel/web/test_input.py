"""What people type becomes a schema, or a word for each field, and is never lost."""

from decimal import Decimal
from enum import StrEnum

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Text, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.datastructures import MultiDict

from kernel.errors import Conflict, InvalidFields, NotFound, Unauthenticated
from kernel.paging import MAX_PAGE_SIZE, CursorUnknown, page_of
from kernel.web.forms import Form
from kernel.web.parse import NotJson, form_values, parse_json, validated
from kernel.web.submissions import AlreadySubmitted


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Tier(BaseModel):
    start: int = Field(ge=0)
    price: Decimal = Field(max_digits=10, decimal_places=2)


class Draft(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=2, max_length=5)
    colours: list[Colour] = Field(min_length=1)
    tiers: list[Tier] = []
    note: str | None = None


GOOD = {"title": "数据", "colours": "red", "tiers-0-start": "0", "tiers-0-price": "1.50"}


def test_fields_with_places_build_lists_in_their_order_with_gaps_closed():
    form = MultiDict(GOOD | {"tiers-10-start": "30", "tiers-10-price": "3", "tiers-2-start": "20"})
    form["tiers-2-price"] = "2"

    draft = validated(Draft, form_values(Draft, form))

    assert [tier.start for tier in draft.tiers] == [0, 20, 30]


def test_empty_text_counts_as_not_given_and_blanks_are_cut():
    draft = validated(
        Draft, form_values(Draft, MultiDict(GOOD | {"title": " 数据 ", "note": "  "}))
    )

    assert (draft.title, draft.note) == ("数据", None)


def test_one_choice_and_several_are_both_a_list():
    several = MultiDict([*GOOD.items(), ("colours", "blue")])

    assert form_values(Draft, MultiDict(GOOD))["colours"] == ["red"]
    assert form_values(Draft, several)["colours"] == ["red", "blue"]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"title": ""}, "title", "这一项必填。"),
        ({"title": "一"}, "title", "太短了，至少 2 个字符。"),
        ({"title": "一二三四五六"}, "title", "太长了，最多 5 个字符。"),
        ({"colours": "green"}, "colours.0", "请从列出的选项中选择。"),
        ({"colours": ""}, "colours", "至少选 1 项。"),
        ({"tiers-0-start": "many"}, "tiers.0.start", "请填整数。"),
        ({"tiers-0-start": "-1"}, "tiers.0.start", "不能小于 0。"),
        ({"tiers-0-price": "1.505"}, "tiers.0.price", "小数最多 2 位。"),
        ({"surprise": "x"}, "surprise", "没有这一项。"),
    ],
)
def test_each_problem_names_its_field_and_says_what_to_do(change, field, words):
    with pytest.raises(InvalidFields) as refusal:
        validated(Draft, form_values(Draft, MultiDict(GOOD | change)))

    assert [(p.field, p.said()) for p in refusal.value.problems] == [(field, words)]


NAMES = st.text(max_size=12) | st.lists(
    st.sampled_from(["tiers", "title", "0", "1", "9" * 5000, "price", ""]), max_size=4
).map("-".join)


@given(st.dictionaries(NAMES, st.lists(st.text(max_size=8), min_size=1, max_size=3)))
def test_no_form_whatever_its_fields_meets_a_fault_of_ours(fields):
    form = MultiDict([(name, text) for name, texts in fields.items() for text in texts])

    with pytest.raises(InvalidFields):  # a colour is never among them
        validated(Draft, form_values(Draft, form))


@pytest.mark.parametrize("body", [b"", b"[1]", b"not json", b'"text"'])
def test_a_body_that_is_no_object_is_refused_in_words(body):
    app = Flask(__name__)
    with (
        app.test_request_context(method="POST", data=body, content_type="application/json"),
        pytest.raises(NotJson),
    ):
        parse_json(Draft)


def test_a_form_that_is_refused_keeps_what_was_typed_and_marks_the_field(app):
    with app.test_request_context(method="POST", data=GOOD | {"title": "一", "note": "很长的说明"}):
        form = Form(Draft)
        with form.showing_problems():
            form.parse()

        assert form.status == 422
        assert form.value("note") == "很长的说明"
        assert form.problems_of("title") == ["太短了，至少 2 个字符。"]
        assert form.chosen("colours") == ["red"]


def test_a_refusal_of_an_action_stands_at_the_top_of_the_same_page(app):
    with app.test_request_context(method="POST", data=GOOD):
        form = Form(Draft)
        with form.showing_problems():
            raise NotFound

        assert (form.status, form.words) == (404, "没有找到。它可能不存在，或不属于您的单位。")


@pytest.mark.parametrize("error", [Unauthenticated(), AlreadySubmitted("/there"), KeyError("bug")])
def test_what_is_not_about_the_form_passes_through(app, error):
    with app.test_request_context(method="POST", data=GOOD):
        form = Form(Draft)
        with pytest.raises(type(error)), form.showing_problems():
            raise error


def test_a_form_that_nobody_sent_shows_what_is_known(app):
    with app.test_request_context():
        form = Form(Draft, {"title": "旧名", "colours": [Colour.RED], "note": None})

        assert not form.is_sent
        assert (form.value("title"), form.chosen("colours"), form.value("note")) == (
            "旧名",
            ["red"],
            "",
        )
        assert form.status == 200
        assert request.method == "GET"
    assert Conflict.code == "conflict"


class Own(DeclarativeBase):
    """Tables of this test alone."""


class Row(Own):
    __tablename__ = "paged_rows"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)


@pytest.fixture
def rows(session):
    Own.metadata.create_all(session.connection())
    session.add_all([Row(id=f"row_{number:03}", kind=str(number % 2)) for number in range(45)])
    session.flush()
    return select(Row).order_by(Row.kind, Row.id)


def test_walking_all_pages_meets_each_row_once_in_order(session, rows):
    seen, cursor = [], ""
    while True:
        page = page_of(session, rows, cursor, size=20)
        seen += [row.id for row in page.items]
        cursor = page.next_cursor
        if not cursor:
            break

    assert seen == [row.id for row in session.scalars(rows)]


def test_a_page_before_leads_back_and_rows_added_meanwhile_move_nothing(session, rows):
    first = page_of(session, rows, size=20)
    session.add(Row(id="row_000a", kind="0"))
    session.flush()

    second = page_of(session, rows, first.next_cursor, size=20)
    back = page_of(session, rows, second.previous_cursor, size=20)

    assert second.items[0].id == "row_040"
    assert back.items[-1].id == first.items[-1].id
    assert not first.previous_cursor


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-5, 1), (10**9, 45)])
def test_the_size_of_a_page_stays_within_bounds(session, rows, asked, given):
    assert len(page_of(session, rows, size=asked).items) == given
    assert MAX_PAGE_SIZE == 200


@pytest.mark.parametrize("cursor", ["nonsense", ">s:a", ">i:1~s:b~s:c", "☃"])
def test_a_cursor_of_another_list_is_refused_in_words(session, rows, cursor):
    with pytest.raises(CursorUnknown):
        page_of(session, rows, cursor)
