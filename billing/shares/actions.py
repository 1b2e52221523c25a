"""Sets who gets which part, and shares what was paid."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing.ledger.actions import post_transfer
from billing.ledger.rules import TransferDraft
from billing.shares import reads
from billing.shares.events import RevenueShared, SharesSet
from billing.shares.models import RevenueShare, ShareRule
from billing.shares.rules import PLATFORM, TAX, Sale, parts_of, revenue_legs, shares_of
from billing.shares.schemas import SharesDraft
from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Invalid
from kernel.events import record
from kernel.i18n import CHINESE, N_, format_rate, speaking, translate
from kernel.rates import Shares
from market.catalogue.reads import get_visible_product, product_for_update
from market.organizations.reads import names_of

PLATFORM_NAME = N_("平台")


@dataclass(eq=False)
class PartyUnknown(Invalid):
    """Money can only be owed to an organisation that is known here, or to the platform."""

    code = "share-party-unknown"
    message = N_("没有编号为 {party} 的单位。请从列表中选择，或先让该单位注册。")

    party: str


def set_shares(session: Session, actor: Actor, product_id: str, draft: SharesDraft) -> ShareRule:
    """Set who gets which part of a product's revenue from now on; one version more.

    The same parts again change nothing. Orders that stand keep the version they were placed with.
    Raises: ProductNotFound, MissingPermission, SharesUnsound, PartyUnknown.
    """
    get_visible_product(session, actor, product_id)
    product = product_for_update(session, product_id)
    actor.require(Permission.SET_SHARES, product.bureau_id)
    shares = shares_of([(part.party, part.fraction) for part in draft.parts])
    names = _names(session, shares)
    current = reads.current_rule(session, product_id)
    if current and current.shares == shares:
        return current
    rule = ShareRule(
        product_id=product_id,
        version=current.version + 1 if current else 1,
        parts=[[party, str(fraction)] for party, fraction in shares.parts],
        set_by=actor.id,
        set_at=clock.now(),
    )
    session.add(rule)
    session.flush()
    summary = " · ".join(f"{names[party]} {format_rate(part)}" for party, part in shares.parts)
    record(session, actor, SharesSet(product_id, product.title, summary, rule.version))
    return rule


def share_revenue(session: Session, actor: Actor, sale: Sale) -> str:
    """Post a sale to everybody's accounts by its rule; returns the transfer's id.

    The same sale again changes nothing: its key is posted once.
    Raises: ShareRuleNotFound, KeyReused.
    """
    shares = reads.get_rule(session, sale.product_id, sale.version).shares
    draft = TransferDraft(
        key=sale.key,
        kind=sale.kind,
        subject_id=sale.order_id,
        effective_on=sale.on,
        legs=revenue_legs(sale.amount, sale.tax_rate, shares, sale.source),
        memo=sale.title,
    )
    transfer_id = post_transfer(session, actor, draft)
    if not reads.shares_of_order(session, sale.order_id):
        _keep_parts(session, actor, sale, shares, transfer_id)
    return transfer_id


def _keep_parts(
    session: Session, actor: Actor, sale: Sale, shares: Shares, transfer_id: str
) -> None:
    parts = parts_of(sale.amount, sale.tax_rate, shares)
    for party, part in parts.items():
        session.add(
            RevenueShare(
                order_id=sale.order_id,
                party=party,
                transfer_id=transfer_id,
                product_id=sale.product_id,
                title=sale.title,
                version=sale.version,
                amount_minor=part.minor,
                amount_currency=part.currency.value,
                shared_on=sale.on,
            )
        )
    session.flush()
    shared = RevenueShared(sale.order_id, sale.amount, parts[TAX], sale.version, transfer_id)
    record(session, actor, shared)


def _names(session: Session, shares: Shares) -> dict[str, str]:
    """Every party's name in Chinese, for the record. Raises: PartyUnknown."""
    organizations = {party for party, _ in shares.parts} - {PLATFORM}
    names = names_of(session, organizations)
    for party in sorted(organizations - set(names)):
        raise PartyUnknown(party)
    with speaking(CHINESE):
        return names | {PLATFORM: translate(PLATFORM_NAME)}
