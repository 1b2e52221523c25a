"""What happened to the files that queries may read?"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class ExtractReady(Event):
    """A version's rows were bounded per unit and stand ready for queries."""

    name = "sandbox.extract_ready"
    sentence = N_("产品 {product_id} 的受限副本就绪，每个保护单元的贡献已限定（SHA-256 {sha256}）")

    extract_id: str
    product_id: str
    policy_id: str
    version_id: str
    sha256: str


@dataclass(frozen=True)
class ExtractFailed(Event):
    """A version could not be prepared under this policy."""

    name = "sandbox.extract_failed"
    sentence = N_("产品 {product_id} 的受限副本未能生成：{problem}")

    extract_id: str
    product_id: str
    policy_id: str
    version_id: str
    problem: str
