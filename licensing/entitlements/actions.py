"""Grants allowances and draws from them, one conditional UPDATE each; never overdrawn."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.errors import LimitReached, NotAllowed
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from licensing.applications.rules import Act
from licensing.entitlements import reads
from licensing.entitlements.events import AllowanceGranted, AllowanceUsedUp
from licensing.entitlements.kinds import AllowanceKind
from licensing.entitlements.models import Allowance, AllowanceDraw, AllowanceGrant
from licensing.entitlements.rules import Decision
from market.catalogue.rules import Purpose


@dataclass(eq=False)
class UseRefused(NotAllowed):
    """The one decision on use refused; clause and reason are its own."""

    code = "use-refused"
    message = N_("不能这样使用：{reason}")

    licence_id: str
    reason: str
    deciding_clause: str

    @property
    def clause(self) -> str:  # type: ignore[override]  # known only when the decision falls
        return self.deciding_clause


@dataclass(eq=False)
class AllowanceTooSmall(LimitReached):
    """What is left of an allowance does not cover this draw."""

    code = "allowance-too-small"
    message = N_("合同剩余的{kind}不足。请续购，或换用消耗更小的做法。")
    clause = "LC-06"

    licence_id: str
    kind: AllowanceKind


def require_use(
    session: Session,
    actor: Actor,
    *,
    licence_id: str,
    act: Act,
    draws: tuple[tuple[AllowanceKind, Decimal], ...] = (),
) -> Decision:
    """Decide, and refuse with the deciding clause. Raises: LicenceNotFound, UseRefused."""
    decision = reads.decide(session, actor, licence_id=licence_id, act=act, draws=draws)
    if not decision.permitted:
        raise UseRefused(licence_id, decision.reason, decision.clause)
    return decision


def grant_allowance(
    session: Session,
    actor: Actor,
    licence_id: str,
    kind: AllowanceKind,
    amount: Decimal,
    source_id: str,
) -> None:
    """Add to what a licence may draw; the same source grants a kind once."""
    if amount <= 0:
        return
    granted = session.scalar(
        upsert(AllowanceGrant)
        .values(
            licence_id=licence_id,
            kind=kind.value,
            source_id=source_id,
            amount=amount,
            granted_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(AllowanceGrant.amount)
    )
    if granted is None:
        return
    statement = upsert(Allowance).values(
        licence_id=licence_id, kind=kind.value, granted=amount, drawn=Decimal(0)
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["licence_id", "kind"],
            set_={"granted": Allowance.granted + statement.excluded.granted},
        )
    )
    record(session, actor, AllowanceGranted(licence_id, kind, amount, source_id))


def draw(
    session: Session,
    actor: Actor,
    licence_id: str,
    kind: AllowanceKind,
    amount: Decimal,
    purpose: Purpose,
) -> None:
    """Take from an allowance in the caller's transaction.

    Raises: AllowanceTooSmall.
    """
    left = session.scalar(
        update(Allowance)
        .where(Allowance.licence_id == licence_id, Allowance.kind == kind.value)
        .where(Allowance.drawn + amount <= Allowance.granted)
        .values(drawn=Allowance.drawn + amount)
        .returning(Allowance.granted - Allowance.drawn)
    )
    if left is None:
        raise AllowanceTooSmall(licence_id, kind)
    _note(session, actor, licence_id, kind, amount, purpose)
    if left == 0:
        record(session, actor, AllowanceUsedUp(licence_id, kind))


def give_back(
    session: Session,
    actor: Actor,
    licence_id: str,
    kind: AllowanceKind,
    amount: Decimal,
    purpose: Purpose,
) -> None:
    """Return what was drawn for work that read no data; never more than was drawn."""
    session.execute(
        update(Allowance)
        .where(Allowance.licence_id == licence_id, Allowance.kind == kind.value)
        .values(drawn=Allowance.drawn - amount)
    )
    _note(session, actor, licence_id, kind, -amount, purpose)


def _note(
    session: Session,
    actor: Actor,
    licence_id: str,
    kind: AllowanceKind,
    amount: Decimal,
    purpose: Purpose,
) -> None:
    session.execute(
        insert(AllowanceDraw).values(
            id=new_id("drw"),
            licence_id=licence_id,
            kind=kind.value,
            amount=amount,
            purpose=purpose.value,
            actor_id=actor.id,
            drawn_at=clock.now(),
        )
    )
