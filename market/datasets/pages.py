"""Where does the bureau, or a department, look after its data? The data desk."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import jobs, settings
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, Labelled, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import parse_query
from kernel.web.problems import words
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once
from market.datasets import actions, corrections, reads, storage
from market.datasets.dictionaries import parse_dictionary, table_of, template
from market.datasets.encodings import DELIMITERS, Encoding, guess_delimiter, preview
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.rules import (
    DataLevel,
    Openness,
    PersonalData,
    Sensitivity,
    SharingAttribute,
    UpdateCycle,
    VersionState,
)
from market.datasets.schemas import (
    TAB,
    ColumnDraft,
    ColumnOut,
    CorrectionForm,
    DatasetFilter,
    DatasetForm,
    DeliveryNote,
    ReadingChoice,
    ReadingQuery,
    Reclassification,
)
from market.organizations.reads import names_of

bp = Blueprint("datasets", __name__, template_folder="templates", url_prefix="/datasets")

FORM_BYTES = 64 * 1024  # what a form may weigh beside its file
TONES = {
    VersionState.DELIVERED: "wait",
    VersionState.QUEUED: "wait",
    VersionState.LOADING: "wait",
    VersionState.READY: "good",
    VersionState.REFUSED: "bad",
}
DELIMITER_WORDS = {
    ",": N_("逗号"),
    "\t": N_("制表符"),
    ";": N_("分号"),
    "|": N_("竖线"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    """The data desk: which data sets there are, and how their newest delivery fared."""
    actor, wanted = current_actor(), parse_query(DatasetFilter)
    with transaction() as session:
        page = reads.list_datasets(
            session,
            actor,
            words=wanted.words,
            only_ours=wanted.only_ours,
            cursor=wanted.cursor,
        )
        newest = reads.latest_versions(session, [dataset.id for dataset in page.items])
        names = names_of(session, {str(dataset.provider_id) for dataset in page.items})
    return render_template(
        "datasets/index.html",
        page=page,
        wanted=wanted,
        newest=newest,
        names=names,
        tones=TONES,
        labels=_LABELS,
        address=request.full_path.split("&cursor=")[0],
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Register a data set: what it is, its dictionary, its class and who may have it."""
    actor = current_actor()
    actor.require(Permission.REGISTER_DATASET)
    form = Form(DatasetForm, {"sharing": "1", "openness": "3", "level": "general"})
    if form.is_sent:
        with form.showing_problems():
            filled = form.parse()
            draft = filled.draft(parse_dictionary(filled.dictionary))
            with transaction() as session:
                claim_once(session, actor.id)
                dataset = actions.register_dataset(session, actor, draft)
            flash(translate(N_("已登记。接下来交付第一版数据。")), "good")
            return redirect(url_for("datasets.deliver", dataset_id=dataset.id), 303)
    with transaction() as session:
        providers = reads.list_providers(session)
    page = render_template(
        "datasets/new.html",
        form=form,
        providers=providers,
        choices=_choices_of_registration(),
        template=template(),
    )
    return page, form.status


@bp.get("/<dataset_id>")
def show(dataset_id: str) -> ResponseReturnValue:
    """One data set: what it is and its dictionary."""
    with transaction() as session:
        view = _view(session, dataset_id)
    return render_template("datasets/dictionary.html", **view)


@bp.get("/<dataset_id>/versions")
def versions(dataset_id: str) -> ResponseReturnValue:
    """All versions of a data set, refused deliveries too."""
    with transaction() as session:
        view = _view(session, dataset_id)
        found = reads.list_versions(session, dataset_id)
    return render_template("datasets/versions.html", versions=found, **view)


@bp.route("/<dataset_id>/deliver", methods=["GET", "POST"])
def deliver(dataset_id: str) -> ResponseReturnValue:
    """Hand in a file as the next version."""
    actor, limit = current_actor(), settings.in_use().upload_limit_bytes
    with transaction() as session:
        actions.require_deliverable(session, actor, dataset_id)
        view = _view(session, dataset_id)
    _refuse_by_size(limit)
    form: Form[DeliveryNote] = Form(DeliveryNote)
    if form.is_sent:
        with form.showing_problems():
            version = _receive(actor, dataset_id, form, limit)
            address = url_for("datasets.version", dataset_id=dataset_id, version_id=version.id)
            return redirect(address, 303)
    too_large = words(storage.UploadTooLarge(limit))
    page = render_template(
        "datasets/deliver.html", form=form, limit=limit, too_large=too_large, **view
    )
    return page, form.status


