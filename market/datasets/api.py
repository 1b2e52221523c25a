"""How do machines register data sets, deliver files and read what data there is?"""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kernel import settings
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from kernel.web.submissions import claim_once
from market.datasets import actions, corrections, reads, storage
from market.datasets.encodings import Encoding, guess_delimiter, preview
from market.datasets.schemas import (
    ColumnOut,
    DatasetDraft,
    DatasetFilter,
    DatasetList,
    DatasetOut,
    DeliveryQuery,
    DictionaryCorrection,
    PreviewOut,
    ReadingChoice,
    ReadingQuery,
    Reclassification,
    VersionList,
    VersionOut,
)

bp = Blueprint("datasets_api", __name__, url_prefix="/api/datasets")


@bp.get("")
@documented(gives=DatasetList, query=DatasetFilter, tag="datasets")
def index() -> ResponseReturnValue:
    """Data sets, newest first."""
    wanted = parse_query(DatasetFilter)
    with transaction() as session:
        page = reads.list_datasets(
            session,
            current_actor(),
            words=wanted.words,
            only_ours=wanted.only_ours,
            cursor=wanted.cursor,
        )
        items = tuple(DatasetOut.of(dataset) for dataset in page.items)
    return DatasetList(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("")
@documented(takes=DatasetDraft, gives=DatasetOut, status=201, tag="datasets")
def register() -> ResponseReturnValue:
    """Register a data set with its declared dictionary and classification."""
    draft, actor = parse_json(DatasetDraft), current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        dataset = actions.register_dataset(session, actor, draft)
        return DatasetOut.of(dataset).model_dump(mode="json"), 201


@bp.get("/<dataset_id>")
@documented(gives=DatasetOut, tag="datasets")
def show(dataset_id: str) -> ResponseReturnValue:
    """One data set with its dictionary."""
    with transaction() as session:
        dataset = reads.get_dataset(session, current_actor(), dataset_id)
        return DatasetOut.of(dataset).model_dump(mode="json")


@bp.put("/<dataset_id>/dictionary")
@documented(takes=DictionaryCorrection, gives=DatasetOut, tag="datasets")
def correct(dataset_id: str) -> ResponseReturnValue:
    """Put a wrong dictionary right: wholly before the first version, later its meaning only."""
    correction = parse_json(DictionaryCorrection)
    with transaction() as session:
        dataset = corrections.correct_dictionary(session, current_actor(), dataset_id, correction)
        return DatasetOut.of(dataset).model_dump(mode="json")


@bp.put("/<dataset_id>/columns/<name>/sensitivity")
@documented(takes=Reclassification, gives=ColumnOut, tag="datasets")
def reclassify(dataset_id: str, name: str) -> ResponseReturnValue:
    """Change how sensitive a column is, with a reason."""
    change = parse_json(Reclassification)
    with transaction() as session:
        column = corrections.reclassify_column(session, current_actor(), dataset_id, name, change)
        return ColumnOut.of(column).model_dump(mode="json")


@bp.get("/<dataset_id>/versions")
@documented(gives=VersionList, tag="datasets")
def versions(dataset_id: str) -> ResponseReturnValue:
    """All versions, newest first, refused deliveries too."""
    with transaction() as session:
        dataset = reads.get_dataset(session, current_actor(), dataset_id)
        found = reads.list_versions(session, dataset.id)
        items = tuple(VersionOut.of(version) for version in found)
    return VersionList(items=items).model_dump(mode="json")


@bp.post("/<dataset_id>/versions")
@documented(query=DeliveryQuery, gives=VersionOut, status=202, tag="datasets")
def deliver(dataset_id: str) -> ResponseReturnValue:
    """Deliver a file: the body is its bytes, with Content-Length and Content-Digest if known.

    With an encoding (or for XLSX and Parquet) it is queued for loading; a text file without one
    waits for POST …/reading.
    """
    asked, actor = parse_query(DeliveryQuery), current_actor()
    request.max_content_length = None  # the limit below says what to do, and is checked first
    announced = storage.Announced(
        bytes=request.content_length,
        sha256=storage.announced_sha256(request.headers.get("Content-Digest", "")),
    )
    with transaction() as session:
        actions.require_deliverable(session, actor, dataset_id)
    limit = settings.in_use().upload_limit_bytes
    with (
        storage.received(_Body(), asked.name, announced, limit=limit) as upload,
        transaction() as session,
    ):
        claim_once(session, actor.id)
        version = actions.deliver(session, actor, dataset_id, upload, asked.note())
        return VersionOut.of(version).model_dump(mode="json"), 202


@bp.get("/<dataset_id>/versions/<version_id>")
@documented(gives=VersionOut, tag="datasets")
def version(dataset_id: str, version_id: str) -> ResponseReturnValue:
    """One version, its progress, and for its keeper the report of a refused file."""
    actor = current_actor()
    with transaction() as session:
        dataset, found = reads.get_version_of(session, actor, dataset_id, version_id)
        report = reads.problem_report(found) if reads.may_keep(actor, dataset) else None
        return VersionOut.of(found, report).model_dump(mode="json")


@bp.get("/<dataset_id>/versions/<version_id>/preview")
@documented(gives=PreviewOut, query=ReadingQuery, tag="datasets")
def show_preview(dataset_id: str, version_id: str) -> ResponseReturnValue:
    """The first rows of a delivered text file, as they would be read."""
    asked = parse_query(ReadingQuery)
    with transaction() as session:
        dataset, found = reads.get_kept_version(session, current_actor(), dataset_id, version_id)
        declared = [column.name for column in dataset.columns]
    head = storage.head_of(found)
    encoding = asked.encoding or Encoding(found.encoding or Encoding.UTF_8)
    delimiter = asked.delimiter or guess_delimiter(head, encoding, declared)
    shown = preview(head, encoding, delimiter)
    return PreviewOut(
        encoding=encoding,
        is_encoding_sure=found.is_encoding_sure,
        delimiter=delimiter,
        header=shown.header,
        rows=shown.rows,
        has_damage=shown.has_damage,
    ).model_dump(mode="json")


@bp.post("/<dataset_id>/versions/<version_id>/reading")
@documented(takes=ReadingChoice, gives=VersionOut, status=202, tag="datasets")
def confirm(dataset_id: str, version_id: str) -> ResponseReturnValue:
    """Settle how a delivered text file is read, and have it loaded."""
    choice = parse_json(ReadingChoice)
    with transaction() as session:
        actor = current_actor()
        reads.get_version_of(session, actor, dataset_id, version_id)
        found = actions.confirm_reading(session, actor, version_id, choice)
        return VersionOut.of(found).model_dump(mode="json"), 202


class _Body:
    """The request's body, opened only when it is read: a refused size leaves it untouched."""

    def read(self, size: int = -1) -> bytes:
        return request.stream.read(size)
