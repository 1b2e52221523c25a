"""Which papers are accepted, who may decide, and for how long does a verification count? (SU-25)"""

from datetime import date
from typing import NewType

from kernel.i18n import N_, Labelled

VerificationId = NewType("VerificationId", str)
DocumentId = NewType("DocumentId", str)

LARGEST_DOCUMENT_BYTES = 10 * 1024 * 1024
MOST_DOCUMENTS = 5
ADDRESS_SECONDS = 300  # how long a paper may be fetched after its case was opened
USUAL_VALIDITY_DAYS = 365
LONGEST_VALIDITY_DAYS = 3 * 365
REVIEW_WORKING_DAYS = 5  # a promise of the house, no statute
RENEW_BEFORE_DAYS = 30

# The first bytes say what a file is; its name does not.
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
EXTENSIONS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


class VerificationState(Labelled):
    """Where a request for verification stands."""

    SUBMITTED = "submitted", N_("待审核")
    APPROVED = "approved", N_("已通过")
    REFUSED = "refused", N_("未通过")


class DocumentKind(Labelled):
    """What a paper proves."""

    CERTIFICATE = "certificate", N_("统一社会信用代码证书或营业执照")
    AUTHORIZATION = "authorization", N_("加盖公章的授权委托书")
    OTHER = "other", N_("其他材料")


REQUIRED_KINDS = frozenset({DocumentKind.CERTIFICATE, DocumentKind.AUTHORIZATION})


class DocumentProblem(Labelled):
    """Why a paper is not accepted."""

    MISSING = "missing", N_("请上传这份材料。")
    EMPTY = "empty", N_("文件是空的。请重新选择。")
    TOO_LARGE = "too_large", N_("文件超过 10 MB。请压缩或缩小扫描分辨率后重试。")
    TOO_MANY = "too_many", N_("最多上传 5 份材料。请合并后重试。")
    KIND = "kind", N_("只接受 PDF、PNG 或 JPEG 文件。")


def media_type(beginning: bytes) -> str | None:
    """What the first bytes say a file is; None for anything else than a paper."""
    return next((kind for start, kind in _BEGINNINGS if beginning.startswith(start)), None)


def document_problem(beginning: bytes, size: int) -> DocumentProblem | None:
    """Why a file is not accepted; None when it is."""
    if size == 0:
        return DocumentProblem.EMPTY
    if size > LARGEST_DOCUMENT_BYTES:
        return DocumentProblem.TOO_LARGE
    return DocumentProblem.KIND if media_type(beginning) is None else None


def is_validity_allowed(valid_until_on: date, today: date) -> bool:
    """A verification counts from today to a day within three years."""
    return today < valid_until_on and (valid_until_on - today).days <= LONGEST_VALIDITY_DAYS
