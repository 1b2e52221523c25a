"""Which registrations are there, which wait for whom, and what may everybody see?"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import N_
from kernel.paging import Page, page_of
from market.catalogue.models import Product
from market.datasets.models import Dataset
from market.organizations.models import Organization
from market.registrations.models import (
    Registration,
    RegistrationDuty,
    RegistrationObjection,
    RegistrationPaper,
)
from market.registrations.rules import (
    CODED,
    OPEN,
    RENEWAL_DAYS,
    UNSENT,
    Material,
    ObjectKind,
    RegistrationState,
    missing_materials,
)

AT_THE_REGISTRAR = tuple(OPEN - UNSENT)
ON_NOTICE = (RegistrationState.NOTICE, RegistrationState.OBJECTION)


class RegistrationNotFound(NotFound):
    """There is no such registration, or not for this person."""

    code = "registration-not-found"
    message = N_("没有这项登记，或它与贵单位无关。请从“登记”页进入。")


class QueryCodeUnknown(NotFound):
    """No registration has this query code."""

    code = "query-code-unknown"
    message = N_("没有这个查询码对应的登记。请核对登记结果上的查询码，或到赋码的登记机构查询。")


def get_registration(session: Session, actor: Actor, registration_id: str) -> Registration:
    """Raises: RegistrationNotFound."""
    statement = select(Registration).where(Registration.id == registration_id, _sees(actor))
    found = session.scalar(statement)
    if found is None:
        raise RegistrationNotFound
    return found


def registration_for_update(session: Session, registration_id: str) -> Registration:
    """Locked. Raises: RegistrationNotFound."""
    found = session.get(Registration, registration_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise RegistrationNotFound
    return found


def list_registrations(
    session: Session, actor: Actor, state: RegistrationState | None = None, cursor: str = ""
) -> Page[Registration]:
    """Those that this person may see, newest first."""
    statement = select(Registration).where(_sees(actor))
    if state is not None:
        statement = statement.where(Registration.state == state)
    ordered = statement.order_by(Registration.drafted_at.desc(), Registration.id)
    return page_of(session, ordered, cursor)


def list_states(session: Session, actor: Actor) -> list[RegistrationState]:
    """The states in which this person sees any registration, in the order of their life."""
    found = set(session.scalars(select(Registration.state).where(_sees(actor)).distinct()))
    return [state for state in RegistrationState if state in found]


def list_at_the_registrar(session: Session, actor: Actor) -> Sequence[Registration]:
    """What a registrar has to do with, oldest first; never of its own organisation."""
    actor.require(Permission.REVIEW_REGISTRATION)
    asks_renewal = (Registration.state == RegistrationState.VALID) & (
        Registration.renewal_asked_at.is_not(None)
    )
    statement = (
        select(Registration)
        .where(
            or_(Registration.state.in_(AT_THE_REGISTRAR), asks_renewal),
            Registration.subject_id != (actor.organization_id or ""),
        )
        .order_by(Registration.submitted_at, Registration.id)
        .limit(100)
    )
    return session.scalars(statement).all()


def list_own_unsent(session: Session, actor: Actor) -> Sequence[Registration]:
    """Applications of the actor's organisation that are in its own hands, oldest first."""
    statement = (
        select(Registration)
        .where(
            Registration.subject_id == actor.organization_id, Registration.state.in_(list(UNSENT))
        )
        .order_by(Registration.drafted_at, Registration.id)
        .limit(50)
    )
    return session.scalars(statement).all()


def list_own_expiring(session: Session, actor: Actor) -> Sequence[Registration]:
    """Registrations of the actor's organisation in their last days, nobody asked to renew yet."""
    statement = _expiring().where(
        Registration.subject_id == actor.organization_id, Registration.renewal_asked_at.is_(None)
    )
    return session.scalars(statement.limit(50)).all()


def list_unreminded(session: Session, limit: int) -> Sequence[Registration]:
    """Registrations in their last days of which nobody was reminded."""
    statement = _expiring().where(Registration.reminded_at.is_(None)).limit(limit)
    return session.scalars(statement).all()


