"""Moves money: one call of the database's posting function per transfer."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from billing.ledger.events import TransferPosted
from billing.ledger.rules import AccountKind, TransferDraft
from kernel import clock
from kernel.actor import Actor
from kernel.errors import Conflict, LimitReached
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.money import Money

KEY_REUSED = "LG002"
BELOW_FLOOR = "LG001"
FLOORS = {AccountKind.WALLET: 0, AccountKind.HELD: 0}

POST = text(
    "SELECT post_transfer(:id, :key, :request_hash, :kind, :subject_id, :effective_on,"
    " :created_at, :memo, :reverses_id, :currency, :codes, :kinds, :owners, :floors, :amounts)"
)


@dataclass(eq=False)
class KeyReused(Conflict):
    """One key names one transfer for ever; this one has another content."""

    code = "transfer-key-reused"
    message = N_("这笔账已用同一编号按不同内容记过。请核对后用新的编号提交。")

    key: str


class BalanceTooLow(LimitReached):
    """An account would fall below its floor."""

    code = "balance-too-low"
    message = N_("余额不足。请先充值，或减少金额。")


def post_transfer(session: Session, actor: Actor, draft: TransferDraft) -> str:
    """Post one transfer and return its id; the same draft posted again changes nothing.

    Raises: KeyReused, BalanceTooLow.
    """
    fresh_id = new_id("trf")
    try:
        with session.begin_nested():
            posted_id = session.scalar(POST, _parameters(draft, fresh_id))
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", "")
        if state == KEY_REUSED:
            raise KeyReused(draft.key) from error
        if state == BELOW_FLOOR:
            raise BalanceTooLow from error
        raise
    if posted_id == fresh_id:
        record(session, actor, _fact(draft, fresh_id))
    return str(posted_id)


def _parameters(draft: TransferDraft, transfer_id: str) -> dict[str, object]:
    return {
        "id": transfer_id,
        "key": draft.key,
        "request_hash": draft.request_hash,
        "kind": draft.kind.value,
        "subject_id": draft.subject_id,
        "effective_on": draft.effective_on,
        "created_at": clock.now(),
        "memo": draft.memo,
        "reverses_id": draft.reverses_id,
        "currency": draft.currency.value,
        "codes": [leg.account.code for leg in draft.legs],
        "kinds": [leg.account.kind.value for leg in draft.legs],
        "owners": [leg.account.owner_id for leg in draft.legs],
        "floors": [FLOORS.get(leg.account.kind) for leg in draft.legs],
        "amounts": [leg.amount.minor for leg in draft.legs],
    }


def _fact(draft: TransferDraft, transfer_id: str) -> TransferPosted:
    moved = sum(leg.amount.minor for leg in draft.legs if leg.amount.minor > 0)
    return TransferPosted(
        transfer_id=transfer_id,
        subject_id_of=draft.subject_id,
        kind=draft.kind,
        amount=Money(moved, draft.currency),
        legs=len(draft.legs),
        effective_on=draft.effective_on,
    )
