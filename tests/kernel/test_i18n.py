"""What is said in the reader's language, and what happens where a translation is missing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kernel import i18n
from kernel.i18n import CHINESE, ENGLISH, N_, Labelled, render, say, speaking, translate

KNOWN = N_("请先登录。")
UNKNOWN = "没有人翻译过这一句 {count}"


class Grade(Labelled):
    """A choice that people see; one label is known, one is not."""

    YES = "yes", N_("是")
    OTHER = "other", "从未翻译的一项"


def test_chinese_is_spoken_unless_somebody_asks_for_english():
    assert translate(KNOWN) == KNOWN
    with speaking(ENGLISH):
        assert i18n.language() == ENGLISH
        assert translate(KNOWN) == "Please sign in first."
        with speaking(CHINESE):
            assert translate(KNOWN) == KNOWN
    assert i18n.language() == CHINESE


@pytest.mark.parametrize("code", ["", "fr", "EN", "../en"])
def test_a_language_nobody_speaks_here_falls_back_to_chinese(code):
    with speaking(code):
        assert i18n.language() == CHINESE


def test_a_missing_translation_falls_back_to_the_chinese_text_with_its_facts():
    with speaking(ENGLISH):
        assert say(UNKNOWN, count=1200) == "没有人翻译过这一句 1,200"


def test_a_fact_that_is_not_given_leaves_a_gap_and_no_fault():
    assert say("还剩 {left} 次，{other}", left=3) == "还剩 3 次，"


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (True, "是", "yes"),
        (None, "—", "—"),
        (1234567, "1,234,567", "1,234,567"),
        (Decimal("0.50"), "0.5", "0.5"),
        (date(2026, 1, 31), "2026-01-31", "2026-01-31"),
        (datetime(2026, 1, 31, 16, tzinfo=UTC), "2026-02-01 00:00", "2026-02-01 00:00"),
        ([1, 2000], "1、2,000", "1, 2,000"),
        (Grade.YES, "是", "yes"),
        (Grade.OTHER, "从未翻译的一项", "从未翻译的一项"),
    ],
)
def test_each_kind_of_value_is_said_as_people_read_it(value, chinese, english):
    assert render(value) == chinese
    with speaking(ENGLISH):
        assert render(value).lower() == english


def test_rates_are_said_in_per_cent_with_fixed_places():
    assert i18n.format_rate(Decimal("0.0625")) == "6.25\N{NO-BREAK SPACE}%"
    assert i18n.format_number(Decimal("2.5"), 0) == "2"
    assert i18n.format_number(Decimal(3), 2) == "3.00"


def test_the_language_of_a_page_is_chosen_by_a_switch_and_kept(client):
    assert 'lang="zh' in client.get("/sign-in").text

    answer = client.post("/language/en", data={"next": "/sign-in"})

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert 'lang="en' in client.get("/sign-in").text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nSet-Cookie: a=b",
    ],
)
def test_the_switch_leads_to_no_other_site(client, target):
    assert client.post("/language/en", data={"next": target}).location == "/"


def test_machines_are_answered_in_the_language_they_accept(client):
    problem = client.get("/api/me", headers={"Accept-Language": "en"}).get_json()

    assert problem["detail"] == "Please sign in first."
