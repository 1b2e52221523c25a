"""In which encoding and with which delimiter is this text file written?

Runs in the web process while an upload streams by: pure Python, constant memory. A guess is
always shown with the first rows before anything is loaded, and asked about when it is unsure.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kernel.i18n import N_, Labelled

HEAD_BYTES = 256 * 1024
DELIMITERS = (",", "\t", ";", "|")
# Of Chinese characters in running text, far more than this share is of the first level of
# GB 2312 (3,755 common ones). Big5 read as GB18030 yields mostly rare characters.
COMMON_SHARE = 0.7
FIRST_LEVEL = range(0xB0, 0xD8)
PREVIEW_ROWS = 10


class FileKind(Labelled):
    """What a delivered file is, by its first bytes and not by its name."""

    CSV = "csv", N_("CSV 文本")
    XLSX = "xlsx", N_("Excel 工作簿（XLSX）")
    PARQUET = "parquet", N_("Parquet")


class Encoding(Labelled):
    """Encodings of text files that can be read."""

    UTF_8 = "utf-8", "UTF-8"
    GB18030 = "gb18030", N_("GB18030（含 GBK、GB2312）")
    UTF_16 = "utf-16", "UTF-16"
    BIG5 = "big5", N_("Big5（繁体）")


@dataclass(frozen=True)
class Guess:
    """What the bytes allow. encoding: the likeliest, None where nothing fits."""

    encoding: Encoding | None
    is_sure: bool


@dataclass(frozen=True)
class Preview:
    """The first rows as they would be read. has_damage: some bytes do not fit the encoding."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    has_damage: bool


def file_kind(head: bytes) -> FileKind | None:
    """The kind of a file by its first bytes; None for one that cannot be read."""
    if head.startswith(b"PAR1"):
        return FileKind.PARQUET
    if head.startswith(b"PK\x03\x04"):
        return FileKind.XLSX
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return FileKind.CSV
    has_binary = b"\x00" in head or head.startswith((b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF"))
    return None if has_binary else FileKind.CSV


class EncodingProbe:
    """Watches a whole file pass by in chunks and says what it can be."""

    def __init__(self) -> None:
        self._decoders = {
            encoding: codecs.getincrementaldecoder(encoding.value)("strict")
            for encoding in (Encoding.UTF_8, Encoding.GB18030, Encoding.BIG5)
        }
        self._head = b""
        self._is_ascii = True

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; an encoding that they contradict is ruled out for good."""
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        if self._is_ascii and chunk.isascii():
            return
        self._is_ascii = False
        self._rule_out(lambda decoder: decoder.decode(chunk))

    def guess(self) -> Guess:
        """The verdict, once everything has passed."""
        self._rule_out(lambda decoder: decoder.decode(b"", final=True))
        if self._head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return Guess(Encoding.UTF_16, is_sure=True)
        if Encoding.UTF_8 in self._decoders:
            return Guess(Encoding.UTF_8, is_sure=True)
        if Encoding.GB18030 in self._decoders:
            return Guess(Encoding.GB18030, is_sure=_looks_chinese(self._head))
        if Encoding.BIG5 in self._decoders:
            return Guess(Encoding.BIG5, is_sure=False)
        return Guess(None, is_sure=False)

    @property
    def head(self) -> bytes:
        """The first bytes of the file, for the preview."""
        return self._head

    def _rule_out(self, decode: Callable[[codecs.IncrementalDecoder], str]) -> None:
        for encoding, decoder in list(self._decoders.items()):
            try:
                decode(decoder)
            except UnicodeDecodeError:
                del self._decoders[encoding]


def _looks_chinese(head: bytes) -> bool:
    """Whether text read as GB18030 consists mostly of common simplified characters."""
    text = head.decode(Encoding.GB18030.value, errors="ignore")
    foreign = [character for character in text if not character.isascii()]
    if not foreign:
        return False
    common = 0
    for character in foreign:
        pair = character.encode("gb2312", errors="ignore")
        common += len(pair) == 2 and (pair[0] in FIRST_LEVEL or pair[0] <= 0xA9)
    return common / len(foreign) >= COMMON_SHARE


def decoded_head(head: bytes, encoding: Encoding) -> tuple[str, bool]:
    """The first bytes as text, and whether some of them do not fit the encoding."""
    decoder = codecs.getincrementaldecoder(encoding.value)("strict")
    try:
        text, is_damaged = decoder.decode(head), False  # a character cut at the end is no damage
    except UnicodeDecodeError:
        text, is_damaged = head.decode(encoding.value, errors="replace"), True
    return text.removeprefix("\ufeff"), is_damaged


def preview(head: bytes, encoding: Encoding, delimiter: str) -> Preview:
    """Header and first rows of a text file under one reading."""
    text, is_damaged = decoded_head(head, encoding)
    if len(head) >= HEAD_BYTES:
        text = text[: text.rfind("\n") + 1] or text  # the last line may be cut
    rows = list(_first_rows(text, delimiter, PREVIEW_ROWS + 1))
    header, body = (rows[0], rows[1:]) if rows else ((), [])
    return Preview(header, tuple(body), is_damaged)


def _first_rows(text: str, delimiter: str, limit: int) -> Iterable[tuple[str, ...]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row, _ in zip(reader, range(limit), strict=False):
            yield tuple(row)
    except csv.Error:
        return  # a field beyond the reader's limit: what was readable is shown


def guess_delimiter(head: bytes, encoding: Encoding, declared: Sequence[str]) -> str:
    """The delimiter under which the header matches most declared names; a comma if none does."""
    wanted = set(declared)

    def matches(delimiter: str) -> tuple[int, int]:
        header = preview(head, encoding, delimiter).header
        return len(wanted.intersection(header)), len(header)

    return max(DELIMITERS, key=matches)
