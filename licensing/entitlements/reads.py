"""May they, now, and how much is left? Gathers the facts and asks the one pure function."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.periods import Period
from licensing.applications.rules import Act
from licensing.authorizations.reads import authorizations_covering
from licensing.entitlements.kinds import AllowanceKind
from licensing.entitlements.models import Allowance
from licensing.entitlements.rules import Decision, UseFacts, UseRequest
from licensing.entitlements.rules import (
    decide as decide_use,
)
from licensing.licences.models import Licence
from licensing.licences.reads import get_licence
from licensing.licences.rules import LicenceState
from market.catalogue.reads import get_product, standing_verdicts
from market.catalogue.rules import ProductState, Purpose, VerdictKind


def decide(
    session: Session,
    actor: Actor,
    *,
    licence_id: str,
    act: Act,
    draws: tuple[tuple[AllowanceKind, Decimal], ...] = (),
) -> Decision:
    """Whether this actor may do this, now, for the purpose of that licence.

    Raises: LicenceNotFound.
    """
    licence = get_licence(session, actor, licence_id)
    request = UseRequest(
        organization_id=actor.organization_id or "",
        act=act,
        purpose=Purpose(licence.purpose),
        at=clock.now(),
        draws=draws,
    )
    return decide_use(request, facts_of(session, actor, licence, request))


def facts_of(session: Session, actor: Actor, licence: Licence, request: UseRequest) -> UseFacts:
    """Everything the decision rests on, read now."""
    product = get_product(session, licence.product_id)
    covering = authorizations_covering(session, product.dataset_ids, request.purpose, request.at)
    verdicts = standing_verdicts(session, product)
    return UseFacts(
        licence_id=licence.id,
        buyer_id=licence.buyer_id,
        buyer_is_verified=actor.is_verified,
        state=LicenceState(licence.state),
        period=Period(licence.starts_on, licence.ends_on),
        acts=frozenset(Act(act) for act in licence.acts),
        purposes=frozenset({Purpose(licence.purpose)}),
        is_authorised=product.operator_id in {one.operator_id for one in covering},
        is_ordered_off=verdicts.denies(VerdictKind.ORDERED, product.id),
        is_on_sale=product.state == ProductState.ON_SALE,
        left={AllowanceKind(row.kind): row.left for row in allowances_of(session, licence.id)},
    )


def allowances_of(session: Session, licence_id: str) -> Sequence[Allowance]:
    """What each kind holds, in a fixed order."""
    return session.scalars(
        select(Allowance).where(Allowance.licence_id == licence_id).order_by(Allowance.kind)
    ).all()