def _refuse_by_size(limit: int) -> None:
    """Before the form is looked at, since that reads the whole of it. Raises: UploadTooLarge."""
    request.max_content_length = limit + FORM_BYTES  # for an upload that does not say its size
    if (request.content_length or 0) >= request.max_content_length:
        raise storage.UploadTooLarge(limit)


def _receive(actor: Actor, dataset_id: str, form: Form[DeliveryNote], limit: int) -> DatasetVersion:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise storage.UploadEmpty
    note = form.parse()
    with (
        storage.received(file.stream, file.filename, storage.Announced(), limit=limit) as upload,
        transaction() as session,
    ):
        claim_once(session, actor.id)
        return actions.deliver(session, actor, dataset_id, upload, note)


@bp.get("/<dataset_id>/versions/<version_id>")
def version(dataset_id: str, version_id: str) -> ResponseReturnValue:
    """One version: how it will be read, how far it is, what came of it."""
    return _show_version(dataset_id, version_id, Form(ReadingChoice))


@bp.post("/<dataset_id>/versions/<version_id>/reading")
def confirm(dataset_id: str, version_id: str) -> ResponseReturnValue:
    """Settle how a delivered text file is read."""
    form = Form(ReadingChoice)
    if form.is_sent:
        with form.showing_problems():
            choice = form.parse()
            with transaction() as session:
                actor = current_actor()
                reads.get_version_of(session, actor, dataset_id, version_id)
                actions.confirm_reading(session, actor, version_id, choice)
            address = url_for("datasets.version", dataset_id=dataset_id, version_id=version_id)
            return redirect(address, 303)
    return _show_version(dataset_id, version_id, form)


@bp.get("/<dataset_id>/versions/<version_id>/progress")
def progress(dataset_id: str, version_id: str) -> ResponseReturnValue:
    """How far loading is; the page asks each second and reloads itself at the end."""
    with transaction() as session:
        _, found = reads.get_version_of(session, current_actor(), dataset_id, version_id)
        is_stalled = jobs.is_stalled(session)
    page = render_template("datasets/progress.html", version=found, is_stalled=is_stalled)
    return page, 200, {} if found.is_under_way else {"HX-Refresh": "true"}


@bp.route("/<dataset_id>/columns/<path:name>", methods=["GET", "POST"])
def column(dataset_id: str, name: str) -> ResponseReturnValue:
    """Change how sensitive a column is."""
    with transaction() as session:
        view = _view(session, dataset_id)
    dataset: Dataset = view["dataset"]
    found = next((column for column in dataset.columns if column.name == name), None)
    if found is None:
        raise actions.ColumnUnknown(name)
    current_actor().require(Permission.REGISTER_DATASET, dataset.organization_id)
    form = Form(Reclassification, {"sensitivity": found.sensitivity})
    if form.is_sent:
        with form.showing_problems():
            change = form.parse()
            with transaction() as session:
                corrections.reclassify_column(session, current_actor(), dataset_id, name, change)
            flash(translate(N_("已调整，并写入全程记录。")), "good")
            return redirect(url_for("datasets.show", dataset_id=dataset_id), 303)
    page = render_template(
        "datasets/column.html", form=form, column=found, choices=_pairs(Sensitivity), **view
    )
    return page, form.status


@bp.route("/<dataset_id>/correction", methods=["GET", "POST"])
def correct(dataset_id: str) -> ResponseReturnValue:
    """Put a wrong dictionary right."""
    with transaction() as session:
        view = _view(session, dataset_id)
    dataset: Dataset = view["dataset"]
    current_actor().require(Permission.REGISTER_DATASET, dataset.organization_id)
    form = Form(CorrectionForm, _as_declared(dataset))
    if form.is_sent:
        with form.showing_problems():
            filled = form.parse()
            correction = filled.correction(parse_dictionary(filled.dictionary))
            with transaction() as session:
                claim_once(session, current_actor().id)
                corrections.correct_dictionary(session, current_actor(), dataset_id, correction)
            flash(translate(N_("字典已更正，并写入全程记录。")), "good")
            return redirect(url_for("datasets.show", dataset_id=dataset_id), 303)
    return render_template("datasets/correction.html", form=form, **view), form.status


