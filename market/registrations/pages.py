"""Where one applies for registration, where the registrar decides, and what everybody may see."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from pydantic import BaseModel
from sqlalchemy.orm import Session

from kernel import settings
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import CHINESE, COLON, N_, speaking, translate
from kernel.objects import store
from kernel.web.forms import Form
from kernel.web.guard import current_actor, find_actor, public
from kernel.web.shell import desk_source
from kernel.web.submissions import claim_once, remember_location
from market.organizations.reads import names_of
from market.registrations import actions, desk, package, reads, registrar, storage, terms, wording
from market.registrations.certificate import qr_svg, require_own
from market.registrations.evidence import changes_since, find_registrable
from market.registrations.rules import (
    MOST_PAPERS,
    PAPERS,
    EndGround,
    FormField,
    Material,
    RegistrationState,
    RegistrationType,
)
from market.registrations.schemas import (
    CodeDraft,
    EndDraft,
    LaterRegistration,
    NewRegistration,
    Nothing,
    ObjectionDecision,
    ObjectionDraft,
    RegistrationDraft,
    RenewalDecision,
    Return,
)
from market.registrations.standing import duty_of
from market.verifications.rules import ADDRESS_SECONDS, LARGEST_DOCUMENT_BYTES

bp = Blueprint("registrations", __name__, template_folder="templates", url_prefix="/registrations")
desk_source(desk.show_waiting)
bp.add_app_template_test(wording.is_provisional, "provisional_deadline")
UPLOAD_LIMIT = (MOST_PAPERS + 1) * LARGEST_DOCUMENT_BYTES
OBJECTED = N_("异议已实名提交。登记机构处理后，结果显示在公示页。")


@dataclass(frozen=True)
class Act:
    """One button of a registration's page: what it sends, what it does, what is said then."""

    schema: type[BaseModel]
    carry_out: Callable[[Session, Actor, str, Any], object]
    said: str


def _without_words(function: Callable[[Session, Actor, str], object]) -> Callable[..., object]:
    return lambda session, actor, registration_id, _: function(session, actor, registration_id)


def _own_code(session: Session, actor: Actor, registration_id: str, _: Nothing) -> object:
    is_ours = settings.in_use().is_registrar
    return registrar.give_own_code(session, actor, registration_id, is_registrar=is_ours)


ACTS: Mapping[str, Act] = {
    "evidence": Act(Nothing, _without_words(actions.keep_evidence), N_("已存证，写入透明日志。")),
    "submission": Act(Nothing, _without_words(actions.submit), N_("申请已提交登记机构。")),
    "renewal": Act(Nothing, _without_words(actions.ask_renewal), N_("续期申请已提交。")),
    "acceptance": Act(Nothing, _without_words(registrar.accept), N_("已受理，审核期限见本页。")),
    "return": Act(Return, registrar.give_back, N_("已退回，缺项一次性告知申请人。")),
    "review": Act(Nothing, _without_words(registrar.begin_review), N_("已进入形式审核。")),
    "notice": Act(Nothing, _without_words(registrar.pass_review), N_("形式审核已通过。")),
    "code": Act(CodeDraft, registrar.take_official_code, N_("登记编码已录入。")),
    "own-code": Act(Nothing, _own_code, N_("已赋码。")),
    "renewal-decision": Act(RenewalDecision, terms.decide_renewal, N_("续期决定已记录。")),
    "end": Act(EndDraft, terms.end_registration, N_("登记已终止。")),
}
ACT_NAMES = ", ".join(f'"{name}"' for name in ACTS)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Registrations that I may see, and what my organisation still has to register."""
    actor = current_actor()
    wanted = request.args.get("state", "")
    state = RegistrationState(wanted) if wanted in list(RegistrationState) else None
    with transaction() as session:
        return render_template(
            "registrations/index.html",
            page=reads.list_registrations(session, actor, state, request.args.get("cursor", "")),
            duties=reads.list_own_duties(session, actor),
            state=state,
            states=reads.list_states(session, actor),
            tones=wording.TONES,
        )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin a first registration."""
    actor = current_actor()
    actor.require(Permission.APPLY_FOR_REGISTRATION)
    kind, _, object_id = request.values.get("chosen", "").partition("/")
    form = Form(NewRegistration, {"chosen": request.args.get("chosen", "")})
    if form.is_sent:
        with form.showing_problems():
            draft = wording.chosen(kind, object_id)
            with transaction() as session:
                claim_once(session, actor.id)
                registration = actions.draft_registration(session, actor, draft)
                address = url_for("registrations.edit", registration_id=registration.id)
                remember_location(session, actor.id, address)
            return redirect(address, 303)
    with transaction() as session:
        things = reads.list_registrable(session, actor)
    choices = [
        (f"{kind}/{i}", f"{translate(kind.label)}{translate(COLON)}{title}")
        for kind, i, title in things
    ]
    return render_template("registrations/new.html", form=form, choices=choices), form.status


