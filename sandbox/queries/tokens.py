"""Is every character of the text a permitted token or a plain blank? The first wall.

An allow-list of tokens with a reason for each thing left out. It runs before any parsing, so the
parser only ever sees short, shallow text made of words this language has.
"""

import re
from collections.abc import Callable, Sequence

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from sandbox.plans.refusals import Reason, refuse
from sandbox.plans.syntax import Function, Span
from sandbox.policies.rules import is_word_character

MAX_CHARACTERS = 4_000
MAX_TOKENS = 1_200
MAX_DEPTH = 30
MAX_CONNECTIVES = 100
MAX_NAME = 100
MAX_TEXT = 200

_T = TokenType
_WORDS = frozenset({_T.VAR, _T.DATE, _T.TIME, _T.TEXT})  # names, though some are also type names
_OPERATORS = frozenset({_T.EQ, _T.NEQ, _T.LT, _T.LTE, _T.GT, _T.GTE})
_CONNECTIVES = frozenset({_T.AND, _T.OR, _T.NOT})
_ALLOWED = (
    _WORDS
    | _OPERATORS
    | _CONNECTIVES
    | {_T.SELECT, _T.FROM, _T.WHERE, _T.GROUP_BY, _T.ORDER_BY, _T.LIMIT, _T.ALIAS}
    | {_T.BETWEEN, _T.IN, _T.IS, _T.NULL, _T.LIKE, _T.TRUE, _T.FALSE, _T.DISTINCT}
    | {_T.ASC, _T.DESC, _T.COMMA, _T.L_PAREN, _T.R_PAREN, _T.STAR, _T.DASH, _T.SEMICOLON}
    | {_T.STRING, _T.NUMBER, _T.IDENTIFIER}
)
_BEFORE_SIGN = _OPERATORS | _CONNECTIVES | {_T.L_PAREN, _T.COMMA, _T.WHERE, _T.BETWEEN}
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,9})?", re.ASCII)
_BLANKS = frozenset(" \t\r\n")
_FUNCTIONS = frozenset(function.value for function in Function)
_EXTREMES = frozenset({"MIN", "MAX", "MEDIAN", "QUANTILE", "MODE", "PERCENTILE_CONT"})


def _named(reason: Reason, words: str) -> dict[str, Reason]:
    return dict.fromkeys(words.split(), reason)


