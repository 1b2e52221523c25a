"""When is an extract written? After a policy was set and after a version arrived."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import transaction
from kernel.i18n import say
from kernel.jobs import task
from kernel.objects import store
from kernel.relay import Fact, subscribe
from market.datasets import reads as datasets
from market.datasets import storage
from market.datasets.events import VersionArrived
from sandbox.engines.extraction import ColumnsMissing, write_extract
from sandbox.extracts import actions, reads
from sandbox.extracts.actions import Kept
from sandbox.extracts.models import Extract
from sandbox.extracts.rules import COLUMNS_MISSING
from sandbox.policies import reads as policies
from sandbox.policies.events import PolicySet
from sandbox.policies.rules import PrivacyPolicy

WRITER = Actor.system("sandbox.extracts")
LEASE_SECONDS = 3600


@subscribe(PolicySet)
def prepare_for_policy(session: Session, event: PolicySet, _: Fact) -> None:
    """A new policy needs the newest version prepared under it."""
    policy = policies.find_revision(session, event.policy_id)
    version = datasets.latest_version(session, policy.dataset_id) if policy else None
    if policy is not None and version is not None:
        actions.request_extract(
            session,
            policy,
            version_id=version.id,
            number=version.number,
            rows=version.rows or 0,
        )


@subscribe(VersionArrived)
def prepare_version(session: Session, event: VersionArrived, _: Fact) -> None:
    """A new version is prepared under the policy in force of every product made from it."""
    for policy in policies.list_in_force_for(session, event.dataset_id):
        actions.request_extract(
            session, policy, version_id=event.version_id, number=event.number, rows=event.rows
        )


@task(actions.WRITE, queue="sandbox", lease_seconds=LEASE_SECONDS)
def write(extract_id: str) -> None:
    """Bound one version's rows and put the file into service. Harmless to repeat."""
    with transaction() as session:
        extract = reads.find_extract(session, extract_id)
        if extract is None or extract.ended_at is not None:
            return
        revision = policies.find_revision(session, extract.policy_id)
        version = datasets.find_version(session, extract.version_id)
        if revision is None or version is None:
            return
        policy = revision.policy
    try:
        with storage.open_version(version) as source:
            kept = _written(extract, source, policy)
    except ColumnsMissing as missing:
        with transaction() as session:
            problem = say(COLUMNS_MISSING, columns=missing.names)
            actions.fail_extract(session, WRITER, extract_id, problem)
        return
    with transaction() as session:
        actions.keep_extract(session, WRITER, extract_id, kept)


def _written(extract: Extract, source: Path, policy: PrivacyPolicy) -> Kept:
    with tempfile.TemporaryDirectory(prefix="extract-") as folder:
        target = Path(folder) / "extract.parquet"
        facts = write_extract([source], target, policy, salt=extract.salt)
        with target.open("rb") as file:
            stored = store().put(f"extracts/{extract.id}.parquet", file)
    return Kept(stored, asdict(facts))
