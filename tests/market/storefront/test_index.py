"""Which words find which titles, asked of the database's own matcher."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.storefront.index import (
    fold,
    learnt_words_of,
    pinyin_of,
    possible_words,
    search_question,
    search_vector,
    sort_key,
    words_of,
)

TITLE = "公共数据授权运营核验服务"


def matches(session: Session, question: str, title: str = TITLE) -> bool:
    vector = search_vector([("A", words_of(title)), ("B", pinyin_of(title))])
    asked = search_question(question, learnt_words_of(title) & possible_words(question))
    statement = text("SELECT CAST(:vector AS tsvector) @@ CAST(:asked AS tsquery)")
    return bool(session.scalar(statement, {"vector": vector, "asked": asked}))


@pytest.mark.parametrize(
    "question",
    [
        "授权",  # a word of two characters inside a longer one
        "授权运营",
        "公共数据",
        "核验",
        "数据 服务",  # both, in whatever order
        "服务数据",
        "運營",  # traditional
        "公共數據授權運營",
        "shouquan",  # pinyin
        "shouq",  # half typed
        "yunying",
        "gonggongshuju",
        "sqyy",  # initials
        "权运",  # across the border of two words
        "营",
        "公共数据授权运营核验服务",
    ],
)
def test_these_words_find_the_title(session: Session, question: str) -> None:
    assert matches(session, question)


@pytest.mark.parametrize(
    "question", ["气象", "授权书", "航班 授权", "tianqi", "运授", "shouquanshu", "xyz"]
)
def test_these_words_do_not(session: Session, question: str) -> None:
    assert not matches(session, question)


def test_words_of_a_long_name_need_not_stand_side_by_side(session: Session) -> None:
    assert matches(session, "餐饮检查", "餐饮单位卫生检查结果")


def test_a_little_word_between_known_ones_asks_for_nothing(session: Session) -> None:
    assert matches(session, "餐饮的检查", "餐饮单位卫生检查结果")
    assert not matches(session, "餐饮不检查", "餐饮单位卫生检查结果")


def test_a_word_typed_half_after_known_ones_is_found_by_its_beginning(session: Session) -> None:
    assert matches(session, "餐饮检", "餐饮单位卫生检查结果")


def test_latin_words_and_numbers_are_found_by_their_beginning(session: Session) -> None:
    title = "NYC flights 2013 航班"

    assert matches(session, "flight", title)
    assert matches(session, "ＮＹＣ 2013", title)
    assert not matches(session, "lights", title)


def test_nothing_to_ask_is_an_empty_question() -> None:
    assert search_question("  ，。！ ") == ""
    assert search_question("") == ""


def test_traditional_full_width_and_capitals_fold_to_one_form() -> None:
    assert fold("公共數據ＡＢＣ") == "公共数据abc"


def test_titles_sort_as_they_are_spoken() -> None:
    titles = ["中小微企业信用", "餐饮卫生检查", "航班准点", "白云机场客流", "3D 建模"]

    assert sorted(titles, key=sort_key) == [
        "3D 建模",
        "白云机场客流",
        "餐饮卫生检查",
        "航班准点",
        "中小微企业信用",
    ]


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_question_the_database_can_read(typed: str) -> None:
    asked = search_question(typed)

    assert "\x00" not in asked
    assert asked.count("(") == asked.count(")")


@pytest.mark.parametrize(
    "typed", ["'", "\\", "a'b & c", "') | (", ":*", "<->", "!授权", "授权\x00"]
)
def test_signs_of_the_query_language_are_only_text(session: Session, typed: str) -> None:
    vector = search_vector([("A", words_of(typed + "授权"))])
    statement = text("SELECT CAST(:vector AS tsvector) @@ CAST(:asked AS tsquery)")

    asked = search_question(typed)
    if asked:
        assert session.scalar(statement, {"vector": vector, "asked": asked})


@given(st.text(alphabet="公共数据授权运营核验服务检查", min_size=2, max_size=12))
def test_a_title_is_found_by_itself_and_by_any_part(title: str) -> None:
    lexemes = set(words_of(title))

    for start in range(len(title) - 1):
        assert title[start : start + 2] in lexemes


@given(
    st.text(alphabet="公共数据授权运营核验服务检查的", min_size=1, max_size=14),
    st.sets(st.text(alphabet="公共数据授权运营核验服务检查的", min_size=2, max_size=4)),
)
def test_known_words_cut_a_question_without_losing_or_adding_to_it(
    typed: str, known: set[str]
) -> None:
    asked = search_question(typed, known)

    words = [word for word in re.findall("[一-龥]+", asked) if len(word) > 1]
    assert all(word in typed for word in words)
    assert set(typed) - set("的") <= set("".join(re.findall("[一-龥]", asked)))


def test_the_words_to_look_up_are_few_and_bounded() -> None:
    assert possible_words("授权") == set()
    assert "授权" in possible_words("授权运营")
    assert len(possible_words("授" * 1000)) < 1200
