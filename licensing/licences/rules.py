"""The law of a licence: its life, its terms by value, its hash. Pure.

Source: docs/rules/licences.md.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

import rfc8785

from kernel.i18n import N_, Labelled
from kernel.money import UNIT_PRICE_PLACES, Money
from kernel.periods import Period, add_months
from licensing.applications.rules import Act
from market.catalogue.prices import Price, charge, exact_charge
from market.catalogue.rules import Purpose


class LicenceState(Labelled):
    """The life of a licence."""

    OFFERED = "offered", N_("待签署")
    SIGNED = "signed", N_("已签署，待付款")
    ACTIVE = "active", N_("生效中")
    SUSPENDED = "suspended", N_("已暂停")
    ENDED = "ended", N_("已终止")


class PaymentTerms(Labelled):
    """When it is paid."""

    PREPAID = "prepaid", N_("先付款后生效")
    INVOICE = "invoice", N_("按月开具账单，签署后生效")
    FREE = "free", N_("依法免费")


MOVES: dict[LicenceState, frozenset[LicenceState]] = {
    LicenceState.OFFERED: frozenset({LicenceState.SIGNED, LicenceState.ENDED}),
    LicenceState.SIGNED: frozenset({LicenceState.ACTIVE, LicenceState.ENDED}),
    LicenceState.ACTIVE: frozenset({LicenceState.SUSPENDED, LicenceState.ENDED}),
    LicenceState.SUSPENDED: frozenset({LicenceState.ACTIVE, LicenceState.ENDED}),
    LicenceState.ENDED: frozenset(),
}


@dataclass(frozen=True)
class LicenceTerms:
    """Everything both sides agree to, by value: later changes of the product do not reach it.

    unit_price: yuan as text, tax included, of the first step; units: how many; amount: what
    they cost in all, in yuan, tiers and tax included; epsilon: privacy loss that
    may be drawn from the caps above it (SB-04; payment never raises a cap).
    """

    product_id: str
    product_title: str
    supplier_name: str
    buyer_name: str
    scenario: str
    purpose: Purpose
    acts: tuple[Act, ...]
    starts_on: date
    ends_on: date
    unit: str
    units: int
    unit_price: str
    amount: str
    payment: PaymentTerms
    epsilon: str

    @property
    def period(self) -> Period:
        return Period(self.starts_on, self.ends_on)


def term(starts_on: date, months: int) -> Period:
    """A term of so many months, half-open. Source: docs/rules/settled.md, "Time"."""
    return Period(starts_on, add_months(starts_on, months))


def may_move(state: LicenceState, to: LicenceState) -> bool:
    return to in MOVES[state]


def payment_terms(purpose: Purpose, unit_price: Decimal, *, on_invoice: bool) -> PaymentTerms:
    """PR-01: governance and public interest are free, whoever buys; the rest pays."""
    if purpose.is_free or unit_price == 0:
        return PaymentTerms.FREE
    return PaymentTerms.INVOICE if on_invoice else PaymentTerms.PREPAID


def gross(price: Price, units: int) -> tuple[Decimal, Money]:
    """The first step's unit price and the whole amount, both with tax.

    The amount is taken tier by tier, the tax added once, rounded once to fen.
    """
    if price.is_tax_included:
        return price.unit_price.yuan, charge(price, units)
    with localcontext() as context:
        context.prec = 60
        factor = 1 + price.tax_rate
        unit = round(price.unit_price.yuan * factor, UNIT_PRICE_PLACES)
        return unit, Money.rounded(exact_charge(price, units) * factor)


def content(terms: LicenceTerms) -> bytes:
    """The licence as one ODRL policy in canonical JSON; kept byte for byte and hashed."""
    return rfc8785.dumps(policy(terms))


def content_hash(terms: LicenceTerms) -> str:
    """SHA-256 in hex of content(); what both sides sign."""
    return hashlib.sha256(content(terms)).hexdigest()


def policy(terms: LicenceTerms) -> dict[str, Any]:
    """ODRL 2.2: permissions with their constraints, the duty to pay, and the prohibitions."""
    constraints = [
        _constraint("purpose", "eq", terms.purpose.value),
        _constraint("dateTime", "gteq", terms.starts_on.isoformat()),
        _constraint("dateTime", "lt", terms.ends_on.isoformat()),
        _constraint("count", "lteq", terms.units),
    ]
    duty: list[dict[str, object]] = []
    if terms.payment is not PaymentTerms.FREE:
        refinement = [_constraint("payAmount", "eq", terms.amount) | {"unit": "CNY"}]
        duty = [{"action": "compensate", "constraint": refinement}]
    return {
        "@context": "http://www.w3.org/ns/odrl.jsonld",
        "@type": "Agreement",
        "uid": f"urn:licence:{terms.product_id}",
        "assigner": terms.supplier_name,
        "assignee": terms.buyer_name,
        "target": {"uid": terms.product_id, "title": terms.product_title},
        "description": terms.scenario,
        "permission": [
            {"action": act.value, "constraint": constraints, "duty": duty} for act in terms.acts
        ],
        "prohibition": [{"action": action} for action in ("distribute", "sell", "sublicense")],
        "unit": terms.unit,
        "unitPrice": terms.unit_price,
        "privacyLoss": terms.epsilon,
    }


def _constraint(operand: str, operator: str, value: object) -> dict[str, object]:
    return {"leftOperand": operand, "operator": operator, "rightOperand": value}