def list_lapsed(session: Session, limit: int) -> Sequence[Registration]:
    """Valid registrations past their last day. One whose renewal waits is not ended (RG-09)."""
    statement = (
        select(Registration)
        .where(
            Registration.state == RegistrationState.VALID,
            Registration.valid_until_on < clock.today(),
            Registration.renewal_asked_at.is_(None),
        )
        .order_by(Registration.id)
        .limit(limit)
    )
    return session.scalars(statement).all()


def find_open(session: Session, object_id: str) -> Registration | None:
    """The application about an object that is under way."""
    return session.scalar(
        select(Registration).where(
            Registration.object_id == object_id, Registration.state.in_(list(OPEN))
        )
    )


def find_valid(session: Session, object_id: str) -> Registration | None:
    """The standing registration of an object."""
    return session.scalar(
        select(Registration).where(
            Registration.object_id == object_id, Registration.state == RegistrationState.VALID
        )
    )


def list_papers(session: Session, registration_id: str) -> Sequence[RegistrationPaper]:
    """The papers that count, in the order of RG-05."""
    rows = session.scalars(
        select(RegistrationPaper)
        .where(
            RegistrationPaper.registration_id == registration_id,
            RegistrationPaper.replaced_at.is_(None),
        )
        .order_by(RegistrationPaper.id)
    ).all()
    order = list(Material)
    return sorted(rows, key=lambda paper: order.index(paper.kind))


def get_paper(
    session: Session, actor: Actor, registration_id: str, paper_id: str
) -> RegistrationPaper:
    """A paper, for whoever may see its registration. Raises: NotFound, RegistrationNotFound."""
    registration = get_registration(session, actor, registration_id)
    found = session.get(RegistrationPaper, paper_id)
    if found is None or found.registration_id != registration.id:
        raise NotFound
    return found


def find_missing(session: Session, registration: Registration) -> tuple[Material, ...]:
    """RG-05: what an application lacks, all of it."""
    if registration.is_cancellation:
        return ()
    subject = session.get_one(Organization, registration.subject_id)
    return missing_materials(
        registration.written,
        {paper.kind for paper in list_papers(session, registration.id)},
        has_evidence=bool(registration.evidence_sha256),
        is_verified=subject.is_verified(clock.today()),
    )


def list_objections(
    session: Session, actor: Actor, registration_id: str
) -> Sequence[RegistrationObjection]:
    """The objections to a registration, for whoever may see it, oldest first."""
    registration = get_registration(session, actor, registration_id)
    return session.scalars(
        select(RegistrationObjection)
        .where(RegistrationObjection.registration_id == registration.id)
        .order_by(RegistrationObjection.filed_at, RegistrationObjection.id)
    ).all()


def get_objection(
    session: Session, actor: Actor, registration_id: str, objection_id: str
) -> RegistrationObjection:
    """Raises: RegistrationNotFound, NotFound."""
    found = list_objections(session, actor, registration_id)
    objection = next((one for one in found if one.id == objection_id), None)
    if objection is None:
        raise NotFound
    return objection


def has_undecided_objection(session: Session, registration_id: str) -> bool:
    statement = select(RegistrationObjection.id).where(
        RegistrationObjection.registration_id == registration_id,
        RegistrationObjection.decided_at.is_(None),
    )
    return session.scalar(statement.limit(1)) is not None


def list_notices(session: Session) -> Sequence[Registration]:
    """RG-07: what is under public notice now, for everybody; the next to end first."""
    statement = (
        select(Registration)
        .where(Registration.state.in_(ON_NOTICE))
        .order_by(Registration.notice_ends_on, Registration.id)
        .limit(200)
    )
    return session.scalars(statement).all()


