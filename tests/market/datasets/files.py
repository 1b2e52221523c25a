"""Files and their loading, said in one line."""

import io
import zipfile
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from market.datasets.encodings import FileKind
from market.datasets.files import FileProblem, FileRefused
from market.datasets.ingest import Dictionary, Loaded, Reading, Workshop, load_file
from market.datasets.rules import ColumnSpec, TypeCode

CSV = Reading(FileKind.CSV)


XLSX = Reading(FileKind.XLSX)


PARQUET = Reading(FileKind.PARQUET)


CODE = ColumnSpec("code", "代码", TypeCode.TEXT)


COUNT = ColumnSpec("count", "数量", TypeCode.INTEGER)


class Loader:
    """Writes bytes to a file and loads it."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop

    def __call__(self, data: bytes, *columns: ColumnSpec, reading=CSV, marks=()) -> Loaded:
        source = self.workshop.folder.parent / "delivered"
        source.write_bytes(data)
        return load_file(source, reading, Dictionary(columns, marks), self.workshop)

    def rows(self, data: bytes, *columns: ColumnSpec, reading=CSV, marks=()) -> list[tuple]:
        loaded = self(data, *columns, reading=reading, marks=marks)
        with duckdb.connect() as connection:
            return connection.read_parquet(str(loaded.parquet)).fetchall()

    def problem(self, data: bytes, *columns: ColumnSpec, reading=CSV) -> FileProblem:
        with pytest.raises(FileRefused) as refused:
            self(data, *columns, reading=reading)
        return refused.value.problem


def workbook(*rows: list, formulas: dict[str, str] | None = None, sheets: int = 1) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for _ in range(sheets):
            sheet = book.add_worksheet()
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(r, c, value, day)
                    elif isinstance(value, str):
                        sheet.write_string(r, c, value)
                    else:
                        sheet.write(r, c, value)
            for cell, formula in (formulas or {}).items():
                sheet.write_formula(cell, formula, None, 3)
    return buffer.getvalue()


def parquet(**columns: pa.Array) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


# ---- declared types win ----


def repacked(data: bytes, name: str, content: bytes) -> bytes:
    """The workbook with one member replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.infolist():
            new.writestr(member.filename, content if member.filename == name else old.read(member))
    return buffer.getvalue()
