"""Registrations in each state, said in one line."""

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.events import EventLog
from market.accounts.roles import Role
from market.catalogue.reads import find_verdict
from market.catalogue.rules import VerdictKind, authorised_subject
from market.datasets.models import Dataset
from market.registrations import actions, registrar
from market.registrations.models import Registration
from market.registrations.rules import FormField, Material, ObjectKind
from market.registrations.schemas import (
    CodeDraft,
    KeptPaper,
    NewRegistration,
    ObjectionDraft,
    RegistrationDraft,
)
from tests.factories.catalogue import push
from tests.factories.data import make_dataset, make_version
from tests.factories.market import actor_of, stored

WRITTEN = {field: f"{field.label}：如实填写" for field in FormField}
NEEDED = (Material.SOURCE, Material.RISK, Material.COMMITMENT)
AFTER_NOTICE = timedelta(days=40)  # ten working days are over by then, holidays included

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # in Shanghai too


def holder(session: Session) -> Actor:
    return stored(session, actor_of(Role.SOURCE_DEPARTMENT))


def registrar_of(session: Session, number: int = 1) -> Actor:
    """One of the people of the registrar; two numbers are two people."""
    return stored(session, actor_of(Role.REGISTRAR, id=f"usr_registrar_{number}"))


def make_resource(session: Session, *, with_version: bool = True) -> Dataset:
    """A data set that a source department holds, with a version."""
    dataset = make_dataset(session, holder(session))
    if with_version:
        make_version(session, dataset)
    return dataset


def authorise(session: Session, dataset: Dataset, until: datetime | None = None) -> None:
    """Say that the usual operator may run the data set, until a moment."""
    operator = stored(session, actor_of(Role.OPERATOR))
    subject = authorised_subject(str(operator.organization_id), dataset.id)
    facts = {"purposes": ["industry"], "agreement_ids": ["agr_1"]}
    push(session, VerdictKind.AUTHORISED, subject, valid_until=until, facts=facts)


def kept_paper(kind: str = "source") -> KeptPaper:
    """A paper as the store has it; no bytes behind it."""
    return KeptPaper(
        kind=kind,
        filename=f"{kind}.pdf",
        media_type="application/pdf",
        key=f"registrations/{secrets.token_hex(6)}.pdf",
        size_bytes=9,
        sha256="0" * 64,
    )


def code_draft(**changes: object) -> CodeDraft:
    given = {
        "code": f"46010020260301{secrets.token_hex(3)}",
        "query_code": secrets.token_hex(6),
        "coded_on": clock.today(),
    }
    return CodeDraft.model_validate({**given, **changes})


def objection_draft() -> ObjectionDraft:
    return ObjectionDraft(statement="该资源的来源单位并非申请人，附证明材料。")


def make_draft(session: Session, dataset: Dataset | None = None) -> Registration:
    """A first registration that its holder has begun."""
    dataset = dataset or make_resource(session)
    wanted = NewRegistration(object_kind=ObjectKind.RESOURCE, object_id=dataset.id)
    return actions.draft_registration(session, holder(session), wanted)


def complete(session: Session, registration: Registration, actor: Actor | None = None) -> None:
    """Write every line, hand in every paper, keep evidence."""
    who = actor or holder(session)
    actions.revise(session, who, registration.id, RegistrationDraft(fields=WRITTEN))
    papers = [kept_paper(kind) for kind in NEEDED]
    actions.add_papers(session, who, registration.id, papers)
    actions.keep_evidence(session, who, registration.id)


def make_submitted(session: Session, dataset: Dataset | None = None) -> Registration:
    registration = make_draft(session, dataset)
    complete(session, registration)
    return actions.submit(session, holder(session), registration.id)


def put_on_notice(session: Session, registration: Registration) -> Registration:
    """From submitted to the public notice, by the first registrar."""
    first = registrar_of(session)
    registrar.accept(session, first, registration.id)
    registrar.begin_review(session, first, registration.id)
    return registrar.pass_review(session, first, registration.id)


def make_on_notice(session: Session, dataset: Dataset | None = None) -> Registration:
    return put_on_notice(session, make_submitted(session, dataset))


def make_valid(session: Session, dataset: Dataset | None = None, **changes: object) -> Registration:
    """A registration with an official code; the clock runs on to the end of its notice."""
    registration = make_on_notice(session, dataset)
    with clock.frozen_at(clock.now() + AFTER_NOTICE):
        draft = code_draft(**changes)
        return registrar.take_official_code(
            session, registrar_of(session, 2), registration.id, draft
        )


def facts_of(session):
    return [row.event() for row in session.scalars(select(EventLog).order_by(EventLog.seq))]


def verdict_of(session, registration):
    return find_verdict(session, VerdictKind.REGISTERED, registration.object_id)


def later(days: int):
    """So many days after the Monday of these tests."""
    return clock.frozen_at(MONDAY + timedelta(days=days))
