"""An upload that cannot be taken: refused in words, and nothing half-taken stays behind."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder, TestResponse

from market.accounts.pages import SESSION_COOKIE
from market.datasets import reads
from market.datasets.models import Dataset
from tests.bad_input.words import both_languages, kept_files, text_of
from tests.factories.data import GOOD_CSV
from tests.factories.market import sign_in_as

TOO_LARGE = "2000100000"


def address(dataset: Dataset, edge: str, language: str) -> str:
    place = f"/datasets/{dataset.id}/deliver" if edge == "page" else api(dataset)
    return f"{place}?lang={language}"


def api(dataset: Dataset) -> str:
    return f"/api/datasets/{dataset.id}/versions"


def form_of(data: bytes, **fields: str) -> dict[str, Any]:
    return {**fields, "file": (io.BytesIO(data), "数据.csv")}


def deliver(
    client: FlaskClient, dataset: Dataset, data: bytes, language: str = "zh", **fields: str
) -> TestResponse:
    return client.post(address(dataset, "page", language), data=form_of(data, **fields))


class Untouched(io.RawIOBase):
    """A body of which nobody may read a byte."""

    def read(self, _size: int = -1) -> bytes:
        raise AssertionError("the upload was read")


@pytest.mark.parametrize("edge", ["page", "api"])
@both_languages(
    "文件须小于 2,000,000,000 字节。请按时间或地区拆分后分批交付。",
    "A file must be smaller than 2,000,000,000 bytes. Split it by time or region",
)
def test_two_gigabytes_are_refused_by_their_size_before_a_byte_is_read(
    client: FlaskClient, session: Session, dataset: Dataset, edge: str, language: str, words: str
) -> None:
    answer = client.post(
        address(dataset, edge, language),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": TOO_LARGE, "wsgi.input": Untouched()},
    )

    assert answer.status_code == 429
    assert words in text_of(answer)
    assert reads.list_versions(session, dataset.id) == []


def test_the_form_itself_says_so_before_a_large_file_is_sent(
    client: FlaskClient, dataset: Dataset
) -> None:
    page = text_of(client.get(address(dataset, "page", "zh")))

    assert 'data-limit="2000000000" data-too-large="文件须小于 2,000,000,000 字节。' in page


@pytest.mark.parametrize("edge", ["page", "api"])
@both_languages(
    "请求不完整，可能在传输中断开。请重试。",
    "The request is incomplete; it may have been cut on the way. Try again.",
)
def test_an_upload_cut_in_the_middle_leaves_nothing_half_taken(
    client: FlaskClient,
    session: Session,
    dataset: Dataset,
    edge: str,
    language: str,
    words: str,
) -> None:
    sent = EnvironBuilder(method="POST", data=form_of(GOOD_CSV * 100)).get_environ()
    whole = sent["wsgi.input"].read()

    answer = client.post(
        address(dataset, edge, language),
        input_stream=io.BytesIO(whole[: len(whole) // 2]),
        content_type=sent["CONTENT_TYPE"],
        environ_overrides={"CONTENT_LENGTH": str(len(whole))},
    )

    assert answer.status_code == 400
    assert words in text_of(answer)
    assert reads.list_versions(session, dataset.id) == []
    assert kept_files() == []
    assert deliver(client, dataset, GOOD_CSV).status_code == 303


@both_languages(
    "文件是空的（0 字节）。请检查导出结果后重新上传。",
    "The file is empty (0 bytes). Check the export and upload again.",
)
def test_an_empty_upload_keeps_what_was_typed(
    client: FlaskClient, dataset: Dataset, language: str, words: str
) -> None:
    answer = deliver(client, dataset, b"", language, declared_rows="7")

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert 'value="7"' in answer.text
    assert kept_files() == []


@both_languages(
    "只接收 CSV、XLSX 和 Parquet 文件。旧版 XLS 请另存为 XLSX，压缩包请先解压。",
    "Only CSV, XLSX and Parquet are accepted. Save old XLS as XLSX; unpack archives first.",
)
def test_a_file_of_another_kind_keeps_what_was_typed(
    client: FlaskClient, dataset: Dataset, language: str, words: str
) -> None:
    answer = deliver(client, dataset, b"%PDF-1.7 ...", language, declared_rows="7")

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert 'value="7"' in answer.text
    assert kept_files() == []


@both_languages(
    "这个文件与第 1 版逐字节相同，没有重复入库。如数据已更新，请检查导出是否成功。",
    "This file is byte for byte version 1; it was not taken again.",
)
def test_a_duplicate_upload_names_the_version_that_stands(
    client: FlaskClient,
    session: Session,
    dataset: Dataset,
    language: str,
    words: str,
) -> None:
    deliver(client, dataset, GOOD_CSV)
    before = kept_files()

    answer = deliver(client, dataset, GOOD_CSV, language, declared_rows="7")

    assert answer.status_code == 409
    assert words in text_of(answer)
    assert 'value="7"' in answer.text
    assert [version.number for version in reads.list_versions(session, dataset.id)] == [1]
    assert kept_files() == before


@both_languages(
    "浏览器不保留已选的文件，请重新选择：数据.csv",
    "A browser does not keep chosen files. Choose again: 数据.csv",
)
def test_an_upload_after_the_sign_in_ended_keeps_its_text_and_asks_for_its_file(
    client: FlaskClient, session: Session, dataset: Dataset, language: str, words: str
) -> None:
    client.delete_cookie(SESSION_COOKIE)

    answer = deliver(client, dataset, GOOD_CSV, language, declared_rows="7")

    assert answer.status_code == 401
    page = text_of(answer)
    assert words in page
    assert '<textarea name="declared_rows" hidden>7</textarea>' in page
    assert 'enctype="multipart/form-data"' in page
    assert 'type="file" name="file" required' in page
    assert reads.list_versions(session, dataset.id) == []
    sign_in_as(client, "bureau_officer")
    assert deliver(client, dataset, GOOD_CSV, declared_rows="7").status_code == 303


@both_languages(
    "这次提交带的文件较大，没有接收。请先在新标签页登录，再用浏览器的“后退”回到表单重新提交。",
    "The file that came along is large and was not taken. Sign in in a new tab first",
)
def test_for_nobody_a_large_upload_is_not_even_read(
    client: FlaskClient, dataset: Dataset, language: str, words: str
) -> None:
    client.delete_cookie(SESSION_COOKIE)

    answer = client.post(
        address(dataset, "page", language),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": TOO_LARGE, "wsgi.input": Untouched()},
    )

    assert answer.status_code == 401
    assert words in text_of(answer)