def _as_declared(dataset: Dataset) -> dict[str, str]:
    columns = [
        ColumnDraft.model_validate(ColumnOut.of(column).model_dump()) for column in dataset.columns
    ]
    return {
        "dictionary": table_of(columns),
        "time_column": dataset.time_column,
        "protected_unit": dataset.protected_unit,
    }


@desk_source
def show_waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Deliveries of ours that wait to be confirmed, or delivered again."""
    if not actor.may(Permission.DELIVER_VERSION) or actor.organization_id is None:
        return
    if actor.may(Permission.REGISTER_DATASET):
        desk.starts.append((translate(N_("登记数据集")), url_for("datasets.new")))
    for dataset, found in reads.list_waiting_deliveries(session, actor.organization_id):
        is_refused = found.state == VersionState.REFUSED
        title = (
            N_("《{title}》第 {number} 版已退回，请更正后重新交付")
            if is_refused
            else N_("确认《{title}》第 {number} 版怎么读")
        )
        desk.waiting.append(
            Waiting(
                title=say(title, title=dataset.title, number=found.number),
                address=url_for("datasets.version", dataset_id=dataset.id, version_id=found.id),
                button=translate(N_("看退回原因") if is_refused else N_("看前几行并确认")),
                note=found.source_name,
            )
        )


def _show_version(
    dataset_id: str, version_id: str, form: Form[ReadingChoice]
) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        view = _view(session, dataset_id)
        dataset, found = reads.get_version_of(session, actor, dataset_id, version_id)
        report = reads.problem_report(found) if view["is_keeper"] else None
        is_stalled = found.is_under_way and jobs.is_stalled(session)
    page = render_template(
        "datasets/version.html",
        version=found,
        tone=TONES[VersionState(found.state)],
        form=form,
        report=report,
        is_stalled=is_stalled,
        reading=_reading(dataset, found) if view["is_keeper"] else None,
        columns=reads.dictionary_of(found),
        **view,
    )
    return page, form.status


def _reading(dataset: Dataset, found: DatasetVersion) -> Mapping[str, Any] | None:
    """How a waiting text file would be read, with its first rows; None for any other."""
    if found.state != VersionState.DELIVERED:
        return None
    asked = parse_query(ReadingQuery)
    head = storage.head_of(found)
    encoding = asked.encoding or Encoding(found.encoding or Encoding.UTF_8)
    names = [column.name for column in dataset.columns]
    delimiter = asked.delimiter or guess_delimiter(head, encoding, names)
    shown = preview(head, encoding, delimiter)
    return {
        "encoding": encoding,
        "detected": Encoding(found.encoding or Encoding.UTF_8),
        "delimiter": delimiter,
        "preview": shown,
        "missing": [name for name in names if name not in shown.header],
        "unexpected": [name for name in shown.header if name not in names],
        "encodings": _pairs(Encoding),
        "delimiters": [
            (TAB if mark == "\t" else mark, translate(DELIMITER_WORDS[mark])) for mark in DELIMITERS
        ],
        "chosen_delimiter": TAB if delimiter == "\t" else delimiter,
    }


def _view(session: Session, dataset_id: str) -> dict[str, Any]:
    actor = current_actor()
    return dataset_view(session, actor, reads.get_dataset(session, actor, dataset_id))


def dataset_view(session: Session, actor: Actor, dataset: Dataset) -> dict[str, Any]:
    """What every page of one data set shows around its content; the quality report too."""
    keeps = reads.may_keep(actor, dataset)
    latest = reads.latest_version(session, dataset.id)
    organizations = {str(dataset.organization_id), str(dataset.provider_id)}
    return {
        "dataset": dataset,
        "latest": latest,
        "is_keeper": keeps,
        "may_deliver": keeps and actor.may(Permission.DELIVER_VERSION),
        "may_classify": actor.may(Permission.REGISTER_DATASET, dataset.organization_id),
        "names": names_of(session, organizations),
        "tones": TONES,
        "labels": _LABELS,
    }


_LABELS: Mapping[str, type[Labelled]] = {
    "level": DataLevel,
    "personal_data": PersonalData,
    "sharing": SharingAttribute,
    "openness": Openness,
    "update_cycle": UpdateCycle,
    "state": VersionState,
}


def _choices_of_registration() -> Mapping[str, Sequence[tuple[str, str]]]:
    return {name: _pairs(choices) for name, choices in _LABELS.items() if name != "state"}


def _pairs(choices: type[Labelled]) -> Sequence[tuple[str, str]]:
    return [(choice.value, translate(choice.label)) for choice in choices]