_REFUSED_WORDS = {
    **_named(Reason.JOIN, "JOIN INNER LEFT RIGHT FULL CROSS NATURAL USING ON LATERAL SEMI ANTI"),
    **_named(Reason.SET_OPERATION, "UNION INTERSECT EXCEPT"),
    **_named(Reason.WITH, "WITH RECURSIVE"),
    **_named(Reason.WINDOW, "OVER PARTITION WINDOW QUALIFY"),
    **_named(Reason.CASE, "CASE WHEN THEN ELSE END IF"),
    **_named(Reason.SUBQUERY, "EXISTS ANY ALL SOME"),
    **_named(Reason.LIKE_ONLY, "ILIKE SIMILAR GLOB REGEXP RLIKE"),
    **_named(Reason.NOT_SELECT, "INSERT UPDATE DELETE CREATE DROP ALTER ATTACH COPY INSTALL LOAD"),
    **_named(Reason.NOT_SELECT, "PRAGMA SET CALL EXPORT IMPORT DESCRIBE SHOW EXPLAIN TRUNCATE"),
    "HAVING": Reason.HAVING,
    "FILTER": Reason.FILTER,
    "OFFSET": Reason.OFFSET,
    "FETCH": Reason.OFFSET,
    ".": Reason.QUALIFIED,
    "::": Reason.CAST,
    **_named(Reason.PARAMETER, "? $ : @ { }"),
    **_named(Reason.ARITHMETIC, "+ / % || ^ & | ~ << >> // **"),
}


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, each of them permitted where it stands.

    Raises: QuestionRefused.
    """
    _guard_characters(text)
    tokens = _split(text)
    _guard_gaps(text, tokens)
    for place in range(len(tokens)):
        around = _Around(text, tokens, place)
        if reason := _token_reason(around):
            raise refuse(reason, around.span)
    _guard_depth(text, tokens)
    return tokens


def _guard_characters(text: str) -> None:
    if not text.strip():
        raise refuse(Reason.EMPTY, Span(0, len(text)))
    if len(text) > MAX_CHARACTERS:
        raise refuse(Reason.TOO_LONG, Span(MAX_CHARACTERS, len(text)))
    for place, character in enumerate(text):
        if not character.isprintable() and character not in _BLANKS and not character.isspace():
            raise refuse(Reason.CONTROL, Span(place, place + 1))


def _split(text: str) -> list[Token]:
    try:
        tokens: list[Token] = DuckDB().tokenize(text)
    except TokenError:
        quote = max(text.rfind("'"), text.rfind('"'), 0)
        raise refuse(Reason.UNFINISHED, Span(quote, len(text))) from None
    if len(tokens) > MAX_TOKENS:
        raise refuse(Reason.TOO_MANY_PARTS, Span(tokens[MAX_TOKENS].start, len(text)))
    return tokens


def _guard_depth(text: str, tokens: Sequence[Token]) -> None:
    depth = deepest = 0
    for token in tokens:
        depth += (token.token_type is _T.L_PAREN) - (token.token_type is _T.R_PAREN)
        deepest = max(deepest, depth)
    connectives = [token for token in tokens if token.token_type in _CONNECTIVES]
    negations = [token for token in connectives if token.token_type is _T.NOT]
    if deepest + len(negations) > MAX_DEPTH:
        raise refuse(Reason.TOO_DEEP, Span(0, len(text)))
    if len(connectives) > MAX_CONNECTIVES:
        raise refuse(Reason.TOO_MANY_PARTS, Span(connectives[MAX_CONNECTIVES].start, len(text)))


def _guard_gaps(text: str, tokens: Sequence[Token]) -> None:
    """Between two tokens stand blanks and nothing else: no comment, no exotic space."""
    at = 0
    for start, end in [*((t.start, t.end + 1) for t in tokens), (len(text), len(text))]:
        gap = text[at:start]
        if strange := [place for place, c in enumerate(gap) if c not in _BLANKS]:
            is_comment = gap.lstrip().startswith(("--", "/*", "#"))
            reason = Reason.COMMENT if is_comment else Reason.LOOK_ALIKE
            raise refuse(reason, Span(at + strange[0], start))
        at = end


class _Around:
    """A token with its neighbours."""

    def __init__(self, text: str, tokens: Sequence[Token], place: int) -> None:
        self.token = tokens[place]
        self.kind = self.token.token_type
        self.span = Span(self.token.start, self.token.end + 1)
        self.written = text[self.span.start : self.span.end]
        self.before = [t.token_type for t in tokens[max(0, place - 2) : place]][::-1]
        self.after = tokens[place + 1].token_type if place + 1 < len(tokens) else None
        self.function = tokens[place - 2].text.upper() if place >= 2 else ""  # of "COUNT ( *"

    @property
    def previous(self) -> TokenType | None:
        return self.before[0] if self.before else None


def _token_reason(around: _Around) -> Reason | None:
    """Why this token may not stand here, if it may not."""
    if around.previous is None and around.kind is not _T.SELECT:
        return _REFUSED_WORDS.get(around.written.upper(), Reason.NOT_SELECT)
    if around.kind not in _ALLOWED:
        return _REFUSED_WORDS.get(around.written.upper(), _strange(around.written))
    special = _SPECIAL.get(around.kind)
    return special(around) if special else None


def _strange(written: str) -> Reason:
    if written[:1].isdigit():
        return Reason.BAD_NUMBER
    if all(is_word_character(c) for c in written):
        return Reason.NAME_QUOTING
    return Reason.UNSUPPORTED if written.isascii() else Reason.LOOK_ALIKE


def _word_reason(around: _Around) -> Reason | None:
    word = around.written
    if not all(is_word_character(c) for c in word):
        return Reason.LOOK_ALIKE
    if around.after is _T.L_PAREN and word.upper() not in _FUNCTIONS:
        return Reason.EXTREME if word.upper() in _EXTREMES else Reason.FUNCTION
    return Reason.LONG_TEXT if len(word) > MAX_NAME else None


def _quoted_reason(around: _Around) -> Reason | None:
    if around.after is _T.L_PAREN:
        return Reason.FUNCTION
    if not around.written.startswith('"') or not around.written.isprintable():
        return Reason.LOOK_ALIKE
    return Reason.LONG_TEXT if len(around.written) > MAX_NAME + 2 else None


def _text_reason(around: _Around) -> Reason | None:
    if not (around.written.startswith("'") and around.written.endswith("'")):
        return Reason.UNSUPPORTED
    if not around.token.text.isprintable():
        return Reason.CONTROL
    return Reason.LONG_TEXT if len(around.token.text) > MAX_TEXT else None


def _number_reason(around: _Around) -> Reason | None:
    return None if _NUMBER.fullmatch(around.written) else Reason.BAD_NUMBER


def _star_reason(around: _Around) -> Reason | None:
    if around.previous is _T.L_PAREN and around.function == Function.COUNT:
        return None
    multiplies = around.previous in {*_WORDS, _T.IDENTIFIER, _T.NUMBER, _T.R_PAREN}
    return Reason.ARITHMETIC if multiplies else Reason.STAR


def _sign_reason(around: _Around) -> Reason | None:
    is_sign = around.previous in _BEFORE_SIGN and around.after is _T.NUMBER
    return None if is_sign else Reason.ARITHMETIC


def _select_reason(around: _Around) -> Reason | None:
    if around.previous is None:
        return None
    return Reason.SEVERAL if around.previous is _T.SEMICOLON else Reason.SUBQUERY


def _semicolon_reason(around: _Around) -> Reason | None:
    return None if around.after is None else Reason.SEVERAL


_SPECIAL: dict[TokenType, Callable[[_Around], Reason | None]] = {
    **dict.fromkeys(_WORDS, _word_reason),
    _T.IDENTIFIER: _quoted_reason,
    _T.STRING: _text_reason,
    _T.NUMBER: _number_reason,
    _T.STAR: _star_reason,
    _T.DASH: _sign_reason,
    _T.SELECT: _select_reason,
    _T.SEMICOLON: _semicolon_reason,
}