@bp.get("/<registration_id>")
def show(registration_id: str) -> ResponseReturnValue:
    """One registration: where it stands, what it consists of, the next step."""
    return _show(registration_id)


@bp.route("/<registration_id>/edit", methods=["GET", "POST"])
def edit(registration_id: str) -> ResponseReturnValue:
    """Write the lines of the form."""
    actor = current_actor()
    with transaction() as session:
        registration = reads.get_registration(session, actor, registration_id)
    actor.require(Permission.APPLY_FOR_REGISTRATION, registration.subject_id)
    written = {f"fields-{name}": text for name, text in registration.fields.items()}
    form = Form(RegistrationDraft, written)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                actions.revise(session, actor, registration_id, draft)
            return redirect(url_for("registrations.show", registration_id=registration_id), 303)
    page = render_template(
        "registrations/edit.html",
        form=form,
        registration=registration,
        fields=list(FormField),
        materials=[each for each in Material if any(f.material is each for f in FormField)],
    )
    return page, form.status


@bp.post("/<registration_id>/papers")
def add_papers(registration_id: str) -> ResponseReturnValue:
    """Hand in papers."""
    request.max_content_length = UPLOAD_LIMIT
    actor = current_actor()
    form = Form(Nothing)
    with form.showing_problems():
        actor.require(Permission.APPLY_FOR_REGISTRATION)
        uploads = {kind.value: request.files.getlist(kind.value) for kind in PAPERS}
        with storage.kept(uploads) as papers, transaction() as session:
            claim_once(session, actor.id)
            actions.add_papers(session, actor, registration_id, papers)
        flash(translate(N_("材料已收到。")), "good")
        return redirect(url_for("registrations.show", registration_id=registration_id), 303)
    return _show(registration_id, papers=form)


@bp.route("/<registration_id>/later", methods=["GET", "POST"])
def later(registration_id: str) -> ResponseReturnValue:
    """Begin a change, a correction or a cancellation."""
    actor = current_actor()
    with transaction() as session:
        registration = reads.get_registration(session, actor, registration_id)
    form = Form(LaterRegistration, {"reg_type": request.args.get("reg_type", "change")})
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                begun = actions.draft_later(session, actor, registration_id, draft)
                address = url_for("registrations.show", registration_id=begun.id)
                remember_location(session, actor.id, address)
            return redirect(address, 303)
    page = render_template(
        "registrations/later.html",
        form=form,
        registration=registration,
        types=_choices(each for each in RegistrationType if each is not RegistrationType.FIRST),
        grounds=_choices(each for each in EndGround if not each.revokes),
    )
    return page, form.status


@bp.post(f"/<registration_id>/<any({ACT_NAMES}):name>")
def act(registration_id: str, name: str) -> ResponseReturnValue:
    """Take the next step; what it is stands in ACTS."""
    chosen = ACTS[name]
    form: Form[Any] = Form(chosen.schema)
    with form.showing_problems():
        draft = form.parse()
        with transaction() as session:
            chosen.carry_out(session, current_actor(), registration_id, draft)
        flash(translate(chosen.said), "good")
        return redirect(url_for("registrations.show", registration_id=registration_id), 303)
    return _show(registration_id, **{name: form})


@bp.post("/<registration_id>/objections/<objection_id>")
def decide_objection(registration_id: str, objection_id: str) -> ResponseReturnValue:
    """The registrar decides on an objection."""
    form = Form(ObjectionDecision)
    with form.showing_problems():
        draft = form.parse()
        with transaction() as session:
            actor = current_actor()
            registrar.decide_objection(session, actor, registration_id, objection_id, draft)
        return redirect(url_for("registrations.show", registration_id=registration_id), 303)
    return _show(registration_id, objection=form)


@bp.get("/<registration_id>/papers/<paper_id>")
def paper(registration_id: str, paper_id: str) -> ResponseReturnValue:
    """A paper, by an address that soon expires."""
    with transaction() as session:
        found = reads.get_paper(session, current_actor(), registration_id, paper_id)
        key, filename = found.key, found.filename
    return redirect(store().signed_address(key, seconds=ADDRESS_SECONDS, filename=filename), 303)


@bp.get("/<registration_id>/objections/<objection_id>/paper")
def objection_paper(registration_id: str, objection_id: str) -> ResponseReturnValue:
    """The evidence of an objection."""
    with transaction() as session:
        found = reads.get_objection(session, current_actor(), registration_id, objection_id)
        key, filename = found.key, found.filename
    return redirect(store().signed_address(key, seconds=ADDRESS_SECONDS, filename=filename), 303)


@bp.get("/<registration_id>/package")
def download(registration_id: str) -> ResponseReturnValue:
    """The complete application as a ZIP for the competent registrar."""
    with transaction() as session:
        registration, papers = actions.export(session, current_actor(), registration_id)
    with speaking(CHINESE):  # what the registrar reads is Chinese
        sheet = render_template(
            "registrations/sheet.html",
            registration=registration,
            papers=papers,
            fields=list(FormField),
        )
    contents = [(each, store().read(each.key)) for each in papers]
    whole = package.build_package(registration, contents, sheet)
    name = f"{registration.id}.zip"
    return send_file(io.BytesIO(whole), "application/zip", as_attachment=True, download_name=name)