def list_disclosed(session: Session, cursor: str = "") -> Page[Registration]:
    """RG-13: what is registered now, for everybody, newest first."""
    statement = select(Registration).where(Registration.state == RegistrationState.VALID)
    return page_of(
        session, statement.order_by(Registration.drafted_at.desc(), Registration.id), cursor
    )


def get_notice(session: Session, registration_id: str) -> Registration:
    """A registration under notice, for everybody. Raises: RegistrationNotFound."""
    found = session.get(Registration, registration_id)
    if found is None or found.state not in ON_NOTICE:
        raise RegistrationNotFound
    return found


def find_result(session: Session, query_code: str) -> Registration:
    """RG-08: what a query code opens to everybody. Raises: QueryCodeUnknown."""
    found = session.scalar(
        select(Registration)
        .where(
            Registration.query_code == query_code.strip(),
            Registration.query_code != "",
            Registration.state.in_(list(CODED)),
        )
        .order_by(Registration.coded_on.desc(), Registration.drafted_at.desc())
        .limit(1)
    )
    if found is None:
        raise QueryCodeUnknown
    return found


def list_registrable(session: Session, actor: Actor) -> list[tuple[ObjectKind, str, str]]:
    """What the actor's organisation holds or operates and has not registered: kind, id, title."""
    taken = select(Registration.object_id).where(
        Registration.state.in_([*OPEN, RegistrationState.VALID])
    )
    mine = actor.organization_id
    datasets = session.execute(
        select(Dataset.id, Dataset.title)
        .where(Dataset.provider_id == mine, Dataset.id.not_in(taken))
        .order_by(Dataset.title, Dataset.id)
        .limit(200)
    )
    products = session.execute(
        select(Product.id, Product.title_zh)
        .where(Product.operator_id == mine, Product.id.not_in(taken))
        .order_by(Product.title_zh, Product.id)
        .limit(200)
    )
    return [
        *((ObjectKind.RESOURCE, str(identifier), title) for identifier, title in datasets),
        *((ObjectKind.PRODUCT, str(identifier), title) for identifier, title in products),
    ]


def list_own_duties(session: Session, actor: Actor) -> Sequence[RegistrationDuty]:
    """RG-03: what the actor's organisation still has to register, the earliest limit first."""
    statement = (
        select(RegistrationDuty)
        .where(
            RegistrationDuty.subject_id == actor.organization_id,
            RegistrationDuty.met_at.is_(None),
        )
        .order_by(RegistrationDuty.due_on, RegistrationDuty.object_id)
        .limit(50)
    )
    return session.scalars(statement).all()


def list_missed_duties(session: Session, limit: int) -> Sequence[RegistrationDuty]:
    """RG-03: time limits that are over and of which nobody was told."""
    statement = (
        select(RegistrationDuty)
        .where(
            RegistrationDuty.due_on < clock.today(),
            RegistrationDuty.met_at.is_(None),
            RegistrationDuty.missed_at.is_(None),
        )
        .order_by(RegistrationDuty.object_id)
        .limit(limit)
        .with_for_update()
    )
    return session.scalars(statement).all()


def _expiring() -> Select[Registration]:
    last = clock.today() + timedelta(days=RENEWAL_DAYS.at(clock.today()).value)
    return (
        select(Registration)
        .where(
            Registration.state == RegistrationState.VALID,
            Registration.valid_until_on <= last,
            Registration.valid_until_on >= clock.today(),
        )
        .order_by(Registration.valid_until_on, Registration.id)
    )


def _sees(actor: Actor) -> ColumnElement[bool]:
    """Applicants see their own; the registrar and the bureau what was handed in."""
    if actor.is_system:
        return true()
    own: ColumnElement[bool] = false()
    if actor.may(Permission.APPLY_FOR_REGISTRATION):
        own = Registration.subject_id == (actor.organization_id or "")
    reads_all = any(
        actor.may(permission)
        for permission in (Permission.REVIEW_REGISTRATION, Permission.READ_REGISTRATIONS)
    )
    was_sent = Registration.submitted_at.is_not(None)
    return or_(own, was_sent) if reads_all else own
