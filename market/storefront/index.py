"""Which words find a product? Chinese words and pairs, pinyin, simplified and traditional.

A search vector is written here, position by position, so that no text-search parser of the
database has to know Chinese: every lexeme is one we chose ("simple" in PostgreSQL's words).

Products are cut into words by a dictionary, in workers. A question is cut by the words that the
window has, which the caller looks up: whatever else it holds can find nothing anyway.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from market.storefront.synonyms import synonyms_of

CHINESE_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
LATIN_WORD = re.compile(r"[0-9a-z]+")
LONGEST_PINYIN = 24  # characters of one run that are spelled out; titles are shorter
MOST_POSITIONS = 16_000  # PostgreSQL keeps positions up to 16,383
MOST_WORDS = 12  # of one question
LONGEST_QUESTION = 100
LONGEST_WORD = 12  # characters of a word that questions are cut by
STOP_CHARACTERS = frozenset("的和与及之了在是")
_UNKNOWN = 3  # an unknown character weighs as much as so many words


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


def learnt_words_of(text: str) -> set[str]:
    """Words that the window has: by the Chinese ones questions are cut, by all they are mended."""
    folded = fold(text)
    words = {word for run in CHINESE_RUN.findall(folded) for word in _segments(run)}
    latin = {word for word in LATIN_WORD.findall(folded) if word.isalpha()}
    return {word for word in words | latin if 1 < len(word) <= LONGEST_WORD}


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


def possible_words(text: str) -> set[str]:
    """Every part of a question that may be a word of the window: what to look up before asking."""
    return {
        run[start:end]
        for run in CHINESE_RUN.findall(fold(text[:LONGEST_QUESTION]))
        if len(run) > 2  # a shorter one is asked as it stands
        for start in range(len(run) - 1)
        for end in range(start + 2, min(start + LONGEST_WORD, len(run)) + 1)
    }


def search_question(text: str, known: Collection[str] = ()) -> str:
    """What a person typed as PostgreSQL's text form of a tsquery; "" when nothing can be asked.

    All words must be found. A Chinese run is found by its pairs or by its known words; a Latin
    word by its beginning, so that pinyin can be typed half. known: of possible_words(text), those
    that the window has.
    """
    folded = fold(text[:LONGEST_QUESTION])
    latin = (f"{_quoted(word)}:*" for word in LATIN_WORD.findall(folded))
    asked = [*_runs_asked(folded, known), *latin]
    return " & ".join(asked[:MOST_WORDS])


def _runs_asked(folded: str, known: Collection[str]) -> Iterator[str]:
    for run in CHINESE_RUN.findall(folded):
        if len(run) == 1:
            yield f"{_quoted(run)}:*"
            continue
        by_pairs = " & ".join(_quoted(pair) for pair in _pairs(run))
        by_words = " & ".join(_word_asked(word) for word in _cut(run, known))
        yield f"(({by_pairs}) | ({by_words}))" if by_words else f"({by_pairs})"


def _word_asked(word: str) -> str:
    """The word by its beginning, or any that means the same."""
    alike = " | ".join(f"{_quoted(each)}:*" for each in (word, *synonyms_of(word)))
    return f"({alike})"


def _cut(run: str, known: Collection[str]) -> list[str]:
    """The run as the fewest pieces: known words, and what stands between them.

    A little word between known ones, as 的, asks for nothing.
    """
    ends = _piece_ends(run, known)
    pieces, place, between = [], 0, ""
    while place < len(run):
        end = ends[place]
        if end == place + 1:
            between += run[place]
        else:
            pieces += [between, run[place:end]]
            between = ""
        place = end
    return [piece for piece in [*pieces, between] if piece and piece not in STOP_CHARACTERS]


def _piece_ends(run: str, known: Collection[str]) -> list[int]:
    """Where the piece that begins at each place ends, on the cheapest way to the end.

    Of equally cheap ways, the longer word first.
    """
    costs, ends = [0] * (len(run) + 1), [0] * len(run)
    for start in range(len(run) - 1, -1, -1):
        farthest = min(start + LONGEST_WORD, len(run))
        words = [
            end
            for end in range(start + 2, farthest + 1)
            if run[start:end] in known or synonyms_of(run[start:end])
        ]
        ways = [(costs[end] + 1, -end) for end in words]
        costs[start], end = min([*ways, (costs[start + 1] + _UNKNOWN, -start - 1)])
        ends[start] = -end
    return ends


def mended_forms(word: str) -> list[str]:
    """LIKE patterns of what differs from a word by one character: another, one more, one less."""
    if not 1 < len(word) <= LONGEST_WORD:
        return []
    places = range(len(word))
    forms = [f"{word[:place]}_{word[place + 1 :]}" for place in places]
    if len(word) > 2:
        forms += [f"{word[:place]}{word[place + 1 :]}" for place in places]
        forms += [f"{word[:place]}_{word[place:]}" for place in range(1, len(word))]
        swapped = (
            f"{word[:place]}{word[place + 1]}{word[place]}{word[place + 2 :]}"
            for place in places[:-1]
        )
        forms += swapped
    return list(dict.fromkeys(forms))


def unknown_pieces(text: str, known: Collection[str]) -> list[str]:
    """The parts of a question that the window does not have, as they were folded."""
    folded = fold(text[:LONGEST_QUESTION])
    pieces = [piece for run in CHINESE_RUN.findall(folded) for piece in _cut(run, known)]
    return [word for word in [*pieces, *LATIN_WORD.findall(folded)] if word not in known]


def _pairs(run: str) -> list[str]:
    if len(run) == 1:
        return [run]
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _segments(run: str) -> list[str]:
    # 32 MB of dictionary: only workers index, the web process never loads it.
    import rjieba  # noqa: PLC0415

    return [str(word) for word in rjieba.cut_for_search(run)]


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