@bp.get("/<registration_id>/certificate")
def certificate(registration_id: str) -> ResponseReturnValue:
    """The certificate of a code that was given here, to be printed."""
    with transaction() as session:
        registration = reads.get_registration(session, current_actor(), registration_id)
        require_own(registration)
        address = settings.in_use().public_url.rstrip("/") + url_for(
            "registrations.lookup", code=registration.query_code
        )
        return render_template(
            "registrations/certificate.html",
            registration=registration,
            address=address,
            qr=Markup(qr_svg(address)),  # noqa: S704 - drawn by us from an address of ours
        )


@bp.get("/notices")
@public
def notices() -> ResponseReturnValue:
    """What is under public notice now, and what is registered (RG-13)."""
    find_actor()  # who reads is asked for before the transaction begins
    with transaction() as session:
        return render_template(
            "registrations/notices.html",
            notices=reads.list_notices(session),
            page=reads.list_disclosed(session, request.args.get("cursor", "")),
        )


@bp.get("/notices/<registration_id>")
@public
def notice(registration_id: str) -> ResponseReturnValue:
    """One registration under public notice."""
    return _notice(registration_id, Form(ObjectionDraft))


@bp.post("/notices/<registration_id>/objections")
def raise_objection(registration_id: str) -> ResponseReturnValue:
    """Object in one's own name, with evidence."""
    request.max_content_length = 2 * LARGEST_DOCUMENT_BYTES
    actor = current_actor()
    form = Form(ObjectionDraft)
    with form.showing_problems():
        actor.require(Permission.OBJECT_TO_REGISTRATION)
        draft = form.parse()
        uploads = {"evidence": request.files.getlist("evidence")[:1]}
        with storage.kept(uploads) as papers, transaction() as session:
            claim_once(session, actor.id)
            actions.raise_objection(session, actor, registration_id, draft, papers[0])
        flash(translate(OBJECTED), "good")
        return redirect(url_for("registrations.notice", registration_id=registration_id), 303)
    return _notice(registration_id, form)


@bp.get("/lookup")
@public
def lookup() -> ResponseReturnValue:
    """What a query code opens to everybody (RG-08)."""
    find_actor()  # who reads is asked for before the transaction begins
    code = request.args.get("code", "")
    found, refused = None, ""
    with transaction() as session:
        try:
            found = reads.find_result(session, code) if code else None
        except reads.QueryCodeUnknown as error:
            refused = translate(error.message)
        page = render_template(
            "registrations/lookup.html",
            code=code,
            found=found,
            refused=refused,
            tones=wording.TONES,
        )
    return page, 404 if refused else 200


def _notice(registration_id: str, form: Form[ObjectionDraft]) -> ResponseReturnValue:
    actor = find_actor()
    with transaction() as session:
        registration = reads.get_notice(session, registration_id)
        page = render_template(
            "registrations/notice.html",
            registration=registration,
            form=form,
            fields=list(FormField),
            may_object=actor is not None and actor.may(Permission.OBJECT_TO_REGISTRATION),
            is_own=actor is not None and actor.organization_id == registration.subject_id,
            rule=wording.rules_now()["notice"],
        )
    return page, form.status


def _show(registration_id: str, **sent: Form[Any]) -> ResponseReturnValue:
    """The page, with the form that was sent and refused, if any, in its place."""
    actor = current_actor()
    forms: dict[str, Form[Any]] = {name: Form(each.schema) for name, each in ACTS.items()}
    with transaction() as session:
        registration = reads.get_registration(session, actor, registration_id)
        thing = find_registrable(session, registration.object_kind, registration.object_id)
        objections = reads.list_objections(session, actor, registration_id)
        page = render_template(
            "registrations/show.html",
            registration=registration,
            tone=wording.TONES.get(registration.state, "bad"),
            track=wording.track_of(registration),
            next_step=wording.next_step(registration),
            due_on=wording.due_on(registration),
            papers=reads.list_papers(session, registration_id),
            missing=reads.find_missing(session, registration),
            objections=objections,
            names=names_of(session, {each.organization_id for each in objections}),
            changes=changes_since(registration, thing),
            duty=duty_of(session, thing),
            open=wording.open_acts(
                actor, registration, is_registrar_here=settings.in_use().is_registrar
            ),
            paper_kinds=PAPERS,
            fields=list(FormField),
            materials=[each for each in Material if each is not Material.OTHER],
            grounds=_choices(EndGround),
            rules=wording.rules_now(),
            forms={**forms, **sent},
            sent=list(sent.values()),
        )
    return page, max([200, *(form.status for form in sent.values())])


def _choices(members: Any) -> list[tuple[str, str]]:
    return [(member.value, translate(member.label)) for member in members]
