"""Is a workbook read by its declared types, and opened only when it is safe?"""

import io
import struct
import zipfile
from datetime import date

import pytest

from market.datasets import spreadsheets
from market.datasets.files import FileFault
from market.datasets.rules import ColumnSpec, TypeCode
from tests.market.datasets.files import (
    CODE,
    COUNT,
    XLSX,
    repacked,
    workbook,
)


def test_a_workbook_is_read_by_declared_types(load):
    day = ColumnSpec("day", "日期", TypeCode.DATE)
    data = workbook(["code", "count", "day"], ["007", 1, date(2026, 1, 5)], [12, 2.0, None])

    rows = load.rows(data, CODE, COUNT, day, reading=XLSX)

    assert rows == [("007", 1, date(2026, 1, 5)), ("12", 2, None)]


def test_formula_cells_are_refused_by_name(load):
    data = workbook(["code", "count"], ["a", 1], formulas={"B3": "=1+2", "D5": "=B2"})

    problem = load.problem(data, CODE, COUNT, reading=XLSX)

    assert problem.fault is FileFault.FORMULAS
    assert problem.facts == {"cells": ["B3", "D5"]}


def test_formulas_are_named_once_wherever_the_chunks_are_cut(load, monkeypatch):
    rows = [[f"code {n}", n] for n in range(300)]
    data = workbook(["code", "count"], *rows, formulas={f"C{n}": "=1" for n in range(2, 12)})
    monkeypatch.setattr(spreadsheets, "CHUNK", 97)
    monkeypatch.setattr(spreadsheets, "OVERLAP", 60)

    problem = load.problem(data, CODE, COUNT, reading=XLSX)

    assert problem.facts == {"cells": [f"C{n}" for n in range(2, 12)]}


def test_a_workbook_with_two_filled_sheets_is_refused(load):
    problem = load.problem(workbook(["code"], ["a"], sheets=2), CODE, reading=XLSX)

    assert problem.fault is FileFault.MANY_SHEETS
    assert problem.facts == {"sheets": ["Sheet1", "Sheet2"]}


def test_an_empty_workbook_is_refused(load):
    assert load.problem(workbook(), CODE, reading=XLSX).fault is FileFault.EMPTY


@pytest.mark.parametrize("data", [b"PK\x03\x04 not a zip", workbook(["code"], ["a"])[:-400]])
def test_a_broken_workbook_is_refused(load, data):
    assert load.problem(data, CODE, reading=XLSX).fault is FileFault.BROKEN


def test_a_zip_bomb_is_refused_before_it_is_parsed(load, monkeypatch):
    monkeypatch.setattr(spreadsheets, "UNPACKED_LIMIT_BYTES", 5_000_000)
    bomb = repacked(workbook(["code"], ["a"]), "xl/styles.xml", b" " * 6_000_000)

    problem = load.problem(bomb, CODE, reading=XLSX)

    assert len(bomb) < 50_000
    assert problem.fault is FileFault.ZIP_BOMB


def test_a_zip_bomb_that_lies_about_its_size_is_refused_too(load, monkeypatch):
    monkeypatch.setattr(spreadsheets, "UNPACKED_LIMIT_BYTES", 5_000_000)
    true_size = 6_000_000
    bomb = repacked(workbook(["code"], ["a"]), "xl/styles.xml", b" " * true_size)
    lying = bomb.replace(struct.pack("<L", true_size), struct.pack("<L", 100))

    assert lying != bomb
    assert load.problem(lying, CODE, reading=XLSX).fault is FileFault.ZIP_BOMB


def test_a_few_cells_far_apart_do_not_fill_the_memory(load):
    far = workbook(["code"], ["a"])
    with zipfile.ZipFile(io.BytesIO(far)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    spread = sheet.replace(b'r="A2"', b'r="KN1048576"')

    problem = load.problem(repacked(far, "xl/worksheets/sheet1.xml", spread), CODE, reading=XLSX)

    assert problem.fault is FileFault.SHEET_TOO_LARGE


def test_a_sheet_in_an_unusual_place_is_searched_for_formulas(load):
    data = workbook(["code"], ["a"], formulas={"B2": "=1"})
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for member in old.infolist():
            content = old.read(member).replace(b"worksheets/sheet1.xml", b"elsewhere/one.xml")
            name = member.filename.replace("worksheets/sheet1.xml", "elsewhere/one.xml")
            new.writestr(name, content)

    assert load.problem(buffer.getvalue(), CODE, reading=XLSX).fault is FileFault.FORMULAS


# ---- parquet ----
