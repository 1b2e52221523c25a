"""Is the encoding of a text file told rightly, and said to be unsure where it is?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.datasets.encodings import (
    Encoding,
    EncodingProbe,
    FileKind,
    Guess,
    Preview,
    file_kind,
    guess_delimiter,
    preview,
)

SIMPLIFIED = "机构名称,检查结果\n第一人民医院食堂,合格\n北京路小学,整改后合格\n"
TRADITIONAL = "機構名稱,檢查結果\n第一醫院餐廳,合格\n臺北國民小學,複檢後合格\n"


def guess(data: bytes, size: int = 7) -> Guess:
    probe = EncodingProbe()
    for start in range(0, len(data), size):
        probe.feed(data[start : start + size])
    return probe.guess()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (SIMPLIFIED.encode(), Guess(Encoding.UTF_8, is_sure=True)),
        (b"a,b\n1,2\n", Guess(Encoding.UTF_8, is_sure=True)),
        (b"", Guess(Encoding.UTF_8, is_sure=True)),
        (SIMPLIFIED.encode("utf-8-sig"), Guess(Encoding.UTF_8, is_sure=True)),
        (SIMPLIFIED.encode("gb18030"), Guess(Encoding.GB18030, is_sure=True)),
        (SIMPLIFIED.encode("utf-16"), Guess(Encoding.UTF_16, is_sure=True)),
    ],
)
def test_common_encodings_are_told_for_sure(data, expected):
    assert guess(data) == expected


def test_traditional_text_is_asked_about():
    assert not guess(TRADITIONAL.encode("big5")).is_sure


def test_bytes_that_fit_nothing_are_asked_about():
    assert guess(b"caf\xe9,\xff\xff\n") == Guess(None, is_sure=False)


def test_one_wrong_byte_at_the_very_end_rules_utf_8_out():
    data = SIMPLIFIED.encode() + b"\xff\n"

    assert guess(data).encoding is not Encoding.UTF_8


def test_a_character_cut_off_at_the_end_of_the_file_is_noticed():
    assert guess("好".encode()[:2]).encoding is not Encoding.UTF_8


@given(st.text(min_size=1), st.integers(1, 9))
def test_valid_utf_8_is_always_told_wherever_chunks_are_cut(text, size):
    data = text.encode("utf-8", errors="ignore")

    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        assert guess(data, size) == Guess(Encoding.UTF_8, is_sure=True)


def test_the_first_rows_are_shown_as_they_would_be_read():
    shown = preview(SIMPLIFIED.encode("gb18030"), Encoding.GB18030, ",")

    assert shown == Preview(
        header=("机构名称", "检查结果"),
        rows=(("第一人民医院食堂", "合格"), ("北京路小学", "整改后合格")),
        has_damage=False,
    )


def test_a_wrong_reading_is_shown_with_its_damage():
    shown = preview(SIMPLIFIED.encode("gb18030"), Encoding.UTF_8, ",")

    assert shown.has_damage
    assert "\ufffd" in shown.header[0]


def test_at_most_ten_rows_are_shown():
    data = ("a\n" + "1\n" * 50).encode()

    assert len(preview(data, Encoding.UTF_8, ",").rows) == 10


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_under_which_the_header_fits_the_dictionary(delimiter):
    head = f"code{delimiter}name, full{delimiter}n\n".encode() if delimiter != "," else b"code,n\n"

    assert guess_delimiter(head, Encoding.UTF_8, ["code", "n"]) == delimiter


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"PAR1....", FileKind.PARQUET),
        (b"PK\x03\x04....", FileKind.XLSX),
        (b"a,b\n", FileKind.CSV),
        ("甲,乙\n".encode("utf-16"), FileKind.CSV),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", None),
        (b"\x1f\x8b\x08", None),
        (b"%PDF-1.7", None),
        (b"a\x00b", None),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_first_bytes(head, kind):
    assert file_kind(head) is kind
