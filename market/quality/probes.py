"""Can the data be fetched, and is it whole? What a check tries beside its rules (0601, 0602)."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from kernel.i18n import N_
from kernel.objects import ObjectMissing
from market.datasets import storage
from market.datasets.models import DatasetVersion
from market.quality.rules import Counting, Indicator, Outcome, Rule, Severity

NEWEST = 12  # so many versions are asked for; each has a permanent address


def probe(
    versions: Sequence[DatasetVersion], checked: DatasetVersion, parquet: Path
) -> list[Outcome]:
    """What the two probes find. parquet: the file of the checked version."""
    return [_accessible(versions[:NEWEST]), _usable(checked, parquet)]


def _accessible(versions: Sequence[DatasetVersion]) -> Outcome:
    """0601: requests for the newest versions that gave the whole file."""
    rule = Rule(
        "probe_versions_are_accessible",
        {},
        Indicator.ACCESSIBLE,
        Severity.CRITICAL,
        Counting.RECORDS,
        N_("最近 {count} 版的文件都能完整取到。"),
        {"count": len(versions)},
    )
    failed = sum(not _is_given(version) for version in versions)
    return Outcome(rule, failed == 0, elements=len(versions), missing=0, unexpected=failed)


def _is_given(version: DatasetVersion) -> bool:
    try:
        with storage.open_version(version) as path:
            return path.stat().st_size == version.parquet_bytes
    except (ObjectMissing, OSError):
        return False


def _usable(checked: DatasetVersion, parquet: Path) -> Outcome:
    """0602: the file still is the one that was loaded."""
    rule = Rule(
        "probe_version_is_whole",
        {},
        Indicator.USABLE,
        Severity.CRITICAL,
        Counting.STATEMENT,
        N_("文件与入库时的 SHA-256 一致，没有损坏。"),
    )
    with parquet.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Outcome(rule, holds=digest == checked.parquet_sha256)
