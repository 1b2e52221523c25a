"""Where are the proofs of costs kept, and how does a reader fetch one?"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, ClassVar

from kernel import objects
from kernel.errors import Invalid
from kernel.i18n import N_
from kernel.ids import new_id
from valuation.costs.models import CostRecord
from valuation.costs.schemas import EvidenceFile

MEBIBYTE = 1024 * 1024
LARGEST_BYTES = 20 * MEBIBYTE
ADDRESS_SECONDS = 300
LONGEST_NAME = 120


@dataclass(eq=False)
class EvidenceEmpty(Invalid):
    code: ClassVar[str] = "cost-evidence-empty"
    message: ClassVar[str] = N_("凭据文件是空的。请选择发票、合同或工时表的扫描件。")


@dataclass(eq=False)
class EvidenceTooLarge(Invalid):
    code: ClassVar[str] = "cost-evidence-too-large"
    message: ClassVar[str] = N_("凭据文件超过 {limit_mb} MB。请压缩或拆分后再传。")

    limit_mb: int


def keep_evidence(source: IO[bytes], filename: str) -> EvidenceFile:
    """Put a proof into the object store; called by edges before they open their transaction.

    Raises: EvidenceEmpty, EvidenceTooLarge.
    """
    content = source.read(LARGEST_BYTES + 1)
    if not content:
        raise EvidenceEmpty
    if len(content) > LARGEST_BYTES:
        raise EvidenceTooLarge(LARGEST_BYTES // MEBIBYTE)
    stored = objects.store().put(f"evidence/{new_id('evi')}", BytesIO(content))
    name = PurePosixPath(filename.replace("\\", "/")).name[-LONGEST_NAME:]
    return EvidenceFile(stored.key, name or "evidence", stored.sha256)


def evidence_address(cost: CostRecord) -> str | None:
    """An address that gives the proof for some minutes; None while there is none."""
    if cost.evidence_key is None or cost.evidence_name is None:
        return None
    return objects.store().signed_address(
        cost.evidence_key, seconds=ADDRESS_SECONDS, filename=cost.evidence_name
    )
