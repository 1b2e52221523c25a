"""AO-08: is the buyer so close to the operator that re-development is forbidden? Pure.

Source: docs/rules/authorized-operation.md AO-08; settled.md: indirect stakes multiply along the
chain, several chains add.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from kernel.parameters import Mark, Parameter, Setting
from licensing.plans.rules import Breach, Rule
from market.catalogue.rules import Purpose

RELATED_STAKE = Parameter(
    "AO-08",
    "fraction",
    (Setting(Decimal("0.01"), "docs/rules/authorized-operation.md AO-08", Mark.DESIGN),),
)


@dataclass(frozen=True)
class Stake:
    """One body's part in another. is_control: by contract or votes, whatever the part."""

    owner_id: str
    owned_id: str
    fraction: Decimal
    is_control: bool = False


def redevelopment_breach(
    purpose: Purpose,
    operator_id: str,
    buyer_id: str,
    stakes: Collection[Stake],
    related_stake: Decimal,
) -> Breach | None:
    """AO-08: an operator takes no part, directly or through others, in re-development."""
    if purpose is not Purpose.REDEVELOP:
        return None
    is_related = are_related(operator_id, buyer_id, stakes, related_stake)
    return Breach(Rule.AO_08, (buyer_id,)) if is_related else None


def are_related(
    one_id: str, other_id: str, stakes: Collection[Stake], related_stake: Decimal
) -> bool:
    """The same body, a stake of this size either way, control, or a common controller."""
    if one_id == other_id:
        return True
    pairs = ((one_id, other_id), (other_id, one_id))
    has_stake = any(stake_in(owner, owned, stakes) >= related_stake for owner, owned in pairs)
    return has_stake or bool(_controllers(one_id, stakes) & _controllers(other_id, stakes))


def stake_in(owner_id: str, owned_id: str, stakes: Collection[Stake]) -> Decimal:
    """How much of a body another owns, directly and through others; control counts as all."""
    return _stake(owner_id, owned_id, stakes, frozenset({owner_id}))


def _stake(
    owner_id: str, owned_id: str, stakes: Collection[Stake], seen: frozenset[str]
) -> Decimal:
    total = Decimal(0)
    for stake in _held_by(owner_id, stakes):
        part = Decimal(1) if stake.is_control else stake.fraction
        if stake.owned_id == owned_id:
            total += part
        elif stake.owned_id not in seen:
            total += part * _stake(stake.owned_id, owned_id, stakes, seen | {stake.owned_id})
    return min(total, Decimal(1))


def _controllers(body_id: str, stakes: Collection[Stake]) -> frozenset[str]:
    """The body itself and all who control it, step by step (control, or more than half)."""
    found, edge = {body_id}, {body_id}
    while edge:
        edge = {
            stake.owner_id
            for stake in stakes
            if stake.owned_id in edge and (stake.is_control or stake.fraction > Decimal("0.5"))
        } - found
        found |= edge
    return frozenset(found)


def _held_by(owner_id: str, stakes: Iterable[Stake]) -> list[Stake]:
    return [stake for stake in stakes if stake.owner_id == owner_id]
