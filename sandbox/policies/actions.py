"""The bureau decides what may be done with each column of a product."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, Invalid
from kernel.events import record
from kernel.i18n import N_, translate
from kernel.ids import new_id
from market.catalogue import reads as catalogue
from market.datasets import reads as datasets
from market.datasets.rules import DataLevel, PersonalData
from sandbox.policies import reads
from sandbox.policies.declarations import Declaration, declaration_problems
from sandbox.policies.events import PolicySet
from sandbox.policies.models import PolicyId, PolicyRevision
from sandbox.policies.rules import PolicyProblem, PrivacyPolicy, policy_problems


@dataclass(eq=False)
class PolicyContradicts(Invalid):
    """The policy contradicts itself or what was declared about the data."""

    code = "privacy-policy-contradicts"
    message = N_("隐私策略有 {count} 处须改：{problems}")

    problems: list[PolicyProblem]
    count: int


@dataclass(eq=False)
class SeveralSources(Conflict):
    """A product of several data sets has no single unit and no single family of rows."""

    code = "private-queries-need-one-source"
    message = N_("由多个数据集合成的产品暂不支持隐私查询。请先在加工车间合成一个数据集。")

    product_id: str


def set_policy(
    session: Session, actor: Actor, product_id: str, policy: PrivacyPolicy
) -> PolicyRevision:
    """Put a new revision of a product's privacy policy in force.

    Raises: ProductNotFound, MissingPermission, SeveralSources, PolicyContradicts.
    """
    product = catalogue.product_for_update(session, product_id)
    actor.require(Permission.SET_PRIVACY_POLICY, product.bureau_id)
    dataset_id = _only_source(product.id, product.dataset_ids)
    declared = declaration_of(session, dataset_id)
    problems = policy_problems(policy) + declaration_problems(policy, declared)
    if problems:
        raise PolicyContradicts(problems, len(problems))
    before = reads.find_policy(session, product.id)
    made = PolicyRevision(
        id=PolicyId(new_id("pol")),
        product_id=product.id,
        dataset_id=dataset_id,
        number=before.number + 1 if before else 1,
        content=policy.model_dump(mode="json"),
        set_by=actor.id,
        set_at=clock.now(),
    )
    session.add(made)
    unit = policy.unit.label if policy.unit else translate(N_("无"))
    record(session, actor, PolicySet(made.id, product.id, product.title, made.number, unit))
    session.flush()
    return made


def declaration_for(session: Session, actor: Actor, product_id: str) -> Declaration:
    """What the only data set of a product says of itself, for whoever sets its policy.

    Raises: ProductNotFound, MissingPermission, SeveralSources.
    """
    product = catalogue.get_product(session, product_id)
    actor.require(Permission.SET_PRIVACY_POLICY, product.bureau_id)
    return declaration_of(session, _only_source(product.id, product.dataset_ids))


def _only_source(product_id: str, dataset_ids: Sequence[str]) -> str:
    if len(dataset_ids) != 1:
        raise SeveralSources(product_id)
    return dataset_ids[0]


def declaration_of(session: Session, dataset_id: str) -> Declaration:
    """What a data set says of itself. Raises: NotFound."""
    columns = datasets.data_dictionary(session, dataset_id)
    dataset = datasets.find_dataset(session, dataset_id)
    assert dataset is not None
    return Declaration(
        columns=columns,
        protected_unit=dataset.protected_unit,
        level=DataLevel(dataset.level),
        personal_data=PersonalData(dataset.personal_data),
    )
