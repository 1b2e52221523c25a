"""Offers, signs, activates, suspends and ends licences."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, NotAllowed
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.money import Money
from licensing.applications.models import Application
from licensing.applications.reads import application_for_update
from licensing.applications.rules import Act, ApplicationState
from licensing.licences import reads
from licensing.licences.events import (
    LicenceActivated,
    LicenceEnded,
    LicenceOffered,
    LicencePartySigned,
    LicenceResumed,
    LicenceSigned,
    LicenceSuspended,
)
from licensing.licences.models import Licence, LicenceSignature
from licensing.licences.parties import Party
from licensing.licences.rules import (
    LicenceState,
    LicenceTerms,
    content,
    content_hash,
    gross,
    may_move,
    payment_terms,
    term,
)
from licensing.licences.schemas import LicenceOffer
from market.catalogue.reads import get_product
from market.catalogue.rules import Purpose
from market.organizations.reads import names_of
from market.reviews.actions import allow_review


@dataclass(eq=False)
class ApplicationNotApproved(Conflict):
    """A licence rests on an application that two persons approved."""

    code = "application-not-approved"
    message = N_("这份申请尚未由两人批准，不能发出许可合同。")
    clause = "LC-09"

    application_id: str


@dataclass(eq=False)
class AlreadyOffered(Conflict):
    """One application leads to one licence."""

    code = "licence-already-offered"
    message = N_("这份申请已发出许可合同。请在“合同”页查看。")

    licence_id: str


@dataclass(eq=False)
class LicenceStateForbids(Conflict):
    """The licence is not in a state from which this can be done."""

    code = "licence-state-forbids"
    message = N_("许可合同当前是“{state}”，不能这样做。请刷新页面。")

    licence_id: str
    state: LicenceState


class NotASide(NotAllowed):
    """Only the two sides sign."""

    code = "licence-not-a-side"
    message = N_("只有许可合同的供方和需方可以签署。")


def offer(session: Session, actor: Actor, application_id: str, draft: LicenceOffer) -> Licence:
    """Put the terms of an approved application into a licence, by value and byte for byte.

    Raises: ApplicationNotFound, MissingPermission, ApplicationNotApproved, AlreadyOffered.
    """
    application = application_for_update(session, actor, application_id)
    actor.require(Permission.SIGN_LICENCE_AS_SUPPLIER, application.operator_id)
    if application.phase is not ApplicationState.APPROVED:
        raise ApplicationNotApproved(application_id)
    if earlier := reads.find_by_application(session, application_id):
        raise AlreadyOffered(earlier.id)
    licence = _new_licence(actor, application, _terms(session, application, draft))
    session.add(licence)
    record(
        session,
        actor,
        LicenceOffered(
            licence.id, licence.product_id, licence.title, licence.supplier_id, licence.buyer_id
        ),
    )
    return licence


def sign(session: Session, actor: Actor, licence_id: str) -> Licence:
    """Sign the licence's bytes for one's own side; with the second signature it is signed.

    Signing again for the same side changes nothing.
    Raises: LicenceNotFound, NotASide, MissingPermission, LicenceStateForbids.
    """
    licence = reads.licence_for_update(session, licence_id)
    party = _side(actor, licence)
    signed = {row.party for row in reads.list_signatures(session, licence_id)}
    if party.value in signed:
        return licence
    if licence.phase is not LicenceState.OFFERED:
        raise LicenceStateForbids(licence_id, licence.phase)
    _add_signature(session, actor, licence, party)
    if len(signed) + 1 == len(Party):
        licence.become(LicenceState.SIGNED, clock.now())
        record(
            session,
            actor,
            LicenceSigned(
                licence.id,
                licence.product_id,
                licence.title,
                licence.supplier_id,
                licence.buyer_id,
                licence.content_sha256,
            ),
        )
    return licence


def activate(session: Session, actor: Actor, licence_id: str) -> Licence:
    """Make a signed licence active: paid, on invoice terms, or free by law. Called by billing.

    Raises: LicenceNotFound, LicenceStateForbids.
    """
    licence = reads.licence_for_update(session, licence_id)
    if licence.phase is LicenceState.ACTIVE:
        return licence
    _move(licence, LicenceState.ACTIVE)
    allow_review(
        session,
        licence_id=licence.id,
        product_id=licence.product_id,
        buyer_id=licence.buyer_id,
        supplier_id=licence.supplier_id,
    )
    record(
        session,
        actor,
        LicenceActivated(
            licence.id,
            licence.product_id,
            licence.title,
            licence.supplier_id,
            licence.buyer_id,
            licence.ends_on,
        ),
    )
    return licence


def suspend(session: Session, actor: Actor, licence_id: str, reason: str) -> Licence:
    """Stop use for now; takes effect on the next request everywhere.

    Raises: LicenceNotFound, MissingPermission, LicenceStateForbids.
    """
    licence = reads.licence_for_update(session, licence_id)
    actor.require(Permission.SIGN_LICENCE_AS_SUPPLIER, licence.supplier_id)
    _move(licence, LicenceState.SUSPENDED)
    record(session, actor, LicenceSuspended(licence.id, licence.title, reason))
    return licence


def resume(session: Session, actor: Actor, licence_id: str) -> Licence:
    """Let use go on. Raises: LicenceNotFound, MissingPermission, LicenceStateForbids."""
    licence = reads.licence_for_update(session, licence_id)
    actor.require(Permission.SIGN_LICENCE_AS_SUPPLIER, licence.supplier_id)
    if licence.phase is not LicenceState.SUSPENDED:
        raise LicenceStateForbids(licence_id, licence.phase)
    _move(licence, LicenceState.ACTIVE)
    record(session, actor, LicenceResumed(licence.id, licence.title))
    return licence


def end(session: Session, actor: Actor, licence_id: str, reason: str) -> Licence:
    """End a licence before its time. Raises: LicenceNotFound, MissingPermission, …StateForbids."""
    licence = reads.licence_for_update(session, licence_id)
    actor.require(Permission.SIGN_LICENCE_AS_SUPPLIER, licence.supplier_id)
    _end(session, actor, licence, reason)
    return licence


def end_expired(session: Session, actor: Actor) -> int:
    """End licences whose term is over; returns how many."""
    expired = reads.list_expired(session, clock.today())
    for licence in expired:
        _end(session, actor, licence, "许可期限届满")
    return len(expired)


def _end(session: Session, actor: Actor, licence: Licence, reason: str) -> None:
    _move(licence, LicenceState.ENDED)
    licence.ended_reason = reason
    record(
        session,
        actor,
        LicenceEnded(licence.id, licence.product_id, licence.title, licence.buyer_id, reason),
    )


def _move(licence: Licence, to: LicenceState) -> None:
    if not may_move(licence.phase, to):
        raise LicenceStateForbids(licence.id, licence.phase)
    licence.become(to, clock.now())


def _side(actor: Actor, licence: Licence) -> Party:
    if actor.organization_id == licence.supplier_id:
        actor.require(Permission.SIGN_LICENCE_AS_SUPPLIER, licence.supplier_id)
        return Party.SUPPLIER
    if actor.organization_id == licence.buyer_id:
        actor.require(Permission.SIGN_LICENCE_AS_BUYER, licence.buyer_id)
        actor.require_verified()
        return Party.BUYER
    raise NotASide


def _add_signature(session: Session, actor: Actor, licence: Licence, party: Party) -> None:
    session.add(
        LicenceSignature(
            licence_id=licence.id,
            party=party.value,
            signer_id=actor.id,
            organization_id=actor.organization_id,
            content_sha256=licence.content_sha256,
            signed_at=clock.now(),
        )
    )
    record(
        session,
        actor,
        LicencePartySigned(licence.id, licence.title, party, licence.content_sha256),
    )


def _terms(session: Session, application: Application, draft: LicenceOffer) -> LicenceTerms:
    product = get_product(session, application.product_id)
    purpose = Purpose(application.purpose)
    plan = next(plan for plan in product.plans if plan.unit == application.unit)
    price, amount = gross(plan.price, application.units)
    if purpose.is_free:
        price, amount = Decimal(0), Money(0)
    span = term(draft.starts_on, application.term_months)
    names = names_of(session, {product.operator_id, application.buyer_id})
    return LicenceTerms(
        product_id=product.id,
        product_title=product.title,
        supplier_name=names[product.operator_id],
        buyer_name=names[application.buyer_id],
        scenario=application.scenario,
        purpose=purpose,
        acts=tuple(Act(act) for act in application.acts),
        starts_on=span.start_on,
        ends_on=span.end_on,
        unit=application.unit,
        units=application.units,
        unit_price=str(price),
        amount=str(amount.yuan),
        payment=payment_terms(purpose, price, on_invoice=draft.on_invoice),
        epsilon=str(draft.epsilon),
    )


def _new_licence(actor: Actor, application: Application, terms: LicenceTerms) -> Licence:
    return Licence(
        id=new_id("lic"),
        application_id=application.id,
        product_id=application.product_id,
        supplier_id=application.operator_id,
        buyer_id=application.buyer_id,
        title=application.title,
        state=LicenceState.OFFERED.value,
        purpose=terms.purpose.value,
        acts=[act.value for act in terms.acts],
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        unit=terms.unit,
        units=terms.units,
        unit_price=Decimal(terms.unit_price),
        amount_minor=Money.of_yuan(terms.amount).minor,
        payment=terms.payment.value,
        epsilon=Decimal(terms.epsilon),
        terms=_plain(terms),
        content=content(terms).decode(),
        content_sha256=content_hash(terms),
        offered_by=actor.id,
        offered_at=clock.now(),
    )


def _plain(terms: LicenceTerms) -> dict[str, Any]:
    return asdict(terms) | {
        "starts_on": terms.starts_on.isoformat(),
        "ends_on": terms.ends_on.isoformat(),
    }
