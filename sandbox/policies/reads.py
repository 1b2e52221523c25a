"""Which privacy policy is in force for a product, and which came before it?"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.i18n import N_
from sandbox.policies.models import PolicyRevision


class PolicyMissing(NotFound):
    """The bureau has not said yet what may be asked of this product."""

    code = "privacy-policy-missing"
    message = N_("这个产品还没有隐私策略，暂不能查询。请联系数据管理部门。")


def find_policy(session: Session, product_id: str) -> PolicyRevision | None:
    """The newest revision, which is in force."""
    return session.scalar(_revisions(product_id).limit(1))


def get_policy(session: Session, product_id: str) -> PolicyRevision:
    """Raises: PolicyMissing."""
    found = find_policy(session, product_id)
    if found is None:
        raise PolicyMissing
    return found


def find_product_id(session: Session, product_or_table: str) -> str | None:
    """A product with a policy, by its id or by the table name that queries use."""
    if find_policy(session, product_or_table) is not None:
        return product_or_table
    table = PolicyRevision.content["table"].astext
    found = session.scalars(select(PolicyRevision).where(table == product_or_table)).all()
    products = {revision.product_id for revision in found}
    return products.pop() if len(products) == 1 else None


def find_revision(session: Session, policy_id: str) -> PolicyRevision | None:
    return session.get(PolicyRevision, policy_id)


def with_policy(session: Session, product_ids: Iterable[str]) -> frozenset[str]:
    """Those of the products that have a policy: only they can be asked anything."""
    statement = select(PolicyRevision.product_id).where(
        PolicyRevision.product_id.in_(list(product_ids))
    )
    return frozenset(session.scalars(statement))


def list_revisions(session: Session, product_id: str) -> Sequence[PolicyRevision]:
    """Newest first."""
    return session.scalars(_revisions(product_id)).all()


def list_in_force_for(session: Session, dataset_id: str) -> Sequence[PolicyRevision]:
    """The policies in force of all products made from a data set."""
    newest = (
        select(PolicyRevision)
        .where(PolicyRevision.dataset_id == dataset_id)
        .order_by(PolicyRevision.product_id, PolicyRevision.number.desc())
    )
    found: dict[str, PolicyRevision] = {}
    for revision in session.scalars(newest):
        found.setdefault(revision.product_id, revision)
    return list(found.values())


def _revisions(product_id: str) -> Select[PolicyRevision]:
    return (
        select(PolicyRevision)
        .where(PolicyRevision.product_id == product_id)
        .order_by(PolicyRevision.number.desc())
    )
