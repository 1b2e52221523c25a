"""Which words find a product? Chinese words and pairs, pinyin, simplified and traditional.

A search vector is written here, position by position, so that no text-search parser of the
database has to know Chinese: every lexeme is one we chose ("simple" in PostgreSQL's words).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

CHINESE_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
LATIN_WORD = re.compile(r"[0-9a-z]+")
LONGEST_PINYIN = 24  # characters of one run that are spelled out; titles are shorter
MOST_POSITIONS = 16_000  # PostgreSQL keeps positions up to 16,383
MOST_WORDS = 12  # of one question
LONGEST_QUESTION = 100


def fold(text: str) -> str:
    """Simplified characters, small letters, full-width forms made plain."""
    plain = "".join(_plain(character) for character in text)
    return str(_to_simplified().convert(plain)).lower()


def words_of(text: str) -> list[str]:
    """Every word that is looked up by itself: segmented words, pairs of characters, Latin words."""
    folded = fold(text)
    found: dict[str, None] = {}
    for run in CHINESE_RUN.findall(folded):
        found.update(dict.fromkeys(_segments(run)))
        found.update(dict.fromkeys(_pairs(run)))
    found.update(dict.fromkeys(LATIN_WORD.findall(folded)))
    return list(found)


def pinyin_of(text: str) -> list[str]:
    """How each place of each run is spelled to its end, in full and by initials.

    "授权运营" gives shouquanyunying, quanyunying … and sqyy, qyy …: any part that begins at a
    character is found by its beginning.
    """
    spelled: dict[str, None] = {}
    for run in CHINESE_RUN.findall(fold(text)):
        syllables = _syllables(run[:LONGEST_PINYIN])
        for start in range(len(syllables)):
            spelled["".join(syllables[start:])] = None
            spelled["".join(syllable[0] for syllable in syllables[start:])] = None
    return list(spelled)


def sort_key(title: str) -> str:
    """How titles are ordered: by the pinyin of each character, other text as it stands."""
    parts = re.split(f"({CHINESE_RUN.pattern})", fold(title))
    spelled = (
        " ".join(_syllables(part)) if CHINESE_RUN.fullmatch(part) else part for part in parts
    )
    return " ".join(text.strip() for text in spelled if text.strip())


def search_vector(weighted: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Lexemes as PostgreSQL's own text form of a tsvector: 'word':1A 'other':2B.

    weighted: (weight A to D, lexemes), the weightiest first.
    """
    places: dict[str, str] = {}
    for weight, lexemes in weighted:
        for lexeme in lexemes:
            if lexeme not in places and len(places) < MOST_POSITIONS:
                places[lexeme] = f"{len(places) + 1}{weight}"
    return " ".join(f"{_quoted(lexeme)}:{place}" for lexeme, place in places.items())


def search_question(text: str) -> str:
    """What a person typed as PostgreSQL's text form of a tsquery; "" when nothing can be asked.

    All words must be found. A Chinese run is found by its own words or by its pairs; a Latin word
    by its beginning, so that pinyin can be typed half.
    """
    folded = fold(text[:LONGEST_QUESTION])
    asked = [*_runs_asked(folded), *(f"{_quoted(word)}:*" for word in LATIN_WORD.findall(folded))]
    return " & ".join(asked[:MOST_WORDS])


def _runs_asked(folded: str) -> Iterator[str]:
    for run in CHINESE_RUN.findall(folded):
        if len(run) == 1:
            yield f"{_quoted(run)}:*"
            continue
        by_pairs = " & ".join(_quoted(pair) for pair in _pairs(run))
        by_words = " & ".join(f"{_quoted(word)}:*" for word in _segments(run, for_search=False))
        yield f"(({by_pairs}) | ({by_words}))"


def _pairs(run: str) -> list[str]:
    if len(run) == 1:
        return [run]
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _segments(run: str, *, for_search: bool = True) -> list[str]:
    import rjieba  # noqa: PLC0415 - its dictionary is loaded with the first question, not at start

    cut = rjieba.cut_for_search if for_search else rjieba.cut
    return [str(word) for word in cut(run)]


def _syllables(run: str) -> list[str]:
    # 60 MB of dictionaries: only workers index, the web process never loads them.
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return [str(syllable) for syllable in lazy_pinyin(run)]


@cache
def _to_simplified() -> Any:
    from opencc import OpenCC  # noqa: PLC0415 - loaded with the first question

    return OpenCC("t2s")


def _plain(character: str) -> str:
    code = ord(character)
    return chr(code - 0xFEE0) if 0xFF01 <= code <= 0xFF5E else character


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
