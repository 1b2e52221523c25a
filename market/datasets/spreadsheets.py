"""Is this workbook safe to open, and which rows does its sheet hold?

An XLSX file is a zip archive of XML. It is unpacked once, into nothing, to see how large it
really is; only then does a parser touch it. Worker only.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from market.datasets.files import FileFault, FileProblem, FileRefused
from market.datasets.rules import MOST_COLUMNS

MOST_MEMBERS = 5_000
UNPACKED_LIMIT_BYTES = 1_000_000_000
MOST_CELLS = 30_000_000
MOST_NAMED_CELLS = 20
QUOTING_PARTS = ("xl/charts/", "xl/drawings/", "xl/pivot", "xl/externalLinks/")
CHUNK = 1024 * 1024
OVERLAP = 4096
LOCAL_HEADER = struct.Struct("<4s22xHH")
CELL = re.compile(rb'<(?:\w+:)?c\s[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")

Cell = str | int | float | bool | date | datetime | time | timedelta


def check_workbook(path: Path) -> None:
    """Refuse a workbook that is broken, unpacks beyond the limits or computes its cells.

    Raises: FileRefused.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise FileRefused(FileProblem(FileFault.ZIP_BOMB, {"limit": UNPACKED_LIMIT_BYTES}))
            left = UNPACKED_LIMIT_BYTES
            for member in members:
                left -= _inspect_member(file, member, left)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError) as error:
        raise FileRefused(FileProblem(FileFault.BROKEN)) from error


def _inspect_member(file: IO[bytes], member: zipfile.ZipInfo, limit: int) -> int:
    """Unpack one member into nothing; returns its true size."""
    size = 0
    scan = _SheetScan() if _may_hold_cells(member.filename) else None
    for chunk in _unpacked(file, member):
        size += len(chunk)
        if size > limit:
            raise FileRefused(FileProblem(FileFault.ZIP_BOMB, {"limit": UNPACKED_LIMIT_BYTES}))
        if scan is not None:
            scan.feed(chunk)
    if scan is not None:
        scan.finish()
    return size


def _may_hold_cells(name: str) -> bool:
    """Sheets need not stand where programs usually put them; charts quote formulas harmlessly."""
    return name.startswith("xl/") and name.endswith(".xml") and not name.startswith(QUOTING_PARTS)


def _unpacked(file: IO[bytes], member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member, however many they are: the archive's own sizes are not believed."""
    file.seek(member.header_offset)
    signature, name_length, extra_length = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    if signature != b"PK\x03\x04" or member.flag_bits & 1:
        raise zipfile.BadZipFile(member.filename)
    file.seek(name_length + extra_length, 1)
    left = member.compress_size
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0 and (packed := file.read(min(CHUNK, left))):
        left -= len(packed)
        if member.compress_type == zipfile.ZIP_STORED:
            yield packed
            continue
        while packed:
            yield inflater.decompress(packed, CHUNK)
            packed = inflater.unconsumed_tail


class _SheetScan:
    """Reads a sheet's XML as bytes: which cell is the farthest, and which hold formulas?"""

    def __init__(self) -> None:
        self._tail = b""
        self._cell = ""
        self._columns = 0
        self._rows = 0
        self._formulas: list[str] = []

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes. What ended in the overlap was seen before.

        Raises: FileRefused for XML that is not in UTF-8, which this scan cannot read.
        """
        if b"\x00" in chunk:
            raise FileRefused(FileProblem(FileFault.BROKEN))
        text = self._tail + chunk
        for match in _in_order(text):
            if match.end() <= len(self._tail):
                continue
            if match.re is CELL:
                self._cell = match[1].decode() + match[2].decode()
                self._measure(match)
            elif len(self._formulas) < MOST_NAMED_CELLS:
                self._formulas.append(self._cell)
        self._tail = text[-OVERLAP:]

    def finish(self) -> None:
        """Raises: FileRefused for formulas or a sheet too large to hold."""
        if self._formulas:
            raise FileRefused(FileProblem(FileFault.FORMULAS, {"cells": self._formulas}))
        if self._columns > MOST_COLUMNS:
            raise FileRefused(
                FileProblem(
                    FileFault.TOO_MANY_COLUMNS, {"found": self._columns, "most": MOST_COLUMNS}
                )
            )
        if self._columns * self._rows > MOST_CELLS:
            raise FileRefused(FileProblem(FileFault.SHEET_TOO_LARGE, {"most": MOST_CELLS}))

    def _measure(self, match: re.Match[bytes]) -> None:
        column = 0
        for letter in match[1]:
            column = column * 26 + letter - ord("A") + 1
        self._columns = max(self._columns, column)
        self._rows = max(self._rows, int(match[2]))


def _in_order(text: bytes) -> Sequence[re.Match[bytes]]:
    formulas = list(FORMULA.finditer(text))
    cells = list(CELL.finditer(text))
    if not formulas:
        return cells
    return sorted([*cells, *formulas], key=lambda match: match.start())


def sheet_rows(path: Path) -> Iterator[list[str | None]]:
    """Rows of the one sheet with data, each cell as text; rows without any value are left out.

    Raises: FileRefused when several sheets hold data or none does.
    """
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheets = [
            workbook.get_sheet_by_name(meta.name)
            for meta in workbook.sheets_metadata
            if meta.visible is SheetVisibleEnum.Visible
        ]
        yield from _rows_of(_only_sheet([sheet for sheet in sheets if sheet.height]))
    except CalamineError as error:
        raise FileRefused(FileProblem(FileFault.BROKEN)) from error


def _only_sheet(filled: Sequence[CalamineSheet]) -> CalamineSheet:
    if not filled:
        raise FileRefused(FileProblem(FileFault.EMPTY))
    if len(filled) > 1:
        names = [sheet.name for sheet in filled]
        raise FileRefused(FileProblem(FileFault.MANY_SHEETS, {"sheets": names}))
    return filled[0]


def _rows_of(sheet: CalamineSheet) -> Iterator[list[str | None]]:
    for row in sheet.iter_rows():
        texts = [cell_text(cell) for cell in row]
        if any(text is not None for text in texts):
            yield texts


def cell_text(cell: Cell) -> str | None:
    """A cell as the text a person would write: 7.0 is "7", an empty cell is nothing."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            return cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell) or None
