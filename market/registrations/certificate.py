"""How does paper lead back to the record? A QR code that opens the public result.

The only importer of segno.
"""

from dataclasses import dataclass

from kernel.errors import Conflict
from kernel.i18n import N_
from market.registrations.models import Registration
from market.registrations.rules import RegistrationState


@dataclass(eq=False)
class CertificateElsewhere(Conflict):
    """RG-08: whoever gave the code gives the certificate."""

    code = "registration-certificate-elsewhere"
    message = N_("本平台只为自己赋码的有效登记出具证书。请到赋码的登记机构平台领取。")
    clause = "RG-08"

    registration_id: str


def require_own(registration: Registration) -> None:
    """Raises: CertificateElsewhere."""
    if not registration.is_own_code or registration.state is not RegistrationState.VALID:
        raise CertificateElsewhere(registration.id)


def qr_svg(address: str) -> str:
    """The address as a QR code: an inline SVG, 4 units a module, dark on nothing."""
    import segno  # noqa: PLC0415 - tables of its own, for the few who print a certificate

    code = segno.make_qr(address, error="m")
    return str(code.svg_inline(scale=4, border=2, svgclass="qr", lineclass=None))
