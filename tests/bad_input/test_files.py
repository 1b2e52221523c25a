"""A file that cannot be taken: its page says why and what to do, and the last version stands."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import xlsxwriter
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel.objects import ObjectStore
from market.datasets import reads, spreadsheets, storage, tasks
from market.datasets.models import Dataset
from market.datasets.rules import VersionState
from tests.bad_input.words import text_of
from tests.factories.data import GOOD_CSV

SMALL_LIMIT = 5_000_000


def wide() -> bytes:
    names = ["code", "name", "score", *(f"c{number}" for number in range(298))]
    return f"{','.join(names)}\n{',' * (len(names) - 1)}\n".encode()


def formulas() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["code", "name", "score"])
        sheet.write_row(1, 0, ["001", "第一食堂"])
        sheet.write_formula("C2", "=90+5", None, 95)
    return buffer.getvalue()


def bomb() -> bytes:
    """A small workbook that unpacks beyond the limit that its test sets."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/styles.xml", b" " * (SMALL_LIMIT + 1))
    return buffer.getvalue()


@dataclass(frozen=True)
class Bad:
    """A bad file, and the words of its page in both languages."""

    data: Callable[[], bytes]
    chinese: str
    english: str


BAD_FILES = {
    "wrong-encoding": Bad(
        lambda: "code,name,score\n1,第一食堂,5\n".encode("gb18030"),
        "第 2 行不能按 UTF-8 读。请改选编码，或另存为 UTF-8 后重新交付。",
        "Line 2 cannot be read as UTF-8. Choose another encoding, or save it as UTF-8",
    ),
    "ragged-rows": Bad(
        lambda: b"code,name,score\n1,a,5\n2,b\n",
        "有 1 行的列数与表头（3 列）不同，见下列位置。请检查分隔符和引号。",
        "1 lines have another number of columns than the header (3); see the places below.",
    ),
    "open-quote": Bad(
        lambda: b'code,name,score\n1,"a,5\n2,b,6\n',
        "有 1 行不能拆成字段（引号未配对或行过长），见下列位置。请更正后重新交付。",
        "1 lines cannot be split into columns (unmatched quote, or too long)",
    ),
    "no-rows": Bad(
        lambda: b"code,name,score\n",
        "文件里没有数据行。请检查导出结果后重新交付。",
        "The file has no rows. Check the export and deliver it again.",
    ),
    "too-many-columns": Bad(
        wide,
        "文件有 301 列，最多 300 列。请按主题拆分成几个数据集。",
        "The file has 301 columns; at most 300 are accepted. Split it by subject",
    ),
    "wrong-types": Bad(
        lambda: b"code,name,score\n1,a,many\n",
        "有 1 个值与字典声明的类型不符，见下列位置。"
        "请更正后重新交付；字典写错的，请数据局经办人在数据集页“更正字典”；已有入库版本而结构不同的，请另行登记。",
        "1 values do not fit the declared types; see the places below.",
    ),
    "zip-bomb": Bad(
        bomb,
        "工作簿解压后超过 5,000,000 字节，未打开。请改用 CSV 或 Parquet 交付。",
        "Unpacked, the workbook is larger than 5,000,000 bytes; it was not opened.",
    ),
    "formula-cells": Bad(
        formulas,
        "单元格 C2 是公式。请把公式粘贴为数值后重新交付。",
        "Cells C2 are formulas. Paste them as values and deliver again.",
    ),
    "broken-workbook": Bad(
        lambda: formulas()[:-400],
        "文件已损坏或不完整，打不开。请重新导出并交付。",
        "The file is broken or incomplete and cannot be opened. Export and deliver it again.",
    ),
}


def load(client: FlaskClient, dataset: Dataset, data: bytes) -> str:
    """Deliver on the page, confirm the reading as UTF-8 where it is asked, and load."""
    form = {"file": (io.BytesIO(data), "数据")}
    place = client.post(f"/datasets/{dataset.id}/deliver", data=form).location
    client.post(f"{place}/reading", data={"encoding": "utf-8", "delimiter": ","})
    tasks.load_version(place.rpartition("/")[2])
    return str(place)


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_given_back_in_words_and_the_last_version_stands(
    client: FlaskClient,
    session: Session,
    store: ObjectStore,
    dataset: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
) -> None:
    monkeypatch.setattr(spreadsheets, "UNPACKED_LIMIT_BYTES", SMALL_LIMIT)
    bad = BAD_FILES[case]
    data = bad.data()
    load(client, dataset, GOOD_CSV)

    place = load(client, dataset, data)

    page = text_of(client.get(place))
    assert bad.chinese in page
    assert f'href="/datasets/{dataset.id}/deliver"' in page
    assert bad.english in text_of(client.get(f"{place}?lang=en"))
    session.expire_all()
    newest, good = reads.list_versions(session, dataset.id)
    assert (newest.state, good.state) == (VersionState.REFUSED, VersionState.READY)
    assert reads.latest_version(session, dataset.id) == good
    assert store.read(storage.source_key(newest.id)) == data
    with storage.open_version(good) as kept:
        assert kept.stat().st_size > 0
