"""What exactly is put in evidence, and which form lines are known already? (RG-04)

The facts are those that the house holds anyway: versions with their hashes, dictionaries,
descriptions. One text, one hash: RFC 8785 JSON, SHA-256.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.i18n import CHINESE, N_, say, speaking
from market.catalogue import reads as catalogue
from market.catalogue.listing import ProductForm, Scenario
from market.catalogue.models import Product
from market.datasets import reads as datasets
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.rules import DataLevel, PersonalData, UpdateCycle
from market.organizations.models import Organization
from market.organizations.reads import get_organization
from market.registrations.models import Registration
from market.registrations.rules import (
    FormField,
    MajorFact,
    ObjectKind,
    PersonalInfo,
    RegistrationState,
    SubjectKind,
    major_changes,
)

PERSONAL_INFO = {
    PersonalData.NONE: PersonalInfo.NONE,
    PersonalData.ANONYMISED: PersonalInfo.ANONYMISED,
    PersonalData.WITH_BASIS: PersonalInfo.AUTHORISED,
}
_ORDER = (PersonalInfo.NONE, PersonalInfo.ANONYMISED, PersonalInfo.AUTHORISED)


@dataclass(frozen=True)
class Registrable:
    """A data set or a product as far as registration looks at it.

    evidence: canonical facts; None while there is no version to speak of. known: form lines.
    """

    kind: ObjectKind
    id: str
    title: str
    subject: Organization
    level: DataLevel
    personal_info: PersonalInfo
    evidence: dict[str, Any] | None
    known: Mapping[FormField, str]
    jurisdiction: str = ""

    @property
    def subject_kind(self) -> SubjectKind:
        is_resource = self.kind is ObjectKind.RESOURCE
        return SubjectKind.HOLDER if is_resource else SubjectKind.OPERATOR


def find_registrable(session: Session, kind: ObjectKind, object_id: str) -> Registrable:
    """Raises: NotFound, ProductNotFound."""
    if kind is ObjectKind.PRODUCT:
        return _product(session, catalogue.get_product(session, object_id))
    resource = find_resource(session, object_id)
    if resource is None:
        raise NotFound
    return resource


def find_resource(session: Session, dataset_id: str) -> Registrable | None:
    """A data set as registration looks at it, where there is one."""
    dataset = datasets.find_dataset(session, dataset_id)
    return _resource(session, dataset) if dataset else None


def changes_since(registration: Registration, thing: Registrable) -> tuple[MajorFact, ...]:
    """RG-10: which major facts of a standing registration are no longer those in evidence."""
    if registration.state is not RegistrationState.VALID:
        return ()
    if registration.evidence is None or thing.evidence is None:
        return ()
    return major_changes(registration.evidence, thing.evidence)


def sha256_of(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the facts as RFC 8785 JSON."""
    return hashlib.sha256(rfc8785.dumps(dict(facts))).hexdigest()


def _resource(session: Session, dataset: Dataset) -> Registrable:
    holder = get_organization(session, dataset.provider_id)
    version = datasets.latest_version(session, dataset.id)
    personal = PERSONAL_INFO[PersonalData(dataset.personal_data)]
    facts = {
        "object_kind": ObjectKind.RESOURCE.value,
        "object_id": dataset.id,
        "title": dataset.title,
        "holder_credit_code": holder.credit_code,
        "level": str(dataset.level),
        "personal_info": personal.value,
    }
    return Registrable(
        kind=ObjectKind.RESOURCE,
        id=dataset.id,
        title=dataset.title,
        subject=holder,
        level=DataLevel(dataset.level),
        personal_info=personal,
        evidence=facts | _version_facts(version) if version else None,
        known=_known_of_resource(dataset, holder, version),
    )


def _version_facts(version: DatasetVersion) -> dict[str, Any]:
    dictionary = {"dictionary": list(version.dictionary or [])}
    return {
        "version_id": version.id,
        "version_number": version.number,
        "rows": version.rows,
        "source_sha256": version.source_sha256,
        "parquet_sha256": version.parquet_sha256,
        "dictionary_sha256": sha256_of(dictionary),
    }


def _known_of_resource(
    dataset: Dataset, holder: Organization, version: DatasetVersion | None
) -> dict[FormField, str]:
    with speaking(CHINESE):  # the form is Chinese, whoever fills it in
        known = {
            FormField.REGION: dataset.region_code,
            FormField.DATA_KIND: say(N_("结构化数据（表）")),
            FormField.UPDATE_CYCLE: UpdateCycle(dataset.update_cycle).label,
            FormField.SOURCE_DESCRIPTION: f"{holder.name}：{dataset.abstract}",
            FormField.SOURCE_BASIS: dataset.legal_basis,
        }
        if version is not None:
            known[FormField.FORMAT] = version.kind.upper()
            known[FormField.VOLUME] = say(
                N_("{rows} 条记录，{bytes} 字节"), rows=version.rows, bytes=version.source_bytes
            )
    return known


def _product(session: Session, product: Product) -> Registrable:
    operator = get_organization(session, product.operator_id)
    sources = [_resource(session, each) for each in _datasets_of(session, product)]
    personal = max((s.personal_info for s in sources), key=_ORDER.index, default=PersonalInfo.NONE)
    facts = {
        "object_kind": ObjectKind.PRODUCT.value,
        "object_id": product.id,
        "title": product.title,
        "holder_credit_code": operator.credit_code,
        "level": str(product.level),
        "personal_info": personal.value,
        "form": str(product.form),
        "description_sha256": hashlib.sha256(product.description.encode()).hexdigest(),
        "source_ids": sorted(source.id for source in sources),
        "sources": [source.evidence for source in sources],
    }
    is_whole = bool(sources) and all(source.evidence for source in sources)
    return Registrable(
        kind=ObjectKind.PRODUCT,
        id=product.id,
        title=product.title,
        subject=operator,
        level=DataLevel(product.level),
        personal_info=personal,
        evidence=facts if is_whole else None,
        known=_known_of_product(product, sources),
        jurisdiction=product.jurisdiction,
    )


def _datasets_of(session: Session, product: Product) -> list[Dataset]:
    found = [datasets.find_dataset(session, each) for each in sorted(product.dataset_ids)]
    return [dataset for dataset in found if dataset is not None]


def _known_of_product(product: Product, sources: list[Registrable]) -> dict[FormField, str]:
    scenarios = [Scenario(each) for each in product.scenarios]
    with speaking(CHINESE):
        return {
            FormField.DATA_KIND: ProductForm(product.form).label,
            FormField.SOURCE_DESCRIPTION: "、".join(
                f"{source.subject.name}《{source.title}》" for source in sources
            ),
            FormField.SOURCE_BASIS: product.legal_basis,
            FormField.PRODUCTS: "\n".join(
                filter(None, [product.use_sentence, product.description])
            ),
            FormField.SCENARIO: "、".join(scenario.label for scenario in scenarios),
            FormField.RISK_REPORT: product.risk_report,
        }
